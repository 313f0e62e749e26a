/* traject waiting, and what comes before and after it: entries are kept, and sent. */
#include "offline.h"

#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "template.h"
#include "waiting.h"

/* The server may forget after a week that it answered a request, and would then take the same for another
 * one. */
enum { KEEP_SECONDS_MAX = 6 * 24 * 60 * 60 };

/* ---- keeping ---- */

enum exit_code offline_keep(const struct session *session, const struct command *command,
                            const ProtobufCMessage *request, const char *key, struct traject_error *why)
{
    struct traject_error error = {0};
    Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Traject__Client__WaitingEntry entry = TRAJECT__CLIENT__WAITING_ENTRY__INIT;
    now.seconds = session->now;
    entry.kept_at = &now;
    entry.about = template_text(_(command->waiting), request);
    entry.method = (char *)(uintptr_t)command->method;
    entry.request_key = (char *)(uintptr_t)key;
    entry.request.data = malloc(protobuf_c_message_get_packed_size(request) + 1);
    entry.request.len = protobuf_c_message_pack(request, entry.request.data);
    enum traject_result result = waiting_add(session->profile, &entry, &error);
    if (result) {
        session_fail(TRAJECT_UNREACHABLE, why);
        output_line(stderr, _("traject: this is not kept either: %s"), error.message ? error.message : "");
    } else {
        output_line(stderr, "traject: %s", why->message ? why->message : "");
        output_line(
            session->out,
            _("The server cannot be reached. This is kept here, sealed, and is sent with the next command "
              "that reaches it: %s."),
            entry.about);
    }
    traject_error_clear(why);
    traject_error_clear(&error);
    free(entry.about);
    free(entry.request.data);
    return result ? EXIT_NOT_REACHED : EXIT_DONE;
}

/* ---- sending ---- */

enum outcome { SENT, REFUSED, NOT_SENT };

/* Whether that is the server's answer to the entry, and not to the moment or to the token. */
static bool is_refusal(enum traject_result result, const struct traject_error *error)
{
    static const Traject__V1__Code passing[] = {
        TRAJECT__V1__CODE__UNAVAILABLE, TRAJECT__V1__CODE__DEADLINE_EXCEEDED,
        TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, TRAJECT__V1__CODE__ABORTED,
        TRAJECT__V1__CODE__UNAUTHENTICATED};
    bool is = result == TRAJECT_REFUSED;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        is = is && error->code != passing[i];
    return is;
}

/* Takes the entry out, or leaves it with why it was refused. */
static enum outcome settle(const char *profile, const Traject__Client__WaitingEntry *entry,
                           const char *refusal)
{
    struct traject_error error = {0};
    bool found;
    if (waiting_settle(profile, entry->request_key, refusal, &found, &error)) {
        session_fail(TRAJECT_UNUSABLE, &error);
        return NOT_SENT;
    }
    if (!found)
        return NOT_SENT; /* another run did it, and says so */
    if (refusal)
        output_line(stderr, _("traject: what waited here is refused: %s: %s"), entry->about, refusal);
    return refusal ? REFUSED : SENT;
}

/* `*reached` becomes false when the server is away again. */
static enum outcome send_entry(const char *profile, struct traject *traject,
                               const Traject__Client__WaitingEntry *entry, bool *reached)
{
    struct traject_error error = {0};
    ProtobufCMessage *request = waiting_request(entry), *reply = NULL;
    enum outcome outcome = NOT_SENT;
    if (!request)
        return settle(profile, entry, _("this version of traject cannot send it; enter it again"));
    enum traject_result result =
        traject_call(traject, entry->method, request, entry->request_key, &reply, &error);
    if (!result)
        outcome = settle(profile, entry, NULL);
    else if (is_refusal(result, &error))
        outcome = settle(profile, entry, error.message ? error.message : "");
    else
        *reached = false;
    traject_error_clear(&error);
    protobuf_c_message_free_unpacked(request, NULL);
    if (reply)
        protobuf_c_message_free_unpacked(reply, NULL);
    return outcome;
}

