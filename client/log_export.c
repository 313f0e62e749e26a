/* traject log export: the journeys that a manager sees as an event log. They are asked for one by one, many
 * on the way, and written as they come; only the list of cases is held. */
#include "log_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "language.h"
#include "log_writer.h"
#include "output.h"
#include "progress.h"
#include "pseudonym.h"
#include "words.h"

/* A page of the longest entries that there can be stays below what one answer may hold. */
enum { CALLS_ON_THE_WAY = 32, PAGE_ENTRIES = 200, PAGE_CASES = 1000 };

const struct option log_export_options[] = {
    {"format", N_("FORMAT"), NULL, NULL, N_("xes, ocel (JSON) or csv; without it as the file's name ends"),
     0},
    {"team", N_("TEAM"), NULL, NULL, N_("the journeys of one team"), 0},
    {"since", N_("MOMENT"), NULL, NULL, N_("journeys that had not ended by then"), 0},
    {"until", N_("MOMENT"), NULL, NULL, N_("journeys that had begun by then"), 0},
    {"names", NULL, NULL, NULL, N_("numbers and names as they are, instead of pseudonyms"), 0},
    {"key", N_("FILE"), NULL, NULL, N_("make the pseudonyms with this key, so that exports can be joined"),
     0},
    {0},
};

/* All that is held of a case that is not on the way. */
struct log_case_asked {
    char *client_number; /* as it is, */
    char *shown;         /* and as it is written, which may be the same; both owned */
    char *full_name;     /* NULL when it is not known or not wanted */
    int32_t trajectory;
};

/* A case on the way: its answer may come before that of one asked earlier. */
struct slot {
    size_t index;
    bool answered, begun, left_out;
    Traject__V1__ListLogEntriesReply *reply;
};

struct log_export {
    struct traject *traject;
    const struct log_format *format;
    const struct pseudonyms *pseudonyms; /* NULL with names */
    FILE *out;
    void *writer;
    struct log_case_asked *cases;
    size_t n_cases, asked, written, left_out, entries;
    struct slot slots[CALLS_ON_THE_WAY];
};

/* ---- the cases ---- */

static int compare_cases(const void *a, const void *b)
{
    const struct log_case_asked *x = a, *y = b;
    int differs = strcmp(x->shown, y->shown);
    return differs ? differs : (x->trajectory > y->trajectory) - (x->trajectory < y->trajectory);
}

static void add_case(struct log_export *export, Traject__V1__LogCase *listed)
{
    if (!export->cases || (export->n_cases & (export->n_cases - 1)) == 0)
        export->cases =
            realloc(export->cases, (export->n_cases ? 2 * export->n_cases : 1) * sizeof *export->cases);
    struct log_case_asked *added = &export->cases[export->n_cases++];
    *added = (struct log_case_asked){.client_number = strdup(listed->client_number),
                                     .trajectory = listed->trajectory};
    if (export->pseudonyms)
        pseudonyms_case(export->pseudonyms, listed);
    added->shown = strdup(listed->client_number);
    if (listed->_full_name_case)
        added->full_name = strdup(listed->full_name);
}

/* The case as the formats are told it; the strings stay those of the list. */
static Traject__V1__LogCase case_of(const struct log_export *export, const struct slot *slot)
{
    const struct log_case_asked *asked = &export->cases[slot->index];
    Traject__V1__LogCase of = TRAJECT__V1__LOG_CASE__INIT;
    of.client_number = asked->shown;
    of.trajectory = asked->trajectory;
    if (asked->full_name) {
        of._full_name_case = TRAJECT__V1__LOG_CASE___FULL_NAME_FULL_NAME;
        of.full_name = asked->full_name;
    }
    return of;
}

/* In the order of how they are called in the log: the order of their real numbers would tell those. */
static enum exit_code list_cases(struct log_export *export, Traject__V1__ListLogCasesRequest *request)
{
    struct traject_error error = {0};
    ProtobufCMessage *reply;
    size_t rows;
    request->_page_size_case = TRAJECT__V1__LIST_LOG_CASES_REQUEST___PAGE_SIZE_PAGE_SIZE;
    request->page_size = PAGE_CASES;
    do {
        enum traject_result result =
            traject_call(export->traject, "ListLogCases", &request->base, NULL, &reply, &error);
        if (result)
            return session_fail(result, &error);
        Traject__V1__ListLogCasesReply *page = (Traject__V1__ListLogCasesReply *)reply;
        rows = page->n_cases;
        for (size_t i = 0; i < rows; i++)
            add_case(export, page->cases[i]);
        if (rows == PAGE_CASES) {
            if (request->_page_token_case)
                free(request->page_token);
            request->_page_token_case = TRAJECT__V1__LIST_LOG_CASES_REQUEST___PAGE_TOKEN_PAGE_TOKEN;
            request->page_token = strdup(page->cases[rows - 1]->page_token);
        }
        protobuf_c_message_free_unpacked(reply, NULL);
    } while (rows == PAGE_CASES);
    if (export->n_cases)
        qsort(export->cases, export->n_cases, sizeof *export->cases, compare_cases);
    return EXIT_DONE;
}

