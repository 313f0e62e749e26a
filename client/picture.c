#include "picture.h"

#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "file.h"
#include "language.h"
#include "output.h"
#include "own_sentence.h"
#include "sentence.h"
#include "template.h"

/* ---- what all drawings say alike ---- */

char *picture_lane_name(const struct picture *picture, int lane)
{
    static const char *const names[JOURNEY_LANES] = {
        [JOURNEY_GUIDANCE] = N_("Who guides"), [JOURNEY_HANDOVER] = N_("Handover"),
        [JOURNEY_CONTACT] = N_("Contact"),     [JOURNEY_ATTEMPT] = N_("No answer"),
        [JOURNEY_OTHERS] = N_("With others"),
    };
    static const char *const own_names[JOURNEY_LANES] = {
        [JOURNEY_GUIDANCE] = N_("Who guides you"),  [JOURNEY_HANDOVER] = N_("Handover"),
        [JOURNEY_CONTACT] = N_("Contact with you"), [JOURNEY_ATTEMPT] = N_("You were not reached"),
        [JOURNEY_OTHERS] = N_("With others"),
    };
    if (lane >= JOURNEY_STAGE + JOURNEY_STAGES)
        return strdup(_((picture->for_client ? own_names : names)[lane]));
    char *name = output_words(&traject__v1__stage__descriptor, lane - JOURNEY_STAGE + 1);
    *name = (char)toupper((unsigned char)*name);
    return name;
}

const char *picture_step(const Traject__V1__TimelineEntry *entry)
{
    /* The first character is drawn. */
    switch (entry->kind) {
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_FLAGGED:
        return _("F flagged");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_PREPARED:
        return _("P prepared");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_ACCEPTED:
        return _("A accepted");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_COMPLETED:
        return _("C completed");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_RETURNED:
        return _("R returned");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_DECLINED:
        return _("D declined");
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_HANDOVER_WITHDRAWN:
        return _("W withdrawn");
    default:
        return NULL;
    }
}

static char *say(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static char *say(const char *pattern, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, pattern);
    if (vasprintf(&text, pattern, arguments) < 0)
        abort();
    va_end(arguments);
    output_tame(text);
    return text;
}

char *picture_title(const struct picture *picture)
{
    const char *number = picture->client_number;
    if (picture->for_client)
        return strdup(_("Your way to work"));
    return picture->full_name ? say(_("Journey of %s, client %s"), picture->full_name, number)
                              : say(_("Journey of client %s"), number);
}

/* "2 Nov 2025 to 3 Jan 2026", or "to today". */
static char *time_range(const struct picture *picture, int64_t since, int64_t until, bool lasts)
{
    char from[40], to[40];
    when_date(since, from, sizeof from);
    when_date(until, to, sizeof to);
    return lasts && !picture->earlier ? say(_("%s to today"), from) : say(_("%s to %s"), from, to);
}

char *picture_period(const struct picture *picture)
{
    const struct journey *journey = picture->journey;
    const Traject__V1__TimelineEntry *first = journey->marks[0].entry;
    char *range =
        time_range(picture, journey->since, journey->ended ? journey->until : journey->now, !journey->ended);
    char *kind = first->_trajectory_kind_case
                     ? output_words(&traject__v1__trajectory_kind__descriptor, first->trajectory_kind)
                     : NULL;
    char *text = kind ? say(_("Trajectory %d: %s, %s"), journey->trajectory, kind, range)
                      : say(_("Trajectory %d: %s"), journey->trajectory, range);
    free(kind);
    free(range);
    return text;
}

char *picture_span_range(const struct picture *picture, const struct journey_span *span)
{
    return time_range(picture, span->since, span->until, span->lasts);
}

char *picture_span_text(const struct picture *picture, const struct journey_span *span)
{
    char *range = picture_span_range(picture, span), *text = NULL, *stage;
    const char *name = span->name && *span->name ? span->name : NULL;
    switch (span->kind) {
    case JOURNEY_IN_STAGE:
        stage = picture_lane_name(picture, span->lane);
        text = say("%s: %s", stage, range);
        free(stage);
        break;
    case JOURNEY_COACH:
        text = name ? say(_("Coach %s: %s"), name, range) : say(_("The coach: %s"), range);
        break;
    case JOURNEY_EMPLOYER:
        text = name ? say(_("Employer %s: %s"), name, range) : say(_("The employer: %s"), range);
        break;
    case JOURNEY_SILENCE:
        text = say(_("Longer without contact than agreed: %s"), range);
        break;
    }
    free(range);
    return text;
}