static void say_sent(size_t count, int64_t since)
{
    char exact[60];
    when_exact(since, exact, sizeof exact);
    if (count)
        output_line(stderr,
                    ngettext("traject: %zu entry that waited since %s is sent",
                             "traject: %zu entries that waited since %s are sent", count),
                    count, exact);
}

void offline_send(const char *profile, struct traject *traject)
{
    struct traject_error error = {0};
    Traject__Client__Waiting *waiting;
    size_t count[NOT_SENT + 1] = {0};
    bool reached = true;
    int64_t since = 0;
    if (waiting_read(profile, &waiting, &error)) {
        session_fail(TRAJECT_UNUSABLE, &error);
        return;
    }
    for (size_t i = 0; i < waiting->n_entries && reached; i++) {
        const Traject__Client__WaitingEntry *entry = waiting->entries[i];
        enum outcome outcome = REFUSED;
        if (!*entry->refusal && time(NULL) - entry->kept_at->seconds > KEEP_SECONDS_MAX)
            outcome =
                settle(profile, entry,
                       _("it waited for so long that the server may have it and not know that any more; see "
                         "in the timeline whether it is there"));
        else if (!*entry->refusal)
            outcome = send_entry(profile, traject, entry, &reached);
        if (outcome == SENT && !count[SENT])
            since = entry->kept_at->seconds;
        count[outcome]++;
    }
    say_sent(count[SENT], since);
    if (count[REFUSED])
        output_line(stderr,
                    ngettext("traject: %zu refused entry waits here for you; see 'traject waiting'",
                             "traject: %zu refused entries wait here for you; see 'traject waiting'",
                             count[REFUSED]),
                    count[REFUSED]);
    traject__client__waiting__free_unpacked(waiting, NULL);
}

/* ---- the commands ---- */

static void print_waiting(const struct session *session, const ProtobufCMessage *message)
{
    const Traject__Client__WaitingList *list = (const Traject__Client__WaitingList *)message;
    for (size_t i = 0; i < list->n_lines; i++) {
        const Traject__Client__WaitingLine *line = list->lines[i];
        char exact[60], lead[20], *text;
        when_exact(line->kept_at->seconds, exact, sizeof exact);
        snprintf(lead, sizeof lead, "%d", line->number);
        if (asprintf(&text, "%s: %s", exact, line->about) < 0)
            abort();
        output_hanging(session, lead, 4, text);
        free(text);
        if (*line->words)
            output_hanging(session, "", 4, line->words);
        if (*line->refusal && asprintf(&text, _("Refused: %s"), line->refusal) < 0)
            abort();
        if (*line->refusal) {
            output_hanging(session, "", 4, text);
            free(text);
        }
    }
}

/* The words of an entry's request, to free. */
static char *words_of(const Traject__Client__WaitingEntry *entry)
{
    ProtobufCMessage *request = waiting_request(entry);
    const ProtobufCFieldDescriptor *field =
        request ? protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "words") : NULL;
    char *words =
        strdup(field && field_count(request, field) ? *(char *const *)field_value(request, field, 0) : "");
    if (request)
        protobuf_c_message_free_unpacked(request, NULL);
    return words;
}

static enum exit_code list(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct traject_error error = {0};
    Traject__Client__Waiting *waiting;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    enum traject_result result = waiting_read(session->profile, &waiting, &error);
    if (result)
        return session_fail(result, &error);
    Traject__Client__WaitingList shown = TRAJECT__CLIENT__WAITING_LIST__INIT;
    Traject__Client__WaitingLine *lines = calloc(waiting->n_entries + 1, sizeof *lines);
    shown.n_lines = waiting->n_entries;
    shown.lines = calloc(waiting->n_entries + 1, sizeof *shown.lines);
    for (size_t i = 0; i < waiting->n_entries; i++) {
        const Traject__Client__WaitingEntry *entry = waiting->entries[i];
        traject__client__waiting_line__init(&lines[i]);
        lines[i].number = entry->number;
        lines[i].kept_at = entry->kept_at;
        lines[i].about = entry->about;
        lines[i].words = words_of(entry);
        lines[i].refusal = entry->refusal;
        shown.lines[i] = &lines[i];
    }
    output_reply(session, command, &shown.base, false);
    for (size_t i = 0; i < waiting->n_entries; i++)
        free(lines[i].words);
    free(lines);
    free(shown.lines);
    traject__client__waiting__free_unpacked(waiting, NULL);
    return EXIT_DONE;
}

