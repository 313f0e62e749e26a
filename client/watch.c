/* traject watch: what happens, a line each, as it happens. */
#include <errno.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "command.h"
#include "language.h"
#include "output.h"
#include "sentence.h"

static const struct option options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("in one team"), 0},
    {"client", N_("NUMBER"), "client_number", NULL, N_("for one client"), 0},
    {"resume-after", N_("POSITION"), "resume_after", NULL, N_("go on where an earlier run ended"), 0},
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
    const char *coach = entry->_coach_case ? entry->coach : _("not known");
    char *text, date[40], ago[40];
    int made;
    if (entry->last_contact_at) {
        when_date(entry->last_contact_at->seconds, date, sizeof date);
        when_ago(entry->last_contact_at->seconds, time(NULL), ago, sizeof ago);
        made = asprintf(&text,
                        ngettext("no contact since %s (%s); agreed is every %d day — coach %s",
                                 "no contact since %s (%s); agreed is every %d days — coach %s",
                                 (unsigned long)entry->rhythm_days),
                        date, ago, entry->rhythm_days, coach);
    } else {
        made = asprintf(&text,
                        ngettext("no contact yet; agreed is every %d day — coach %s",
                                 "no contact yet; agreed is every %d days — coach %s",
                                 (unsigned long)entry->rhythm_days),
                        entry->rhythm_days, coach);
    }
    if (made < 0)
        abort();
    return text;
}

static void print_text(FILE *out, const Traject__V1__WatchEntry *entry)
{
    char exact[60] = "", *text;
    bool passing = entry->rhythm_passed_at, event = entry->occurred_at;
    const Google__Protobuf__Timestamp *at = event && !passing ? entry->occurred_at : entry->recorded_at;
    if (passing)
        text = passing_sentence(entry);
    else if (event)
        text = event_sentence(entry);
    else
        text = strdup(_("something that this version of traject has no words for"));
    if (at)
        when_exact(at->seconds, exact, sizeof exact);
    const char *name = entry->_full_name_case ? entry->full_name : "";
    const char *reason = entry->_reason_case ? entry->reason : "";
    const char *words = entry->_words_case ? entry->words : "";
    const char *because = entry->_correction_reason_case ? entry->correction_reason : "";
    output_line(out, "%-22s %s%s%s: %s%s%s%s%s%s%s", exact, entry->client_number, *name ? " " : "", name,
                text, *reason ? " · " : "", reason, *words ? " · " : "", words, *because ? " · " : "",
                because);
    free(text);
}

struct printing {
    const struct session *session;
    int failed; /* errno of the write that did */
};

static bool on_entry(const Traject__V1__WatchEntry *entry, void *context)
{
    struct printing *printing = context;
    const struct session *session = printing->session;
    errno = 0;
    if (session->output == OUTPUT_JSON)
        output_json_line(session->out, &entry->base);
    else if (session->output == OUTPUT_CSV)
        output_csv_row(session->out, &entry->base);
    else
        print_text(session->out, entry);
    if (fflush(session->out) == 0 && !ferror(session->out))
        return true;
    printing->failed = errno ? errno : EIO;
    /* What is left of it would be tried again at the end, and perhaps block there. */
    __fpurge(session->out);
    clearerr(session->out);
    return false;
}

static void on_lost(const char *why, void *context)
{
    (void)context;
    output_line(stderr, _("traject watch: the connection is lost (%s); trying again"), why);
}

static void on_found(void *context)
{
    (void)context;
    fputs(_("traject watch: connected again\n"), stderr);
}

static const struct traject_watch_events events = {.entry = on_entry, .lost = on_lost, .found = on_found};

static int signalled = -1; /* an eventfd */

static void on_signal(int number)
{
    (void)number;
    int before = errno;
    ssize_t written = write(signalled, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
    errno = before;
}

/* Readable when the watch is to end: at a signal, or when nobody reads the output any more. */
static int open_stop(FILE *out)
{
    int stop = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(stop, EPOLL_CTL_ADD, signalled, &(struct epoll_event){.events = EPOLLIN});
    /* Asks for errors only. A file cannot be waited for, and has no reader that goes away. */
    epoll_ctl(stop, EPOLL_CTL_ADD, fileno(out), &(struct epoll_event){.events = 0});
    return stop;
}

/* Until SIGINT or SIGTERM. The first also interrupts what blocks; a second one finds no handler. */
static enum exit_code watch(struct session *session, const struct command *command, struct traject *traject,
                            const Traject__V1__WatchRequest *request)
{
    struct traject_error error = {0};
    struct printing printing = {.session = session};
    struct sigaction ending = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, before[2];
    signalled = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sigaction(SIGINT, &ending, &before[0]);
    sigaction(SIGTERM, &ending, &before[1]);
    int stop = open_stop(session->out);
    enum traject_result result = traject_watch(traject, request, stop, &events, &printing, &error);
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
    close(stop);
    close(signalled);
    enum exit_code code = result ? command_fail(command, result, &error) : EXIT_DONE;
    /* Whoever reads through a pipe may have seen enough, and EINTR is the signal's doing. */
    if (printing.failed && printing.failed != EPIPE && printing.failed != EINTR) {
        output_line(stderr, _("traject watch: the output could not be written: %s"),
                    strerror(printing.failed));
        code = EXIT_REFUSED;
    }
    const char *position = traject_watch_position(traject);
    /* An end before the first entry is where the run began. */
    if (!result && !position && request->_resume_after_case)
        position = request->resume_after;
    if (position)
        output_line(stderr, _("traject watch: to go on from here: --resume-after %s"), position);
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
     .summary =
         N_("What happens in your caseload or team, as it happens; also who passes the contact rhythm."),
     .method = "Watch",
     .options = options,
     .run = run,
     .example = "traject watch --team Noord"},
    {0},
};