char *picture_description(const struct picture *picture)
{
    const struct journey *journey = picture->journey;
    size_t marks[JOURNEY_LANES] = {0}, size;
    char *text = NULL, *part = picture_period(picture);
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < journey->n_marks; i++)
        marks[journey->marks[i].lane]++;
    fprintf(out, _("A picture of lanes over time. %s. "), part);
    free(part);
    for (size_t i = 0; i < journey->n_spans; i++) {
        part = picture_span_text(picture, &journey->spans[i]);
        fprintf(out, "%s. ", part);
        free(part);
    }
    fprintf(out, _("Contacts: %zu; attempts without answer: %zu; contacts with others: %zu."),
            marks[JOURNEY_CONTACT], marks[JOURNEY_ATTEMPT], marks[JOURNEY_OTHERS]);
    fclose(out);
    return text;
}

char *picture_sentence(const struct picture *picture, const Traject__V1__TimelineEntry *entry)
{
    return picture->for_client ? own_sentence(entry) : sentence(entry);
}

/* ---- asking for what is drawn ---- */

struct asked {
    ProtobufCMessage *timeline, *silences, *client;
};

static void free_asked(struct asked *asked)
{
    ProtobufCMessage *all[] = {asked->timeline, asked->silences, asked->client};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i])
            protobuf_c_message_free_unpacked(all[i], NULL);
    }
}

/* Makes of what was asked for as text the question for all of it. */
static void ask_for_all(Traject__V1__GetTimelineRequest *request)
{
    request->n_stages = request->n_kinds = 0;
    request->newest_first = false;
    request->_with_superseded_case = TRAJECT__V1__GET_TIMELINE_REQUEST___WITH_SUPERSEDED__NOT_SET;
}

static enum exit_code call(const struct command *command, struct traject *traject, const char *method,
                           const ProtobufCMessage *request, ProtobufCMessage **reply)
{
    struct traject_error error = {0};
    enum traject_result result = traject_call(traject, method, request, NULL, reply, &error);
    return result ? command_fail(command, result, &error) : EXIT_DONE;
}

/* Of a client, by who guides. */
static enum exit_code ask_as_worker(struct traject *traject, const struct command *command,
                                    const Traject__V1__GetTimelineRequest *timeline, struct asked *asked)
{
    Traject__V1__ListSilencesRequest silences = TRAJECT__V1__LIST_SILENCES_REQUEST__INIT;
    Traject__V1__GetClientRequest client = TRAJECT__V1__GET_CLIENT_REQUEST__INIT;
    silences.client_number = client.client_number = timeline->client_number;
    silences.as_of = client.as_of = timeline->as_of;
    silences.known_at = client.known_at = timeline->known_at;
    enum exit_code code = call(command, traject, "ListSilences", &silences.base, &asked->silences);
    return code ? code : call(command, traject, "GetClient", &client.base, &asked->client);
}

static enum exit_code ask_as_client(struct traject *traject, const struct command *command,
                                    struct asked *asked)
{
    Traject__V1__ListOwnSilencesRequest silences = TRAJECT__V1__LIST_OWN_SILENCES_REQUEST__INIT;
    Traject__V1__GetOwnJourneyRequest journey = TRAJECT__V1__GET_OWN_JOURNEY_REQUEST__INIT;
    enum exit_code code = call(command, traject, "ListOwnSilences", &silences.base, &asked->silences);
    return code ? code : call(command, traject, "GetOwnJourney", &journey.base, &asked->client);
}

/* ---- the command ---- */

/* A terminal of another encoding was said to be one; where nothing is said, it shows UTF-8, as in main. */
bool picture_shows_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    bool said = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        said = said || (value && *value);
    }
    locale_t locale = said ? newlocale(LC_CTYPE_MASK, "", (locale_t)0) : (locale_t)0;
    bool utf8 = !locale || strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return utf8;
}

static void svg_file(FILE *out, const struct session *session, const void *picture)
{
    (void)session;
    picture_svg(out, picture, PICTURE_FILE, "");
}

static void page_file(FILE *out, const struct session *session, const void *picture)
{
    (void)session;
    picture_page(out, picture);
}

enum { NOT_ASKED = -1 /* for a picture: of the newest trajectory, when there is one */ };
enum { COLUMNS_MIN = 40, COLUMNS_DEFAULT = 80, COLUMNS_MAX = 200 };

static enum exit_code draw(struct session *session, const struct command *command,
                           const struct arguments *arguments, const struct picture *picture)
{
    static const struct {
        const char *option;
        file_writer *write;
    } forms[] = {{"svg", svg_file}, {"html", page_file}};
    bool written = false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *path = command_option(command, arguments, forms[i].option);
        if (!path)
            continue;
        written = true;
        enum exit_code code = file_write_new(session, command->name, path, forms[i].write, picture);
        if (code)
            return code;
    }
    if (!written) {
        int columns = session->width ? session->width : COLUMNS_DEFAULT;
        columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
        picture_terminal(session, picture, columns, picture_shows_utf8());
        fputc('\n', session->out);
    }
    return EXIT_DONE;
}