/* The entry with the number that was typed, of `*waiting`, which is the caller's to free; NULL when `*code`
 * says that there is none. */
static const Traject__Client__WaitingEntry *find_entry(const struct session *session,
                                                       const struct command *command, const char *typed,
                                                       Traject__Client__Waiting **waiting,
                                                       enum exit_code *code)
{
    struct traject_error error = {0};
    char *end;
    long number = strtol(typed, &end, 10);
    enum traject_result result = waiting_read(session->profile, waiting, &error);
    if (result) {
        *code = session_fail(result, &error);
        return NULL;
    }
    for (size_t i = 0; i < (*waiting)->n_entries && !*end; i++) {
        if ((*waiting)->entries[i]->number == number)
            return (*waiting)->entries[i];
    }
    output_line(stderr, _("traject %s: nothing waits here with number %s; see 'traject waiting'"),
                command->name, typed);
    traject__client__waiting__free_unpacked(*waiting, NULL);
    *code = EXIT_REFUSED;
    return NULL;
}

static enum exit_code send_now(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct traject *traject;
    Traject__Client__Waiting *waiting;
    bool reached = true;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    const Traject__Client__WaitingEntry *entry =
        find_entry(session, command, arguments.positional[0], &waiting, &code);
    if (!entry)
        return code;
    /* Which sends what is not refused. */
    code = session_connection(session, session->profile, &traject);
    if (!code && *entry->refusal) {
        enum outcome outcome = send_entry(session->profile, traject, entry, &reached);
        say_sent(outcome == SENT, entry->kept_at->seconds);
        code = outcome == REFUSED ? EXIT_REFUSED : reached ? EXIT_DONE : EXIT_NOT_REACHED;
    }
    traject__client__waiting__free_unpacked(waiting, NULL);
    return code;
}

static enum exit_code drop(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct traject_error error = {0};
    Traject__Client__Waiting *waiting;
    bool found;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    const Traject__Client__WaitingEntry *entry =
        find_entry(session, command, arguments.positional[0], &waiting, &code);
    if (!entry)
        return code;
    enum traject_result result = waiting_settle(session->profile, entry->request_key, NULL, &found, &error);
    if (result)
        code = session_fail(result, &error);
    else if (!found)
        output_line(session->out, _("This waits no more: another command sent it. %s."), entry->about);
    else if (*entry->refusal)
        output_line(session->out, _("This does not wait any more, and is not recorded: %s."), entry->about);
    else
        output_line(session->out,
                    _("This does not wait any more: %s. When its answer was lost it may be recorded: see the "
                      "timeline."),
                    entry->about);
    traject__client__waiting__free_unpacked(waiting, NULL);
    return code;
}

const struct command offline_commands[] = {
    {.name = "waiting",
     .summary = N_("What was entered while the server could not be reached, and is not sent."),
     .print = print_waiting,
     .run = list,
     .empty = N_("Nothing waits here."),
     .example = "traject waiting"},
    {.name = "waiting send",
     .summary = N_("Send what waits, also an entry that was refused."),
     .positional = {"number"},
     .run = send_now,
     .example = "traject waiting send 1"},
    {.name = "waiting drop",
     .summary = N_("Take an entry out of what waits: it is not sent any more."),
     .positional = {"number"},
     .run = drop,
     .example = "traject waiting drop 1"},
    {0},
};
