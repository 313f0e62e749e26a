/* The three answers: where is a client and how did they get here, who guides, who has gone without
 * contact. And whether the server is well. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "output.h"
#include "own_sentence.h"
#include "picture.h"
#include "screen.h"
#include "sentence.h"
#include "template.h"

static const struct option timeline_options[] = {
    {"oldest-first", NULL, "newest_first", "false", N_("begin at the beginning"), 0},
    {"stage", N_("STAGE"), "stages", NULL, N_("only in this stage; may be given more than once"), 0},
    {"kind", N_("KIND"), "kinds", NULL, N_("only this kind; may be given more than once"), 0},
    {"as-of", N_("MOMENT"), "as_of", NULL, N_("only what had happened by then"), WHEN_END},
    {"known-at", N_("MOMENT"), "known_at", NULL, N_("only what was recorded by then"), WHEN_END},
    {"all", NULL, "with_superseded", "true", N_("also what was corrected or withdrawn, as it was"), 0},
    {"for", N_("WHOM"), "audience", NULL, N_("only what is meant for them, as they read it: client"), 0},
    PICTURE_OPTIONS,
    {0},
};
static const struct option quiet_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("of one coach"), 0},
    {"as-of", N_("MOMENT"), "as_of", NULL, N_("as it was then"), WHEN_END},
    OPTION_SCREEN,
    {0},
};
static const struct option board_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("of one coach"), 0},
    {"stage", N_("STAGE"), "stage", NULL, N_("one stage only"), 0},
    OPTION_SCREEN,
    {0},
};

static char *quiet_guide(const ProtobufCMessage *row)
{
    const Traject__V1__WithoutContact *c = (const Traject__V1__WithoutContact *)row;
    return strdup(c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER ? c->employer : _("coach"));
}

static char *board_guide(const ProtobufCMessage *row)
{
    const Traject__V1__BoardCard *c = (const Traject__V1__BoardCard *)row;
    char *state, *text;
    if (c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER)
        return strdup(c->employer);
    if (!c->_handover_state_case)
        return strdup(_("coach"));
    state = output_words(&traject__v1__handover_state__descriptor, c->handover_state);
    if (asprintf(&text, _("coach; %s for %s"), state, c->employer) < 0)
        text = NULL;
    free(state);
    return text;
}

static const struct column quiet_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"due_at", N_("PAST DUE"), SHOW_PAST, NULL, NULL},
    {"last_contact_at", N_("LAST CONTACT"), SHOW_AGO, N_("never"), NULL},
    {"unanswered_attempts", N_("TRIED"), SHOW_NUMBER, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("GUIDES"), SHOW_TEXT, NULL, quiet_guide},
    {"next_appointment_at", N_("APPOINTMENT"), SHOW_AGO, NULL, NULL},
    {"last_attempt_at", N_("LAST TRIED"), SHOW_AGO, NULL, NULL},
    {"rhythm_days", N_("EVERY"), SHOW_DAYS, NULL, NULL},
    {0},
};
static const struct column board_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"stage_since", N_("IN STAGE SINCE"), SHOW_AGO, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("GUIDES"), SHOW_TEXT, NULL, board_guide},
    {"contact_due_at", N_("NEXT CONTACT"), SHOW_AGO, NULL, NULL},
    {0},
};

/* ---- the journey ---- */