/* --trajectory, or 0 for the newest one; -1 when it is none. */
static int trajectory_option(const struct command *command, const struct arguments *arguments)
{
    const char *given = command_option(command, arguments, "trajectory");
    char *end;
    if (!given)
        return 0;
    long number = strtol(given, &end, 10);
    if (end != given && !*end && number > 0 && number <= INT_MAX)
        return (int)number;
    fprintf(stderr, _("traject %s: --trajectory is \"%s\"; give a number from 1\n"), command->name, given);
    return -1;
}

static enum exit_code show(struct session *session, const struct command *command,
                           const struct arguments *arguments, const ProtobufCMessage *request,
                           const struct asked *asked, int trajectory)
{
    const Traject__V1__GetTimelineReply *told = (const Traject__V1__GetTimelineReply *)asked->timeline;
    struct picture picture = {.for_client = true};
    int64_t now = session->now;
    if (request->descriptor == &traject__v1__get_timeline_request__descriptor) {
        const Traject__V1__GetTimelineRequest *of = (const Traject__V1__GetTimelineRequest *)request;
        const Traject__V1__GetClientReply *client = (const Traject__V1__GetClientReply *)asked->client;
        picture.for_client = of->_audience_case;
        picture.client_number = client->client_number;
        picture.full_name = client->_full_name_case ? client->full_name : NULL;
        if (of->as_of) {
            now = of->as_of->seconds;
            picture.earlier = true;
        }
    } else {
        picture.client_number = ((const Traject__V1__GetOwnJourneyReply *)asked->client)->client_number;
    }
    struct journey *journey = journey_new(told, (const Traject__V1__ListSilencesReply *)asked->silences,
                                          trajectory == NOT_ASKED ? 0 : trajectory, now);
    if (!journey && trajectory == NOT_ASKED)
        return EXIT_DONE;
    if (!journey) {
        fprintf(stderr,
                trajectory ? _("traject %s: of trajectory %d nothing is recorded that you may see; "
                               "leave out --trajectory for the newest one\n")
                           : _("traject %s: nothing is recorded to draw\n"),
                command->name, trajectory);
        return EXIT_REFUSED;
    }
    picture.journey = journey;
    enum exit_code code = draw(session, command, arguments, &picture);
    journey_free(journey);
    return code;
}

static enum exit_code ask_and_show(struct session *session, const struct command *command,
                                   const struct arguments *arguments, ProtobufCMessage *request,
                                   int trajectory)
{
    struct asked asked = {0};
    struct traject *traject;
    bool more;
    enum exit_code code = session_connection(session, session->profile, &traject);
    bool own = request->descriptor != &traject__v1__get_timeline_request__descriptor;
    if (!code && !own)
        ask_for_all((Traject__V1__GetTimelineRequest *)request);
    if (!code)
        code = command_pages(traject, command, request, LONG_MAX, &asked.timeline, &more);
    if (!code)
        code =
            own ? ask_as_client(traject, command, &asked)
                : ask_as_worker(traject, command, (const Traject__V1__GetTimelineRequest *)request, &asked);
    if (!code)
        code = show(session, command, arguments, request, &asked, trajectory);
    free_asked(&asked);
    return code;
}

static bool is_for_client(const ProtobufCMessage *request)
{
    return request->descriptor == &traject__v1__get_timeline_request__descriptor &&
           ((const Traject__V1__GetTimelineRequest *)request)->_audience_case;
}

/* What narrows the entries asks for something else than the whole journey. */
static bool narrowed(const ProtobufCMessage *request)
{
    if (request->descriptor != &traject__v1__get_timeline_request__descriptor)
        return true;
    const Traject__V1__GetTimelineRequest *of = (const Traject__V1__GetTimelineRequest *)request;
    return of->n_stages || of->n_kinds || of->_with_superseded_case;
}

enum exit_code picture_timeline(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command);
    struct arguments arguments;
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    int trajectory = code ? 0 : trajectory_option(command, &arguments);
    if (trajectory < 0)
        code = EXIT_USAGE;
    bool files =
        !code && (command_option(command, &arguments, "svg") || command_option(command, &arguments, "html"));
    bool drawn = !code && (trajectory || command_option(command, &arguments, "picture"));
    if (drawn && !files && session->output != OUTPUT_TEXT) {
        fprintf(stderr,
                _("traject %s: --picture and --trajectory are about the picture, which is text; leave them "
                  "out, or --output\n"),
                command->name);
        code = EXIT_USAGE;
    }
    bool asked = !code && (files || drawn);
    if (asked ||
        (!code && session->width >= COLUMNS_MIN && session->output == OUTPUT_TEXT && !narrowed(request)))
        code = ask_and_show(session, command, &arguments, request, asked ? trajectory : NOT_ASKED);
    struct command shown = *command;
    if (!code && is_for_client(request))
        shown.print = print_own_timeline;
    protobuf_c_message_free_unpacked(request, NULL);
    return code || files ? code : command_call(session, &shown, argc, argv);
}
