#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "file.h"
#include "language.h"
#include "output.h"
#include "picture.h"

enum { MONTHS = 12 /* that are shown up to a month's end */ };
enum { COLUMNS_DEFAULT = 80, COLUMNS_MAX = 120 };

const char report_about_figures[] = N_("Counted from the record as it is now, corrections included; each "
                                       "team apart. A month ends as it does in the "
                                       "Netherlands.");
const char report_few[] = N_("A number is about five people or more. Groups of fewer are told together with "
                             "the smallest of the others, so "
                             "that nobody can be recognised. A dash means nobody, or told together.");

const char report_tells_nothing[] = N_("There is no number to tell: nobody, or fewer than 5.");

/* ---- what it says of itself ---- */

/* A moment as a day: that which begins then, or the one that ended then, when it is the border of months. */
static char *day(int64_t at, bool ended)
{
    char text[60], *made;
    int year, month;
    if (report_month_ending(at, &year, &month)) {
        when_exact(at, text, sizeof text);
        return strdup(text);
    }
    int64_t seconds = at - report_month_start(year, month);
    int length = (int)((seconds + 43200) / 86400);
    month += !ended;
    year += month > 12;
    when_month(year, (month - 1) % 12 + 1, text, sizeof text);
    if (asprintf(&made, "%d %s", ended ? length : 1, text) < 0)
        abort();
    return made;
}

char *report_title(const Traject__V1__Report *figures)
{
    char text[40], *title;
    int year, month;
    int64_t until = figures->until->seconds;
    /* The month that begins where the period does. */
    if (report_month_ending(figures->since->seconds, &year, &month))
        return strdup(_("Report"));
    year += month == 12;
    month = month % 12 + 1;
    if (until > report_month_start(year, month + 1))
        return strdup(_("Report"));
    when_whole_month(year, month, text, sizeof text);
    if (asprintf(&title,
                 until == report_month_start(year, month + 1) ? _("Report of %s") : _("Report of %s so far"),
                 text) < 0)
        abort();
    return title;
}

char *report_period(const Traject__V1__Report *figures)
{
    char *since = day(figures->since->seconds, false), *until = day(figures->until->seconds, true);
    char *months = day(figures->months_since->seconds, false), *text;
    if ((figures->months_since->seconds == figures->since->seconds
             ? asprintf(&text, _("%s up to and including %s"), since, until)
             : asprintf(&text, _("%s up to and including %s; month by month from %s"), since, until,
                        months)) < 0)
        abort();
    free(since);
    free(until);
    free(months);
    return text;
}

char *report_teams(const Traject__V1__Report *figures)
{
    char *text = NULL;
    if ((figures->_team_case
             ? asprintf(&text, _("%s, team %s"), figures->municipality, figures->team)
             : asprintf(&text, _("%s, all teams of this manager"), figures->municipality)) < 0)
        abort();
    return text;
}

char *report_made(const Traject__V1__Report *figures)
{
    char exact[60];
    when_exact(figures->generated_at->seconds, exact, sizeof exact);
    return strdup(exact);
}

/* ---- which period ---- */

static Google__Protobuf__Timestamp *moment_new(int64_t seconds, int32_t nanos)
{
    Google__Protobuf__Timestamp *moment = malloc(sizeof *moment);
    google__protobuf__timestamp__init(moment);
    moment->seconds = seconds;
    moment->nanos = nanos;
    return moment;
}

/* The month of the report: that which is given, or the last whole one. */
static enum exit_code month_option(const struct session *session, const char *given, int *year, int *month)
{
    int used = 0;
    if (!given) {
        struct tm tm;
        gmtime_r(&session->now, &tm);
        *year = tm.tm_year + 1900;
        *month = tm.tm_mon + 1;
        while (report_month_start(*year, *month + 1) > session->now)
            --*month;
        return EXIT_DONE;
    }
    if (sscanf(given, "%4d-%2d%n", year, month, &used) != 2 || used != 7 || given[used] || *year < 2000 ||
        *month < 1 || *month > 12) {
        fprintf(stderr, _("traject report: --month is \"%s\"; give a month as 2026-11\n"), given);
        return EXIT_USAGE;
    }
    if (report_month_start(*year, *month) < session->now)
        return EXIT_DONE;
    fprintf(stderr,
            _("traject report: --month is \"%s\", which has not begun; give this month or an earlier one\n"),
            given);
    return EXIT_USAGE;
}

