#include "complete.h"

#include <dirent.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "words.h"

enum {
    SECONDS_MAX = 2,    /* who presses a key does not wait longer */
    CLIENTS_MAX = 50,   /* more are not chosen from, and each is logged as looked at */
    QUERY_LENGTH = 100, /* of FindClients */
};

/* Where the values of a field come from, by the field's name. */
static const struct source {
    const char *field;
    const char *method;
    const char *value, *description; /* of a row */
} sources[] = {
    {"client_number", "FindClients", "client_number", "full_name"},
    {"coach", "ListWorkers", "worker", "full_name"},
    {"worker", "ListWorkers", "worker", "full_name"},
    {"team", "ListTeams", "team", NULL},
    {"teams", "ListTeams", "team", NULL},
    {"employer", "ListEmployers", "employer", NULL},
    {"person", "ListEmployerPeople", "person", "employer"},
    {"supervisor", "ListEmployerPeople", "person", "employer"},
    {"second_person", "ListEmployerPeople", "person", "employer"},
};

static const struct option globals[] = {
    {"profile", N_("NAME"), NULL, NULL, N_("who calls which server: a file in ~/.config/traject"), 0},
    {"output", N_("FORMAT"), NULL, NULL, N_("text, json or csv"), 0},
    {"stale", N_("SECONDS"), NULL, NULL, N_("what is shown may be so old"), 0},
    {"help", NULL, NULL, NULL, N_("explain it, with an example"), 0},
    {0},
};
static const struct option limit_option = {
    "limit", N_("NUMBER"), NULL, NULL, N_("show at most so many"), 0,
};

struct completion {
    struct session *session;
    FILE *out;
    const char *word;              /* that is completed, or of it what comes after "--option=" */
    const char *before;            /* that, or "" */
    const struct command *command; /* NULL as long as it is not named whole */
    ProtobufCMessage *request;     /* of the command; NULL when it has none */
    const char *employer;          /* whose people are asked for; NULL for all */
};

