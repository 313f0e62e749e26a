#include "export.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "field.h"
#include "file.h"
#include "language.h"
#include "output.h"

/* The parts of the copy, each named by its field: which method tells it, and how it is asked for all. */
static const struct command parts[] = {
    {.name = "periods", .method = "ListPeriods", .positional = {"client_number"}},
    {.name = "client", .method = "GetClient", .positional = {"client_number"}},
    {.name = "handovers",
     .method = "ListHandovers",
     .positional = {"client_number"},
     .preset = "states=flagged states=prepared states=accepted states=completed states=returned "
               "states=declined states=withdrawn page_size=1000"},
    {.name = "rhythms", .method = "ListRhythms", .positional = {"client_number"}},
    {.name = "items",
     .method = "ListItems",
     .positional = {"client_number"},
     .preset = "with_ended=true",
     .limit = INT_MAX},
    {.name = "timeline",
     .method = "GetTimeline",
     .positional = {"client_number"},
     .preset = "newest_first=false with_superseded=true",
     .limit = INT_MAX},
};

/* Moves the reply, or the rows of its list, into the copy. */
static void take(Traject__V1__ClientExport *export, const char *name, ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *to =
        protobuf_c_message_descriptor_get_field_by_name(export->base.descriptor, name);
    if (to->label != PROTOBUF_C_LABEL_REPEATED) {
        field_put(&export->base, to, &reply);
        return;
    }
    const ProtobufCFieldDescriptor *list = output_list(reply);
    const ProtobufCFieldDescriptor *page_token =
        protobuf_c_message_descriptor_get_field_by_name(list->descriptor, "page_token");
    for (size_t i = 0; i < field_count(reply, list); i++) {
        /* How the copy was asked for is no part of it. */
        if (page_token)
            **(char *const *)field_value(*(ProtobufCMessage *const *)field_value(reply, list, i), page_token,
                                         0) = '\0';
        if (field_put(&export->base, to, field_value(reply, list, i)))
            abort();
    }
    *(size_t *)((char *)reply + list->quantifier_offset) = 0;
    protobuf_c_message_free_unpacked(reply, NULL);
}

static enum exit_code ask(struct session *session, struct traject *traject, const struct command *part,
                          char *number, Traject__V1__ClientExport *export)
{
    ProtobufCMessage *request = command_request(part), *reply = NULL;
    struct traject_error error = {0};
    struct arguments arguments;
    bool more;
    enum exit_code code = command_parse(session, part, 1, &number, request, &arguments);
    if (!code && part->limit) {
        code = command_pages(traject, part, request, LONG_MAX, &reply, &more);
    } else if (!code) {
        enum traject_result result = traject_call(traject, part->method, request, NULL, &reply, &error);
        code = result ? session_fail(result, &error) : EXIT_DONE;
    }
    if (reply)
        take(export, part->name, reply);
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}

static enum exit_code gather(struct session *session, char *number, Traject__V1__ClientExport *export)
{
    struct traject *traject;
    enum exit_code code = session_connection(session, session->profile, &traject);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !code; i++)
        code = ask(session, traject, &parts[i], number, export);
    if (code)
        return code;
    export->municipality = strdup(session_identity(session)->municipality);
    export->exported_at = malloc(sizeof *export->exported_at);
    google__protobuf__timestamp__init(export->exported_at);
    export->exported_at->seconds = session->now;
    return EXIT_DONE;
}

static void json_write(FILE *out, const struct session *session, const void *export)
{
    (void)session;
    output_json(out, &((const Traject__V1__ClientExport *)export)->base);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length > of_end && strcmp(text + length - of_end, end) == 0;
}

/* Both forms into a folder, or the one that the file's name asks for. */
static enum exit_code write_copy(struct session *session, const char *to,
                                 const Traject__V1__ClientExport *export)
{
    static const struct {
        const char *ending;
        file_writer *write;
    } forms[] = {{".json", json_write}, {".html", document_write}};
    struct stat found;
    bool folder = stat(to, &found) == 0 && S_ISDIR(found.st_mode);
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < sizeof forms / sizeof *forms && !code; i++) {
        char *path;
        if (!folder && !ends_with(to, forms[i].ending))
            continue;
        if ((folder ? asprintf(&path, "%s/client-%s%s", to, export->client->client_number, forms[i].ending)
                    : asprintf(&path, "%s", to)) < 0)
            abort();
        code = file_write_new(session, "client export", path, forms[i].write, export);
        free(path);
    }
    return code;
}

enum exit_code export_client(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct stat found;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    const char *to = command_option(command, &arguments, "to");
    if (!to)
        to = ".";
    if (!ends_with(to, ".json") && !ends_with(to, ".html") && (stat(to, &found) || !S_ISDIR(found.st_mode))) {
        fprintf(
            stderr,
            _("traject client export: --to is \"%s\"; give a folder that is there, or a file that ends in "
              ".json or .html\n"),
            to);
        return EXIT_USAGE;
    }
    Traject__V1__ClientExport *export = malloc(sizeof *export);
    char *number = strdup(arguments.positional[0]);
    traject__v1__client_export__init(export);
    code = gather(session, number, export);
    if (!code)
        code = write_copy(session, to, export);
    protobuf_c_message_free_unpacked(&export->base, NULL);
    free(number);
    return code;
}