/* Fills the period of the report, its end only where it is not now. */
static enum exit_code set_period(const struct session *session, const struct command *command,
                                 const struct arguments *arguments,
                                 const Traject__V1__GetStageFiguresRequest *asked,
                                 Traject__V1__Report *report)
{
    const char *given = command_option(command, arguments, "month");
    int year, month;
    if (given && (asked->since || asked->until)) {
        fputs(_("traject report: give --month, or --since and --until\n"), stderr);
        return EXIT_USAGE;
    }
    if (asked->since || asked->until) {
        time_t until = asked->until ? asked->until->seconds : session->now;
        struct tm year_before;
        gmtime_r(&until, &year_before);
        year_before.tm_year--;
        report->since = asked->since ? moment_new(asked->since->seconds, asked->since->nanos)
                                     : moment_new(timegm(&year_before), 0);
        report->until = asked->until ? moment_new(asked->until->seconds, asked->until->nanos) : NULL;
        report->months_since = moment_new(report->since->seconds, report->since->nanos);
        return EXIT_DONE;
    }
    enum exit_code code = month_option(session, given, &year, &month);
    if (code)
        return code;
    int64_t until = report_month_start(year, month + 1);
    report->since = moment_new(report_month_start(year, month), 0);
    report->until = until <= session->now ? moment_new(until, 0) : NULL;
    /* One month says little of what is counted at its end: a year does. */
    report->months_since = moment_new(report_month_start(year, month + 1 - MONTHS), 0);
    return EXIT_DONE;
}

/* ---- asking ---- */

/* The parts of the report, each named by its field; the stages first, whose last moment is the end of all. */
static const struct {
    const char *figure, *method;
    bool of_months;
} parts[] = {
    {"stages", "GetStageFigures", true},        {"times", "GetStageTimes", false},
    {"contact", "GetContactFigures", true},     {"silence", "GetSilenceFigures", true},
    {"handovers", "GetHandoverFigures", false}, {"coaches", "GetCoachFigures", false},
};

static void put_moment(ProtobufCMessage *request, const char *name, const Google__Protobuf__Timestamp *moment)
{
    if (!moment)
        return;
    Google__Protobuf__Timestamp *copy = moment_new(moment->seconds, moment->nanos);
    field_put(request, protobuf_c_message_descriptor_get_field_by_name(request->descriptor, name), &copy);
}

/* Moves the rows of the reply into the report. */
static void take(Traject__V1__Report *report, const char *figure, ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *to =
        protobuf_c_message_descriptor_get_field_by_name(report->base.descriptor, figure);
    const ProtobufCFieldDescriptor *list = output_list(reply);
    for (size_t i = 0; i < field_count(reply, list); i++) {
        if (field_put(&report->base, to, field_value(reply, list, i)))
            abort();
    }
    *(size_t *)((char *)reply + list->quantifier_offset) = 0;
    protobuf_c_message_free_unpacked(reply, NULL);
}

/* Whether each row has the moments that its figure has, as a server of this version tells them. */
static bool has_moments(const ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *list = output_list(reply);
    for (size_t i = 0; i < field_count(reply, list); i++) {
        const ProtobufCMessage *row = *(ProtobufCMessage *const *)field_value(reply, list, i);
        const ProtobufCFieldDescriptor *at =
            protobuf_c_message_descriptor_get_field_by_name(row->descriptor, "at");
        if (at && !field_count(row, at))
            return false;
    }
    return true;
}

static enum exit_code ask(const struct command *command, struct traject *traject, size_t part,
                          Traject__V1__Report *report)
{
    struct command of_part = {.method = parts[part].method};
    struct traject_error error = {0};
    ProtobufCMessage *request = command_request(&of_part), *reply;
    if (report->_team_case) {
        char *team = strdup(report->team);
        field_put(request, protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "team"),
                  &team);
    }
    put_moment(request, "since", parts[part].of_months ? report->months_since : report->since);
    put_moment(request, "until", report->until);
    enum traject_result result = traject_call(traject, parts[part].method, request, NULL, &reply, &error);
    if (!result && !has_moments(reply)) {
        result = traject_error_set(&error, TRAJECT_UNUSABLE, _("%s tells a figure without its moment"),
                                   parts[part].method);
        protobuf_c_message_free_unpacked(reply, NULL);
    }
    if (!result)
        take(report, parts[part].figure, reply);
    protobuf_c_message_free_unpacked(request, NULL);
    return result ? command_fail(command, result, &error) : EXIT_DONE;
}