static const struct option *find_option(const struct option *options, const char *name, size_t length)
{
    for (; options && options->name; options++)
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

/* An option of the command, or one that all have; NULL when there is none of that name. */
static const struct option *option_of(const struct command *command, const char *word)
{
    size_t length = strcspn(word + 2, "=");
    const struct option *option = find_option(globals, word + 2, length);
    if (!option && command)
        option = find_option(command->options, word + 2, length);
    if (!option && command && command->limit && length == 5 && strncmp(word + 2, "limit", 5) == 0)
        option = &limit_option;
    return option;
}

/* ---- candidates */

/* What has a control character in it cannot be typed, nor be told as a line. */
static bool typeable(const char *text)
{
    char *tamed = strdup(text);
    output_tame(tamed);
    bool same = strcmp(tamed, text) == 0;
    free(tamed);
    return same && *text;
}

static void put(const struct completion *completion, const char *value, const char *description)
{
    if (!typeable(value))
        return;
    fprintf(completion->out, "%s%s", completion->before, value);
    if (description && typeable(description))
        fprintf(completion->out, "\t%s", description);
    fputc('\n', completion->out);
}

/* Of those that go on from the word. Names are found in any case. */
static void offer(const struct completion *completion, const char *value, const char *description)
{
    if (strncasecmp(value, completion->word, strlen(completion->word)) == 0)
        put(completion, value, description);
}

static void offer_options(const struct completion *completion, const struct option *options)
{
    for (; options && options->name; options++) {
        char *name;
        if (asprintf(&name, "--%s", options->name) < 0)
            abort();
        offer(completion, name, _(options->help));
        free(name);
    }
}

static void offer_choices(const struct completion *completion, const ProtobufCEnumDescriptor *descriptor)
{
    char *choices = enum_choices(descriptor), *rest = NULL;
    for (char *choice = strtok_r(choices, ", ", &rest); choice; choice = strtok_r(NULL, ", ", &rest))
        offer(completion, choice, NULL);
    free(choices);
}

static void offer_formats(const struct completion *completion)
{
    static const char *const formats[] = {"text", "json", "csv"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        offer(completion, formats[i], NULL);
}

static int is_profile(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && dot != entry->d_name && strcmp(dot, ".conf") == 0;
}

static void offer_profiles(const struct completion *completion)
{
    char *path = traject_profile_path("default");
    struct dirent **found;
    int count = path ? scandir(dirname(path), &found, is_profile, alphasort) : -1;
    for (int i = 0; i < count; i++) {
        *strrchr(found[i]->d_name, '.') = '\0';
        offer(completion, found[i]->d_name, NULL);
        free(found[i]);
    }
    if (count >= 0)
        free(found);
    free(path);
}

/* ---- from the server */

static void give_up(int number)
{
    (void)number;
    _exit(EXIT_NOT_REACHED);
}

static const char *text_of(const ProtobufCMessage *row, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        name ? protobuf_c_message_descriptor_get_field_by_name(row->descriptor, name) : NULL;
    return field && field_count(row, field) ? *(char *const *)field_value(row, field, 0) : NULL;
}

static bool is_revoked(const ProtobufCMessage *row)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(row->descriptor, "revoked_at");
    return field && field_count(row, field);
}

/* Clients are found by a part of the number or by the name; others are chosen from all there are. */
static bool takes(const struct completion *completion, const ProtobufCMessage *request, const char *number)
{
    bool by_name = request->descriptor == &traject__v1__find_clients_request__descriptor &&
                   completion->word[strspn(completion->word, "0123456789")];
    return by_name || strncasecmp(number, completion->word, strlen(completion->word)) == 0;
}

static void offer_rows(const struct completion *completion, const struct source *source,
                       const ProtobufCMessage *request)
{
    struct traject *traject;
    struct traject_error error = {0};
    ProtobufCMessage *reply;
    /* A connection of its own: what waits is sent by a command, whose word about it is seen. */
    if (session_connect(completion->session->profile, &traject))
        return;
    enum traject_result result = traject_call(traject, source->method, request, NULL, &reply, &error);
    traject_free(traject);
    traject_error_clear(&error);
    if (result)
        return;
    const ProtobufCFieldDescriptor *list = output_list(reply);
    for (size_t i = 0; i < field_count(reply, list); i++) {
        const ProtobufCMessage *row = *(ProtobufCMessage *const *)field_value(reply, list, i);
        const char *value = text_of(row, source->value);
        if (value && !is_revoked(row) && takes(completion, request, value))
            put(completion, value, text_of(row, source->description));
    }
    protobuf_c_message_free_unpacked(reply, NULL);
}

static void offer_clients(const struct completion *completion, const struct source *source)
{
    /* Not all at once: each is a person, and looking at one is logged. */
    if (!*completion->word || strlen(completion->word) > QUERY_LENGTH)
        return;
    Traject__V1__FindClientsRequest request = TRAJECT__V1__FIND_CLIENTS_REQUEST__INIT;
    char *query = strdup(completion->word);
    request.query = query;
    request._page_size_case = TRAJECT__V1__FIND_CLIENTS_REQUEST___PAGE_SIZE_PAGE_SIZE;
    request.page_size = CLIENTS_MAX;
    offer_rows(completion, source, &request.base);
    free(query);
}

static void offer_people(const struct completion *completion, const struct source *source)
{
    Traject__V1__ListEmployerPeopleRequest request = TRAJECT__V1__LIST_EMPLOYER_PEOPLE_REQUEST__INIT;
    char *employer = completion->employer ? strdup(completion->employer) : NULL;
    if (employer) {
        request._employer_case = TRAJECT__V1__LIST_EMPLOYER_PEOPLE_REQUEST___EMPLOYER_EMPLOYER;
        request.employer = employer;
    }
    offer_rows(completion, source, &request.base);
    free(employer);
}

static void offer_source(const struct completion *completion, const struct source *source)
{
    if (strcmp(source->method, "FindClients") == 0) {
        offer_clients(completion, source);
    } else if (strcmp(source->method, "ListEmployerPeople") == 0) {
        offer_people(completion, source);
    } else {
        const struct command asked = {.method = source->method};
        ProtobufCMessage *request = command_request(&asked);
        offer_rows(completion, source, request);
        protobuf_c_message_free_unpacked(request, NULL);
    }
}

/* ---- what the word is */

/* The value of a field of the command's request; `name` may be of none. */
static void offer_field(const struct completion *completion, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        completion->request
            ? protobuf_c_message_descriptor_get_field_by_name(completion->request->descriptor, name)
            : NULL;
    if (field && field->type == PROTOBUF_C_TYPE_ENUM) {
        offer_choices(completion, field->descriptor);
        return;
    }
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].field, name) == 0)
            offer_source(completion, &sources[i]);
}

static void offer_files(const struct completion *completion)
{
    fputs("\tfiles\n", completion->out);
}

static void offer_value(const struct completion *completion, const struct option *option)
{
    static const char *const files[] = {"FILE", "MAP", "PATH"};
    if (strcmp(option->name, "profile") == 0 && option->help == globals[0].help)
        offer_profiles(completion);
    else if (strcmp(option->name, "output") == 0)
        offer_formats(completion);
    else if (option->field)
        offer_field(completion, option->field);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!option->field && strcmp(option->argument, files[i]) == 0)
            offer_files(completion);
}

/* The word that follows on those typed in the command's name, to its end; NULL when there is none. */
static const char *next_word(const struct command *command, int argc, char **argv)
{
    const char *name = command->name;
    for (int i = 0; i < argc; i++) {
        size_t length = strcspn(name, " ");
        if (!name[length] || strlen(argv[i]) != length || strncmp(name, argv[i], length) != 0)
            return NULL;
        name += length + 1;
    }
    return name;
}