/* Columns that the widest "3 weeks ago" takes, but at least so many. */
static int ago_width(const struct session *session, const Traject__V1__GetTimelineReply *reply)
{
    int widest = 14;
    for (size_t i = 0; i < reply->n_entries; i++) {
        char ago[40];
        when_ago(reply->entries[i]->occurred_at->seconds, session->now, ago, sizeof ago);
        int width = output_width(ago);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void print_entries(const struct session *session, const ProtobufCMessage *message,
                          char *(*say)(const Traject__V1__TimelineEntry *entry))
{
    const Traject__V1__GetTimelineReply *reply = (const Traject__V1__GetTimelineReply *)message;
    int trajectory = 0, width = ago_width(session, reply);
    int margin = session->width && session->width < 90 ? 6 : 26 + width;
    for (size_t i = 0; i < reply->n_entries; i++) {
        const Traject__V1__TimelineEntry *e = reply->entries[i];
        if (e->trajectory != trajectory && i)
            fputc('\n', session->out);
        if (e->trajectory != trajectory)
            fprintf(session->out, _("Trajectory %d\n"), e->trajectory);
        trajectory = e->trajectory;
        char exact[60], ago[40], *text = say(e), *lead = NULL;
        when_exact(e->occurred_at->seconds, exact, sizeof exact);
        when_ago(e->occurred_at->seconds, session->now, ago, sizeof ago);
        if (asprintf(&lead, "%-22s %-*s  ", exact, width, ago) >= 0)
            output_hanging(session, lead, margin, text);
        free(lead);
        free(text);
        if (e->_reason_case && *e->reason)
            output_hanging(session, "", margin, e->reason);
        if (e->_words_case && *e->words)
            output_hanging(session, "", margin, e->words);
        if (e->_correction_reason_case) {
            bool withdrawal = e->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_ENTRY_WITHDRAWN;
            char *corrected = template_text(
                withdrawal ? "{correction_reason}" : _("in place of entry {supersedes}: {correction_reason}"),
                &e->base);
            output_hanging(session, "", margin, corrected);
            free(corrected);
        }
    }
}

void print_timeline(const struct session *session, const ProtobufCMessage *reply)
{
    print_entries(session, reply, sentence);
}

static char *own_line(const Traject__V1__TimelineEntry *entry)
{
    char *said = own_sentence(entry), *text;
    if (asprintf(&text, "%s — %s #%lld", said, entry->recorded_by, (long long)entry->event_id) < 0)
        abort();
    free(said);
    return text;
}

void print_own_timeline(const struct session *session, const ProtobufCMessage *reply)
{
    print_entries(session, reply, own_line);
}

/* ---- is the service well ---- */

/* "3.4 ms" or "1.2 s". */
static const char *duration(int64_t us, char text[32])
{
    snprintf(text, 32, us < 1000000 ? "%.1f ms" : "%.1f s", (double)us / (us < 1000000 ? 1e3 : 1e6));
    return text;
}

static void print_status(const struct session *session, const ProtobufCMessage *message)
{
    const Traject__V1__GetStatusReply *s = (const Traject__V1__GetStatusReply *)message;
    const Traject__V1__AuthenticateReply *me = session_identity(session);
    char *role = output_words(&traject__v1__role__descriptor, me->role);
    char since[60], ago[40], until[60], ends[40];
    when_exact(s->started_at->seconds, since, sizeof since);
    when_ago(s->started_at->seconds, session->now, ago, sizeof ago);
    when_end(me->token_expires_at->seconds, session->now, until, sizeof until);
    when_ago(me->token_expires_at->seconds, session->now, ends, sizeof ends);
    FILE *out = session->out;
    fprintf(out, _("You are %s (%s), %s, of %s; your token ends %s (%s)\n"), me->full_name, me->worker, role,
            me->municipality, ends, until);
    fprintf(out, _("trajectd %s, running since %s (%s)\n"), s->version, since, ago);
    fprintf(out,
            s->database_connections_ready ? _("  database      %d of %d connections ready\n")
                                          : _("  database      %d of %d connections ready: NOT REACHED\n"),
            s->database_connections_ready, s->database_connections);
    if (s->standby_connections)
        fprintf(out,
                s->standby_connections_ready ? _("  standby       %d of %d connections ready\n")
                                             : _("  standby       %d of %d connections ready: NOT REACHED\n"),
                s->standby_connections_ready, s->standby_connections);
    char half[32], most[32], nearly[32];
    if (s->standby_answered_at) {
        when_ago(s->standby_answered_at->seconds, session->now, ago, sizeof ago);
        fprintf(out, _("                behind by %s at most when it last answered, %s\n"),
                duration(s->standby_staleness_ms * 1000, half), ago);
    }
    fprintf(out, _("  clients       %d connected\n"), s->client_connections);
    fprintf(out, _("  watchers      %d\n"), s->watchers);
    fprintf(out, _("  requests      %lld answered, %lld refused, %d waiting\n"),
            (long long)s->requests_answered, (long long)s->requests_refused, s->requests_waiting);
    fprintf(out, _("  answered      half within %s, 95 in 100 within %s, 99 in 100 within %s\n"),
            duration(s->median_us, half), duration(s->p95_us, most), duration(s->p99_us, nearly));
    if (s->batches)
        fprintf(out, _("  batches       %lld, of %.1f requests each\n"), (long long)s->batches,
                (double)s->batched_calls / (double)s->batches);
    fprintf(out,
            _("  disturbances  %lld requests ran again, %lld database connections lost, %lld clients turned "
              "away\n"),
            (long long)s->calls_retried, (long long)s->database_connections_lost,
            (long long)s->connections_turned_away);
    double resident = (double)s->resident_memory_bytes / 1048576;
    if (s->memory_max_bytes)
        fprintf(out, _("  memory        %.1f MiB; %.1f of at most %.0f in use\n"), resident,
                (double)s->memory_in_use_bytes / 1048576, (double)s->memory_max_bytes / 1048576);
    else
        fprintf(out, _("  memory        %.1f MiB\n"), resident);
    free(role);
}

const struct command answer_commands[] = {
    {.name = "timeline",
     .summary = N_("One client's journey, what came last on top."),
     .method = "GetTimeline",
     .positional = {"client_number"},
     .options = timeline_options,
     .preset = "newest_first=true",
     .run = picture_timeline,
     .print = print_timeline,
     .empty = N_("Nothing is recorded that you asked for."),
     .limit = 50,
     .example = N_("traject timeline 1042 --kind stage-moved --kind handover-completed --oldest-first")},
    {.name = "quiet",
     .summary = N_("Who has gone without contact, longest first; who never had any stands on top."),
     .method = "ListWithoutContact",
     .run = screen_run,
     .options = quiet_options,
     .columns = quiet_columns,
     .empty = N_("Everybody has been in contact within the agreed rhythm."),
     .limit = 50,
     .example = "traject quiet --team Noord --as-of 2026-09-01"},
    {.name = "board",
     .summary = N_("Open trajectories by stage, with who guides and what is due."),
     .method = "GetBoard",
     .run = screen_run,
     .options = board_options,
     .columns = board_columns,
     .group = "stage",
     .empty = N_("There is no open trajectory here."),
     .example = "traject board --team Noord"},
    {.name = "status",
     .summary = N_("Who you are, and whether the service is well."),
     .method = "GetStatus",
     .print = print_status,
     .example = "traject status"},
    {0},
};