/* ---- their entries ---- */

static enum exit_code ask(struct log_export *export, struct slot *slot)
{
    Traject__V1__ListLogEntriesRequest request = TRAJECT__V1__LIST_LOG_ENTRIES_REQUEST__INIT;
    struct traject_error error = {0};
    request.client_number = export->cases[slot->index].client_number;
    request.trajectory = export->cases[slot->index].trajectory;
    request._page_size_case = TRAJECT__V1__LIST_LOG_ENTRIES_REQUEST___PAGE_SIZE_PAGE_SIZE;
    request.page_size = PAGE_ENTRIES;
    if (slot->reply) {
        request._page_token_case = TRAJECT__V1__LIST_LOG_ENTRIES_REQUEST___PAGE_TOKEN_PAGE_TOKEN;
        request.page_token = slot->reply->entries[slot->reply->n_entries - 1]->page_token;
    }
    enum traject_result result =
        traject_submit(export->traject, "ListLogEntries", &request.base, NULL, slot, &error);
    if (slot->reply)
        traject__v1__list_log_entries_reply__free_unpacked(slot->reply, NULL);
    slot->reply = NULL;
    slot->answered = false;
    return result ? session_fail(result, &error) : EXIT_DONE;
}

static enum exit_code take_answer(struct log_export *export)
{
    struct traject_error error = {0};
    void *context;
    ProtobufCMessage *reply;
    enum traject_result result = traject_next(export->traject, &context, &reply, &error);
    struct slot *slot = context;
    /* A client who was erased, or went to another team, while this ran; half of a journey is no journey. */
    if (result == TRAJECT_REFUSED && error.code == TRAJECT__V1__CODE__NOT_FOUND && !slot->begun) {
        output_line(stderr, "%s", error.message);
        traject_error_clear(&error);
        slot->left_out = true;
    } else if (result) {
        return session_fail(result, &error);
    } else {
        slot->reply = (Traject__V1__ListLogEntriesReply *)reply;
        for (size_t i = 0; i < slot->reply->n_entries; i++) {
            if (!slot->reply->entries[i]->occurred_at)
                return session_fail(
                    traject_error_set(&error, TRAJECT_UNUSABLE, _("an entry came without its moment")),
                    &error);
        }
    }
    slot->answered = true;
    return EXIT_DONE;
}

static void write_entries(struct log_export *export, struct slot *slot)
{
    const Traject__V1__LogCase of = case_of(export, slot);
    if (!slot->begun)
        export->format->begin_case(export->writer, &of);
    slot->begun = true;
    for (size_t i = 0; slot->reply && i < slot->reply->n_entries; i++) {
        Traject__V1__LogEntry *entry = slot->reply->entries[i];
        if (export->pseudonyms)
            pseudonyms_entry(export->pseudonyms, entry);
        export->format->entry(export->writer, &of, entry);
        export->entries++;
    }
}

/* Writes what has come of the first case that is not written yet; true when that is all of it. */
static bool write_case(struct log_export *export, struct slot *slot, enum exit_code *code)
{
    if (slot->left_out) {
        export->left_out++;
        return true;
    }
    write_entries(export, slot);
    if (slot->reply && slot->reply->n_entries == PAGE_ENTRIES) {
        *code = ask(export, slot);
        return false;
    }
    const Traject__V1__LogCase of = case_of(export, slot);
    export->format->end_case(export->writer, &of);
    return true;
}

static enum exit_code write_cases(struct log_export *export)
{
    struct progress progress = progress_start(_("Exporting"), export->n_cases);
    enum exit_code code = EXIT_DONE;
    while (export->written < export->n_cases && !code && !ferror(export->out)) {
        while (!code && export->asked < export->n_cases &&
               export->asked - export->written < CALLS_ON_THE_WAY) {
            struct slot *slot = &export->slots[export->asked % CALLS_ON_THE_WAY];
            *slot = (struct slot){.index = export->asked++};
            code = ask(export, slot);
        }
        if (!code)
            code = take_answer(export);
        struct slot *first;
        while (!code && export->written < export->asked &&
               (first = &export->slots[export->written % CALLS_ON_THE_WAY])->answered &&
               write_case(export, first, &code)) {
            if (first->reply)
                traject__v1__list_log_entries_reply__free_unpacked(first->reply, NULL);
            *first = (struct slot){0};
            progress_show(&progress, ++export->written);
        }
    }
    progress_end(&progress);
    return code;
}

static void forget(struct log_export *export)
{
    for (size_t i = 0; i < export->n_cases; i++) {
        free(export->cases[i].client_number);
        free(export->cases[i].shown);
        free(export->cases[i].full_name);
    }
    free(export->cases);
    for (size_t i = 0; i < CALLS_ON_THE_WAY; i++) {
        if (export->slots[i].reply)
            traject__v1__list_log_entries_reply__free_unpacked(export->slots[i].reply, NULL);
    }
}

/* ---- the command ---- */

