/* traject watch: what happens, a line each, as it happens. */
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "sentence.h"

static const struct option options[] = {
    {"team", "TEAM", "team", NULL, "in one team", 0},
    {"client", "NUMBER", "client_number", NULL, "for one client", 0},
    {"resume-after", "POSITION", "resume_after", NULL, "go on where an earlier run ended", 0},
    {0},
};

/* A WatchEntry's fields of an event are those of a TimelineEntry, by the same numbers. */
static char *event_sentence(const Traject__V1__WatchEntry *entry)
{
    size_t size = traject__v1__watch_entry__get_packed_size(entry);
    uint8_t *packed = malloc(size + 1);
    traject__v1__watch_entry__pack(entry, packed);
    Traject__V1__TimelineEntry *event = traject__v1__timeline_entry__unpack(NULL, size, packed);
    char *text = sentence(event);
    traject__v1__timeline_entry__free_unpacked(event, NULL);
    free(packed);
    return text;
}

static char *passing_sentence(const Traject__V1__WatchEntry *entry)
{
    char *text, date[40], ago[40];
    int made;
    if (entry->last_contact_at) {
        when_date(entry->last_contact_at->seconds, date, sizeof date);
        when_ago(entry->last_contact_at->seconds, time(NULL), ago, sizeof ago);
        made = asprintf(&text, "no contact since %s (%s); agreed is every %d days — coach %s", date, ago,
                        entry->rhythm_days, entry->coach);
    } else {
        made = asprintf(&text, "no contact yet; agreed is every %d days — coach %s", entry->rhythm_days,
                        entry->coach);
    }
    if (made < 0)
        abort();
    return text;
}

static void print_text(FILE *out, const Traject__V1__WatchEntry *entry)
{
    char exact[60];
    bool passing = entry->rhythm_passed_at;
    char *text = passing ? passing_sentence(entry) : event_sentence(entry);
    when_exact(passing ? entry->recorded_at->seconds : entry->occurred_at->seconds, exact, sizeof exact);
    const char *name = entry->_full_name_case ? entry->full_name : "";
    const char *reason = entry->_reason_case ? entry->reason : "";
    const char *words = entry->_words_case ? entry->words : "";
    const char *because = entry->_correction_reason_case ? entry->correction_reason : "";
    output_line(out, "%-22s %s%s%s: %s%s%s%s%s%s%s", exact, entry->client_number, *name ? " " : "", name,
                text, *reason ? " · " : "", reason, *words ? " · " : "", words, *because ? " · " : "",
                because);
    free(text);
}

static bool on_entry(const Traject__V1__WatchEntry *entry, void *context)
{
    const struct session *session = context;
    if (session->output == OUTPUT_JSON)
        output_json_line(session->out, &entry->base);
    else if (session->output == OUTPUT_CSV)
        output_csv_row(session->out, &entry->base);
    else
        print_text(session->out, entry);
    return fflush(session->out) == 0;
}

static void on_lost(const char *why, void *context)
{
    (void)context;
    output_line(stderr, "traject watch: the connection is lost (%s); trying again", why);
}

static void on_found(void *context)
{
    (void)context;
    fputs("traject watch: connected again\n", stderr);
}

static const struct traject_watch_events events = {on_entry, on_lost, on_found};

/* Until SIGINT or SIGTERM, which are read from a file descriptor meanwhile. */
static enum exit_code watch(struct session *session, const struct command *command, struct traject *traject,
                            const Traject__V1__WatchRequest *request)
{
    struct traject_error error = {0};
    struct signalfd_siginfo taken;
    sigset_t ending, before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, &before);
    int stop = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    enum traject_result result = traject_watch(traject, request, stop, &events, session, &error);
    while (read(stop, &taken, sizeof taken) > 0)
        ;
    close(stop);
    sigprocmask(SIG_SETMASK, &before, NULL);
    enum exit_code code = result ? command_fail(command, result, &error) : EXIT_DONE;
    if (traject_watch_position(traject))
        fprintf(stderr, "traject watch: to go on from here: --resume-after %s\n",
                traject_watch_position(traject));
    return code;
}

static enum exit_code run(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command);
    struct arguments arguments;
    struct traject *traject;
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    if (!code)
        code = session_connection(session, session->profile, &traject);
    if (!code && session->output == OUTPUT_CSV) {
        Traject__V1__WatchReply heading = TRAJECT__V1__WATCH_REPLY__INIT;
        output_csv(session->out, &heading.base);
        fflush(session->out);
    }
    if (!code)
        code = watch(session, command, traject, (const Traject__V1__WatchRequest *)request);
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}

const struct command watch_commands[] = {
    {.name = "watch",
     .summary = "What happens in your caseload or team, as it happens; also who passes the contact rhythm.",
     .method = "Watch",
     .options = options,
     .run = run,
     .example = "traject watch --team Noord"},
    {0},
};
