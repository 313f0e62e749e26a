/* The three answers: where is a client and how did they get here, who guides, who has gone without
 * contact. And whether the server is well. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "output.h"
#include "own_sentence.h"
#include "picture.h"
#include "sentence.h"
#include "template.h"

static const struct option timeline_options[] = {
    {"oldest-first", NULL, "newest_first", "false", "begin at the beginning", 0},
    {"stage", "STAGE", "stages", NULL, "only in this stage; may be given more than once", 0},
    {"kind", "KIND", "kinds", NULL, "only this kind; may be given more than once", 0},
    {"as-of", "MOMENT", "as_of", NULL, "only what had happened by then", WHEN_END},
    {"known-at", "MOMENT", "known_at", NULL, "only what was recorded by then", WHEN_END},
    {"all", NULL, "with_superseded", "true", "also what was corrected or withdrawn, as it was", 0},
    {"for", N_("WHOM"), "audience", NULL, N_("only what is meant for them, as they read it: client"), 0},
    PICTURE_OPTIONS,
    {0},
};
static const struct option quiet_options[] = {
    {"team", "TEAM", "team", NULL, "of one team", 0},
    {"coach", "WORKER", "coach", NULL, "of one coach", 0},
    {"as-of", "MOMENT", "as_of", NULL, "as it was then", WHEN_END},
    {0},
};
static const struct option board_options[] = {
    {"team", "TEAM", "team", NULL, "of one team", 0},
    {"coach", "WORKER", "coach", NULL, "of one coach", 0},
    {"stage", "STAGE", "stage", NULL, "one stage only", 0},
    {0},
};

static char *quiet_guide(const ProtobufCMessage *row)
{
    const Traject__V1__WithoutContact *c = (const Traject__V1__WithoutContact *)row;
    return strdup(c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER ? c->employer : "coach");
}

static char *board_guide(const ProtobufCMessage *row)
{
    const Traject__V1__BoardCard *c = (const Traject__V1__BoardCard *)row;
    char *state, *text;
    if (c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER)
        return strdup(c->employer);
    if (!c->_handover_state_case)
        return strdup("coach");
    state = output_words(&traject__v1__handover_state__descriptor, c->handover_state);
    if (asprintf(&text, "coach; %s for %s", state, c->employer) < 0)
        text = NULL;
    free(state);
    return text;
}

static const struct column quiet_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"due_at", "PAST DUE", SHOW_PAST, NULL, NULL},
    {"last_contact_at", "LAST CONTACT", SHOW_AGO, "never", NULL},
    {"unanswered_attempts", "TRIED", SHOW_NUMBER, NULL, NULL},
    {"stage", "STAGE", SHOW_WORD, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {NULL, "GUIDES", SHOW_TEXT, NULL, quiet_guide},
    {"next_appointment_at", "APPOINTMENT", SHOW_AGO, NULL, NULL},
    {"last_attempt_at", "LAST TRIED", SHOW_AGO, NULL, NULL},
    {"rhythm_days", "EVERY", SHOW_DAYS, NULL, NULL},
    {0},
};
static const struct column board_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"stage_since", "IN STAGE SINCE", SHOW_AGO, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {NULL, "GUIDES", SHOW_TEXT, NULL, board_guide},
    {"contact_due_at", "NEXT CONTACT", SHOW_AGO, NULL, NULL},
    {0},
};

/* ---- the journey ---- */