static const struct log_format *format_of(const char *given, const char *path)
{
    static const struct {
        const char *ending;
        const struct log_format *format;
    } formats[] = {{".csv", &log_csv}, {".xes", &log_xes}, {".json", &log_ocel}};
    const char *name = strrchr(path, '/');
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const char *ending = strstr(name ? name : path, formats[i].ending);
        size_t length = strlen(formats[i].ending);
        if (given ? strcmp(given, formats[i].format->name) == 0
                  : ending && (!ending[length] || strcmp(ending + length, ".gz") == 0))
            return formats[i].format;
    }
    return NULL;
}

static int set(Traject__V1__ListLogCasesRequest *request, struct session *session, const char *field,
               const char *value, enum when_day day)
{
    char *reason = NULL;
    if (!value || !field_from_text(&request->base, field, value, session->now, day, &reason))
        return 0;
    output_line(stderr, "traject log export: --%s: %s", field, reason);
    free(reason);
    return -1;
}

static void tell(struct session *session, const struct log_export *export, const char *path)
{
    FILE *out = strcmp(path, "-") == 0 ? stderr : session->out;
    size_t cases = export->written - export->left_out;
    fprintf(out,
            ngettext("%zu journey with %zu entries is in %s.\n", "%zu journeys with %zu entries are in %s.\n",
                     cases),
            cases, export->entries, path);
    if (export->left_out)
        fprintf(out,
                ngettext("%zu journey was left out: it is no longer among those you may see.\n",
                         "%zu journeys were left out: they are no longer among those you may see.\n",
                         export->left_out),
                export->left_out);
    fputs(
        export->pseudonyms
            ? _("Numbers and names of people are pseudonyms. It is still personal data: keep it like that.\n")
            : _("It holds numbers and names of people: keep it like the record itself.\n"),
        out);
}

static enum exit_code write_log(struct session *session, struct log_export *export,
                                Traject__V1__ListLogCasesRequest *request, const char *path)
{
    struct new_file file;
    FILE *spool = NULL;
    char *reason = NULL;
    enum exit_code code = EXIT_REFUSED;
    if (file_open_new(&file, path, &reason)) {
        output_line(stderr, "traject log export: %s", reason);
        free(reason);
        return EXIT_REFUSED;
    }
    if (!export->format->spools || (spool = file_spool(&file, &reason)))
        code = session_connection(session, session->profile, &export->traject);
    if (!code)
        code = list_cases(export, request);
    if (!code) {
        export->out = file.out;
        export->writer = export->format->begin(file.out, spool);
        code = write_cases(export);
        export->format->end(export->writer);
    }
    if (!code && spool && ferror(spool)) {
        code = EXIT_REFUSED;
        output_line(stderr, _("traject log export: %s: what is written last could not be kept beside it: %s"),
                    path, strerror(errno));
    }
    if (code)
        file_drop(&file);
    else if (file_keep(&file, &reason))
        code = EXIT_REFUSED;
    else
        tell(session, export, path);
    if (reason)
        output_line(stderr, "traject log export: %s", reason);
    if (spool)
        fclose(spool);
    free(reason);
    return code;
}

enum exit_code log_export(struct session *session, const struct command *command, int argc, char **argv)
{
    struct log_export export = {0};
    struct pseudonyms pseudonyms;
    struct arguments arguments;
    char *reason = NULL;
    Traject__V1__ListLogCasesRequest *request = malloc(sizeof *request);
    traject__v1__list_log_cases_request__init(request);
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    const char *path = arguments.positional[0], *key = command_option(command, &arguments, "key"),
               *format = command_option(command, &arguments, "format");
    request->with_names = command_option(command, &arguments, "names") != NULL;
    if (!code && (set(request, session, "team", command_option(command, &arguments, "team"), WHEN_START) ||
                  set(request, session, "since", command_option(command, &arguments, "since"), WHEN_START) ||
                  set(request, session, "until", command_option(command, &arguments, "until"), WHEN_END)))
        code = EXIT_USAGE;
    if (!code && !(export.format = format_of(format, path))) {
        output_line(stderr,
                    format ? _("traject log export: --format is \"%s\"; give xes, ocel or csv")
                           : _("traject log export: the name \"%s\" does not tell the format; end it in "
                               ".xes, .json or .csv, or give --format"),
                    format ? format : path);
        code = EXIT_USAGE;
    }
    if (!code && key && request->with_names) {
        fputs(_("traject log export: --key makes pseudonyms, and --names asks for none; give one of them\n"),
              stderr);
        code = EXIT_USAGE;
    }
    if (!code && key && pseudonyms_load(&pseudonyms, key, &reason)) {
        output_line(stderr, "traject log export: %s", reason);
        code = EXIT_USAGE;
    }
    if (!code && !key)
        pseudonyms_random(&pseudonyms);
    if (!code) {
        export.pseudonyms = request->with_names ? NULL : &pseudonyms;
        code = write_log(session, &export, request, path);
    }
    forget(&export);
    protobuf_c_message_free_unpacked(&request->base, NULL);
    free(reason);
    return code;
}