static bool is_same_word(const char *a, const char *b)
{
    size_t length = strcspn(a, " ");
    return b && strcspn(b, " ") == length && strncmp(a, b, length) == 0;
}

/* The next word of the commands that begin with those typed, each once. */
static void offer_commands(const struct completion *completion, int argc, char **argv)
{
    for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
        const char *word = next_word(c, argc, argv);
        if (!word)
            continue;
        const struct command *first = command_next(NULL);
        while (!is_same_word(word, next_word(first, argc, argv)))
            first = command_next(first);
        if (first != c)
            continue;
        char *next = strndup(word, strcspn(word, " "));
        offer(completion, next, strchr(word, ' ') ? NULL : _(c->summary));
        free(next);
    }
}

/* What stands after the command's name: options with their values, and arguments. */
static void offer_arguments(struct completion *completion, int argc, char **argv)
{
    const struct option *waiting = NULL; /* for its value, which is the next word */
    int positional = 0;
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        const struct option *of_value = waiting;
        waiting = NULL;
        bool employer = of_value && of_value->field && strcmp(of_value->field, "employer") == 0;
        if (!of_value && !ended && strncmp(argv[i], "--", 2) == 0) {
            const struct option *option = option_of(completion->command, argv[i]);
            ended = !argv[i][2];
            if (option && option->argument && !strchr(argv[i], '='))
                waiting = option;
        } else if (!of_value && positional < WORDS_MAX) {
            const char *field = completion->command->positional[positional++];
            employer = field && strcmp(field, "employer") == 0;
        }
        if (employer)
            completion->employer = argv[i];
    }
    const char *word = completion->word, *equals = strchr(word, '=');
    const struct option *named =
        !ended && !waiting && strncmp(word, "--", 2) == 0 ? option_of(completion->command, word) : NULL;
    if (waiting) {
        offer_value(completion, waiting);
    } else if (named && named->argument && equals) {
        char *before = strndup(word, (size_t)(equals - word) + 1);
        completion->word = equals + 1;
        completion->before = before;
        offer_value(completion, named);
        completion->before = "";
        free(before);
    } else if (!ended && *word == '-') {
        offer_options(completion, completion->command->options);
        offer_options(completion, completion->command->limit ? (struct option[]){limit_option, {0}} : NULL);
        offer_options(completion, globals);
    } else if (positional < WORDS_MAX && completion->command->positional[positional]) {
        const char *name = completion->command->positional[positional];
        name += *name == '?';
        if (strcmp(name, "file") == 0)
            offer_files(completion);
        else
            offer_field(completion, name);
    }
}

/* Takes the options that all commands have out of the words, as main does; true when the last of them is one
 * whose value is yet to come: `*waiting`. */
static int take_globals(struct session *session, int argc, char **argv, const struct option **waiting)
{
    int kept = 0;
    *waiting = NULL;
    for (int i = 0; i < argc; i++) {
        const struct option *option = strncmp(argv[i], "--", 2) == 0
                                          ? find_option(globals, argv[i] + 2, strcspn(argv[i] + 2, "="))
                                          : NULL;
        if (strcmp(argv[i], "--") == 0) {
            while (i < argc)
                argv[kept++] = argv[i++];
        } else if (option && option->argument) {
            const char *equals = strchr(argv[i], '='), *value = equals ? equals + 1 : argv[++i];
            if (i == argc)
                *waiting = option;
            else if (option == &globals[0])
                session->profile = value;
        } else {
            argv[kept++] = argv[i];
        }
    }
    return kept;
}

static void complete(struct completion *completion, int argc, char **argv)
{
    const struct option *waiting;
    int words = 0;
    argc = take_globals(completion->session, argc, argv, &waiting);
    if (waiting) {
        offer_value(completion, waiting);
        return;
    }
    bool help = argc && strcmp(argv[0], "help") == 0;
    argc -= help;
    argv += help;
    completion->command = argc && !help ? command_find(argc, argv, &words) : NULL;
    static const struct command none;
    if (!completion->command && *completion->word == '-') {
        completion->command = &none;
        offer_arguments(completion, 0, NULL);
        return;
    }
    offer_commands(completion, argc, argv);
    if (!argc && !help)
        offer(completion, "help", _("List all commands, or explain one."));
    if (!completion->command)
        return;
    completion->request = completion->command->method ? command_request(completion->command) : NULL;
    offer_arguments(completion, argc - words, argv + words);
    if (completion->request)
        protobuf_c_message_free_unpacked(completion->request, NULL);
}

enum exit_code complete_run(struct session *session, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[0], "--") != 0 || !freopen("/dev/null", "w", stderr))
        return EXIT_USAGE;
    signal(SIGALRM, give_up);
    alarm(SECONDS_MAX);
    struct completion completion = {
        .session = session, .out = session->out, .word = argv[argc - 1], .before = ""};
    argv[argc - 1] = NULL;
    complete(&completion, argc - 2, argv + 1);
    return EXIT_DONE;
}