static void print_entries(const struct session *session, const ProtobufCMessage *message,
                          char *(*say)(const Traject__V1__TimelineEntry *entry))
{
    const Traject__V1__GetTimelineReply *reply = (const Traject__V1__GetTimelineReply *)message;
    int trajectory = 0;
    int margin = session->width && session->width < 90 ? 6 : 40;
    for (size_t i = 0; i < reply->n_entries; i++) {
        const Traject__V1__TimelineEntry *e = reply->entries[i];
        if (e->trajectory != trajectory)
            fprintf(session->out, "%sTrajectory %d\n", i ? "\n" : "", e->trajectory);
        trajectory = e->trajectory;
        char exact[60], ago[40], *text = say(e), *lead = NULL;
        when_exact(e->occurred_at->seconds, exact, sizeof exact);
        when_ago(e->occurred_at->seconds, session->now, ago, sizeof ago);
        if (asprintf(&lead, "%-22s %-14s  ", exact, ago) >= 0)
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
                withdrawal ? "{correction_reason}" : "in place of entry {supersedes}: {correction_reason}",
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
    fprintf(out, "You are %s (%s), %s, of %s; your token ends %s (%s)\n", me->full_name, me->worker, role,
            me->municipality, ends, until);
    fprintf(out, "trajectd %s, running since %s (%s)\n", s->version, since, ago);
    fprintf(out, "  database      %d of %d connections ready%s\n", s->database_connections_ready,
            s->database_connections, s->database_connections_ready ? "" : ": NOT REACHED");
    if (s->standby_connections)
        fprintf(out, "  standby       %d of %d connections ready%s\n", s->standby_connections_ready,
                s->standby_connections, s->standby_connections_ready ? "" : ": NOT REACHED");
    char half[32], most[32], nearly[32];
    if (s->standby_answered_at) {
        when_ago(s->standby_answered_at->seconds, session->now, ago, sizeof ago);
        fprintf(out, "                behind by %s at most when it last answered, %s\n",
                duration(s->standby_staleness_ms * 1000, half), ago);
    }
    fprintf(out, "  clients       %d connected\n", s->client_connections);
    fprintf(out, "  watchers      %d\n", s->watchers);
    fprintf(out, "  requests      %" PRId64 " answered, %" PRId64 " refused, %d waiting\n",
            s->requests_answered, s->requests_refused, s->requests_waiting);
    fprintf(out, "  answered      half within %s, 95 in 100 within %s, 99 in 100 within %s\n",
            duration(s->median_us, half), duration(s->p95_us, most), duration(s->p99_us, nearly));
    if (s->batches)
        fprintf(out, "  batches       %" PRId64 ", of %.1f requests each\n", s->batches,
                (double)s->batched_calls / (double)s->batches);
    fprintf(out,
            "  disturbances  %" PRId64 " requests ran again, %" PRId64 " database connections lost, %" PRId64
            " clients turned away\n",
            s->calls_retried, s->database_connections_lost, s->connections_turned_away);
    fprintf(out, "  memory        %.1f MiB", (double)s->resident_memory_bytes / 1048576);
    if (s->memory_max_bytes)
        fprintf(out, "; %.1f of at most %.0f in use", (double)s->memory_in_use_bytes / 1048576,
                (double)s->memory_max_bytes / 1048576);
    fprintf(out, "\n");
    free(role);
}

const struct command answer_commands[] = {
    {.name = "timeline",
     .summary = "One client's journey, what came last on top.",
     .method = "GetTimeline",
     .positional = {"client_number"},
     .options = timeline_options,
     .preset = "newest_first=true",
     .run = picture_timeline,
     .print = print_timeline,
     .empty = "Nothing is recorded that you asked for.",
     .limit = 50,
     .example = "traject timeline 1042 --kind stage-moved --kind handover-completed --oldest-first"},
    {.name = "quiet",
     .summary = "Who has gone without contact, longest first; who never had any stands on top.",
     .method = "ListWithoutContact",
     .options = quiet_options,
     .columns = quiet_columns,
     .empty = "Everybody has been in contact within the agreed rhythm.",
     .limit = 50,
     .example = "traject quiet --team Noord --as-of 2026-09-01"},
    {.name = "board",
     .summary = "Open trajectories by stage, with who guides and what is due.",
     .method = "GetBoard",
     .options = board_options,
     .columns = board_columns,
     .group = "stage",
     .empty = "There is no open trajectory here.",
     .example = "traject board --team Noord"},
    {.name = "status",
     .summary = "Who you are, and whether the service is well.",
     .method = "GetStatus",
     .print = print_status,
     .example = "traject status"},
    {0},
};