/* The newest moment of the stages: not each team has somebody at it. NULL when none has. */
static const Google__Protobuf__Timestamp *newest(const Traject__V1__Report *report)
{
    const Google__Protobuf__Timestamp *last = NULL;
    for (size_t i = 0; i < report->n_stages; i++) {
        const Google__Protobuf__Timestamp *at = report->stages[i]->at;
        if (!last || at->seconds > last->seconds || (at->seconds == last->seconds && at->nanos > last->nanos))
            last = at;
    }
    return last;
}

static enum exit_code gather(struct session *session, const struct command *command,
                             Traject__V1__Report *report)
{
    struct traject *traject;
    enum exit_code code = session_connection(session, session->profile, &traject);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !code; i++) {
        code = ask(command, traject, i, report);
        /* What is asked up to now is up to one and the same now, by the server's clock. */
        const Google__Protobuf__Timestamp *last = code || report->until ? NULL : newest(report);
        if (last)
            report->until = moment_new(last->seconds, last->nanos);
    }
    if (code)
        return code;
    if (!report->until)
        report->until = moment_new(session->now, 0);
    report->municipality = strdup(session_identity(session)->municipality);
    report->generated_at = moment_new(session->now, 0);
    return EXIT_DONE;
}

/* ---- the command ---- */

static void page_file(FILE *out, const struct session *session, const void *report)
{
    (void)session;
    report_page(out, report);
}

static enum exit_code show(const struct session *session, const struct command *command, const char *path,
                           const Traject__V1__Report *figures)
{
    enum exit_code code = EXIT_DONE;
    if (!path && session->output == OUTPUT_JSON) {
        output_json(session->out, &figures->base);
        return code;
    }
    if (!path && session->output == OUTPUT_CSV) {
        report_csv(session->out, figures);
        return code;
    }
    struct report *report = report_new(figures);
    if (!path) {
        int columns = session->width ? session->width : COLUMNS_DEFAULT;
        columns = columns < COLUMNS_DEFAULT ? COLUMNS_DEFAULT : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
        report_terminal(session->out, report, columns, picture_shows_utf8());
    } else {
        code = file_write_new(session, command->name, path, page_file, report);
    }
    report_free(report);
    return code;
}

static enum exit_code report_run(struct session *session, const struct command *command, int argc,
                                 char **argv)
{
    Traject__V1__GetStageFiguresRequest *asked =
        (Traject__V1__GetStageFiguresRequest *)command_request(command);
    Traject__V1__Report *report = malloc(sizeof *report);
    struct arguments arguments;
    traject__v1__report__init(report);
    enum exit_code code = command_parse(session, command, argc, argv, &asked->base, &arguments);
    if (!code)
        code = set_period(session, command, &arguments, asked, report);
    if (!code && asked->_team_case) {
        report->_team_case = TRAJECT__V1__REPORT___TEAM_TEAM;
        report->team = strdup(asked->team);
    }
    if (!code)
        code = gather(session, command, report);
    if (!code)
        code = show(session, command, command_option(command, &arguments, "html"), report);
    protobuf_c_message_free_unpacked(&asked->base, NULL);
    protobuf_c_message_free_unpacked(&report->base, NULL);
    return code;
}

static const struct option report_options[] = {
    {"month", N_("MONTH"), NULL, NULL, N_("of that month, as 2026-11; else of the last whole one"), 0},
    {"team", N_("TEAM"), "team", NULL, N_("of one team; else of all that are yours, each apart"), 0},
    {"since", N_("MOMENT"), "since", NULL, N_("from then on, instead of a month; else a year before the end"),
     WHEN_START},
    {"until", N_("MOMENT"), "until", NULL, N_("up to then; else now"), WHEN_START},
    {"html", N_("FILE"), NULL, NULL,
     N_("write a page with plots, to read or to print, to a new file instead"), 0},
    {0},
};

const struct command report_commands[] = {
    {.name = "report",
     .summary =
         N_("The figures of a month, with those of the year up to it: in words, or as a page with plots."),
     .method = "GetStageFigures",
     .options = report_options,
     .run = report_run,
     .example = N_("traject report --month 2026-11 --team Noord --html report.html")},
    {0},
};
