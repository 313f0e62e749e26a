/* Commands about one client: the person, the trajectory, the stages, the contacts, the coach. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "items.h"
#include "language.h"
#include "options.h"
#include "output.h"

static const struct option add_options[] = {
    {"name", N_("NAME"), "full_name", NULL, N_("the client's name"), 0},
    {0},
};
static const struct option show_options[] = {
    {"as-of", N_("MOMENT"), "as_of", NULL, N_("the state at an earlier moment"), WHEN_END},
    {"known-at", N_("MOMENT"), "known_at", NULL, N_("only what was recorded by then"), WHEN_END},
    {0},
};
static const struct option start_options[] = {
    {"kind", N_("KIND"), "kind", NULL, N_("the kind of trajectory"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("the coach (you, when you are one)"), 0},
    {"team", N_("TEAM"), "team", NULL, N_("the team (the coach's, when there is one)"), 0},
    {"stage", N_("STAGE"), "stage", NULL, N_("the stage to begin in (first-contact)"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it started (now)"), WHEN_START},
    OPTION_WORDS,
    OPTION_FOR,
    {0},
};
static const struct option end_options[] = {
    {"outcome", N_("OUTCOME"), "outcome", NULL, N_("how it ended"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it ended (now)"), 0},
    OPTION_WORDS,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option move_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("why: asked for when it goes back or skips a stage"), 0},
    OPTIONS_OF_ENTRY,
};
static const struct option contact_options[] = {
    {"channel", N_("CHANNEL"), "channel", NULL, N_("how"), 0},
    {"with", N_("WHOM"), "counterpart", NULL, N_("with whom (client)"), 0},
    {"no-answer", NULL, "reached", "false", N_("nobody answered: an attempt, no contact"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it was (now)"), 0},
    OPTION_WORDS,
    {"by", N_("WORKER"), "worker", NULL, N_("who had the contact (you)"), 0},
    {"network", N_("PERSON"), "network_people", NULL,
     N_("somebody of the client's network who was there; may be given more than once"), 0},
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct question move_questions[] = {
    {"client_number", N_("Which client? (number or name)"), false},
    {"stage", N_("To which stage?"), false},
    {"occurred_at", N_("When? (now)"), false},
    {"reason", N_("Why? (asked for when it goes back or skips a stage)"), false},
    {"words", N_("What do you want to note? (an empty line ends it)"), false},
    {0},
};
static const struct question contact_questions[] = {
    {"client_number", N_("Which client? (number or name)"), false},
    {"channel", N_("How was the contact?"), false},
    {"reached", N_("Did you reach each other? (yes)"), false},
    {"occurred_at", N_("When? (now)"), false},
    {"words", N_("What do you want to note? (an empty line ends it)"), false},
    {0},
};
static const struct option assign_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("in which team (the present one)"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it was (now)"), 0},
    {"reason", N_("TEXT"), "reason", NULL, N_("why"), 0},
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option checklist_options[] = {
    {"record-read", NULL, "record_read", "true", N_("the new coach has read the record"), 0},
    {"introduced", NULL, "introduced_to_client", "true",
     N_("the former coach introduced the new one to the client"), 0},
    {"agreements-passed", NULL, "agreements_passed_on", "true", N_("what was agreed is passed on"), 0},
    {"story-retold", NULL, "story_retold", "true", N_("the client had to tell the story anew"), 0},
    OPTION_ITEM,
    OPTIONS_OF_ENTRY,
};
static const struct option rhythm_options[] = {
    {"days", N_("NUMBER"), "days", NULL, N_("days between contacts, 1 to 365"), 0},
    {"remove", NULL, "days", "0", N_("take this rhythm away: a less specific one holds"), 0},
    {"client", N_("NUMBER"), "client_number", NULL, N_("for one client"), 0},
    {"team", N_("TEAM"), "team", NULL, N_("for a team"), 0},
    {"stage", N_("STAGE"), "stage", NULL, N_("for a stage, with --team within that team"), 0},
    {0},
};

static const struct column find_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, N_("none open"), NULL},
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column rhythm_columns[] = {
    {"days", N_("EVERY"), SHOW_DAYS, NULL, NULL},  {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, NULL, NULL}, {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"since", N_("SINCE"), SHOW_DATE, NULL, NULL}, {0},
};

enum { LABEL_WIDTH = 18 };

static void line(const struct session *session, const char *label, const char *text)
{
    if (!*text)
        return;
    char lead[20];
    snprintf(lead, sizeof lead, "  %s", label);
    output_hanging(session, lead, LABEL_WIDTH, text);
}

static char *moment(const Google__Protobuf__Timestamp *time, time_t now)
{
    char ago[40], exact[60], *text;
    if (!time)
        return strdup("");
    when_ago(time->seconds, now, ago, sizeof ago);
    when_exact(time->seconds, exact, sizeof exact);
    return asprintf(&text, "%s (%s)", ago, exact) < 0 ? NULL : text;
}

static void print_client(const struct session *session, const ProtobufCMessage *message)
{
    const Traject__V1__GetClientReply *c = (const Traject__V1__GetClientReply *)message;
#define VALUE(field, how) output_value(session, message, field, how)
    char *number = VALUE("client_number", SHOW_TEXT), *name = VALUE("full_name", SHOW_TEXT);
    char *kind = VALUE("trajectory_kind", SHOW_WORD), *stage = VALUE("stage", SHOW_WORD);
    char *coach = VALUE("coach", SHOW_TEXT), *team = VALUE("team", SHOW_TEXT);
    char *employer = VALUE("employer", SHOW_TEXT), *supervisor = VALUE("supervisor", SHOW_TEXT);
    char *second = VALUE("second_person", SHOW_TEXT), *state = VALUE("handover_state", SHOW_WORD);
    char *outcome = VALUE("outcome", SHOW_WORD), *needs = VALUE("handover_needs", SHOW_SAID), *text = NULL;
#undef VALUE
    char *started = moment(c->started_at, session->now), *ended = moment(c->ended_at, session->now);
    char *stage_since = moment(c->stage_since, session->now),
         *coach_since = moment(c->coach_since, session->now);
    char *guided_since = moment(c->guided_since, session->now),
         *last = moment(c->last_contact_at, session->now);
    char *planned = moment(c->handover_planned_at, session->now),
         *since = moment(c->handover_since, session->now);
    char *due = moment(c->contact_due_at, session->now), *attempt = moment(c->last_attempt_at, session->now);
    char *appointment = moment(c->next_appointment_at, session->now),
         *absent = moment(c->absent_since, session->now);
    char *placement = output_value(session, message, "placement", SHOW_WORD),
         *workplace = output_value(session, message, "placement_employer", SHOW_TEXT),
         *until = output_value(session, message, "placement_due_at", SHOW_DATE),
         *access = output_value(session, message, "access_until", SHOW_DATE),
         *givers = output_value(session, message, "access_given_by", SHOW_LIST);
#define LINE(label, ...)                                                                                     \
    do {                                                                                                     \
        if (asprintf(&text, __VA_ARGS__) >= 0)                                                               \
            line(session, label, text);                                                                      \
        free(text);                                                                                          \
    } while (0)
    fprintf(session->out, *name ? _("Client %s  %s\n") : _("Client %s\n"), number, name);
    if (!c->started_at) {
        fprintf(session->out, _("  No trajectory yet.\n"));
    } else {
        LINE(_("Trajectory"), _("%s, started %s"), kind, started);
        if (c->trajectories > 1)
            LINE("", _("number %d of this client"), c->trajectories);
        if (c->ended_at)
            LINE(_("Ended"), "%s: %s", ended, outcome);
        LINE(c->ended_at ? _("Last stage") : _("Where"), _("%s, since %s"), stage, stage_since);
        if (c->_placement_case && c->placement_due_at)
            LINE(_("Works"), _("%s at %s, until %s"), placement, workplace, until);
        else if (c->_placement_case)
            LINE(_("Works"), _("%s at %s"), placement, workplace);
        LINE(_("Coach"), _("%s in team %s, since %s"), coach, team, coach_since);
        if (c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER)
            LINE(_("Who guides"), _("the employer, %s (%s, second person %s), since %s"), employer,
                 supervisor, second, guided_since);
        else
            LINE(_("Who guides"), _("the coach, %s, since %s"), coach, guided_since);
        if (*state) {
            bool open = c->handover_state <= TRAJECT__V1__HANDOVER_STATE__HANDOVER_STATE_ACCEPTED;
            LINE(_("Handover"), _("%s, to %s (%s), %s"), state, employer, supervisor, since);
            if (open)
                LINE("", _("guidance moves to the employer: %s"),
                     *planned ? planned : _("no date agreed yet"));
            if (*needs)
                LINE("", _("still needed: %s"), needs);
        }
        LINE(_("Last contact"), "%s", *last ? last : _("no contact yet"));
        if (c->unanswered_attempts)
            LINE("",
                 ngettext("%d attempt without answer since, the last %s",
                          "%d attempts without answer since, the last %s",
                          (unsigned long)c->unanswered_attempts),
                 c->unanswered_attempts, attempt);
        if (*due)
            LINE(_("Next contact"),
                 ngettext("due %s; agreed rhythm: every %d day", "due %s; agreed rhythm: every %d days",
                          (unsigned long)c->rhythm_days),
                 due, c->rhythm_days);
        if (*appointment)
            LINE("", _("an appointment %s"), appointment);
        if (*absent)
            LINE(_("Absent"), _("since %s"), absent);
        if (c->supervisor_left)
            LINE(_("To settle"), _("somebody who guides is no longer at %s: traject supervisor change %s"),
                 employer, number);
        if (c->return_proposed)
            LINE(
                _("To settle"),
                _("work stopped while the employer guides; bring guidance back with: traject handover return "
                  "%s"),
                number);
        if (c->coaches > 1)
            LINE(_("Coaches"),
                 ngettext("%d in this trajectory; the story was told anew %d time",
                          "%d in this trajectory; the story was told anew %d times",
                          (unsigned long)c->stories_retold),
                 c->coaches, c->stories_retold);
    }
    if (c->access_until && *givers)
        LINE(_("Own access"), _("until %s, given by %s"), access, givers);
    else if (c->access_until)
        LINE(_("Own access"), _("until %s"), access);
#undef LINE
    char *all[] = {number,    name,      kind,    stage,   coach,   team,        employer,    supervisor,
                   second,    state,     outcome, started, ended,   stage_since, coach_since, guided_since,
                   last,      planned,   since,   due,     attempt, needs,       appointment, absent,
                   placement, workplace, until,   access,  givers};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void print_added(const struct session *session, const ProtobufCMessage *message)
{
    char *number = output_value(session, message, "client_number", SHOW_TEXT);
    fprintf(session->out, _("Client %s is there. Start a trajectory with: traject start %s --kind ...\n"),
            number, number);
    free(number);
}

static void print_rhythm(const struct session *session, const ProtobufCMessage *message)
{
    int changed = ((const Traject__V1__SetRhythmReply *)message)->trajectories_changed;
    fprintf(session->out,
            ngettext("Done; for %d client another rhythm holds now.\n",
                     "Done; for %d clients another rhythm holds now.\n", (unsigned long)changed),
            changed);
}

const struct command case_commands[] = {
    {.name = "client add",
     .summary = N_("Add a client, with a number of your own or the next free one."),
     .method = "AddClient",
     .positional = {"?client_number"},
     .options = add_options,
     .print = print_added,
     .example = "traject client add --name \"Fatima Bakker\""},
    {.name = "client find",
     .summary = N_("Find clients by part of the name or number."),
     .method = "FindClients",
     .positional = {"query"},
     .columns = find_columns,
     .empty = N_("Nobody found among the clients that you may see."),
     .limit = 20,
     .example = "traject client find bakker"},
    {.name = "client show",
     .summary = N_("Where is this client, who guides, when was the last contact."),
     .method = "GetClient",
     .positional = {"client_number"},
     .options = show_options,
     .print = print_client,
     .example = N_("traject client show 1042 --as-of \"3 months ago\"")},
    {.name = "start",
     .summary = N_("Start a trajectory."),
     .method = "StartTrajectory",
     .positional = {"client_number"},
     .options = start_options,
     .done = N_("The trajectory has started."),
     .next_contact = true,
     .example = N_("traject start 1042 --kind work-experience --at 2026-11-02")},
    {.name = "end",
     .summary = N_("End a trajectory, with its outcome."),
     .method = "EndTrajectory",
     .positional = {"client_number"},
     .options = end_options,
     .done = N_("The trajectory has ended."),
     .example = N_("traject end 1042 --outcome employed")},
    {.name = "move",
     .summary = N_("Move to another stage: on, back, or past one."),
     .method = "MoveStage",
     .positional = {"client_number", "stage"},
     .options = move_options,
     .done = N_("The move is recorded."),
     .questions = move_questions,
     .waiting = N_("move of {client_number} to {stage}[, {occurred_at+}]"),
     .example = N_("traject move 1042 first-contact --reason \"the workplace closed\"")},
    {.name = "contact",
     .summary = N_("Record a contact, or an attempt that nobody answered."),
     .method = "RecordContact",
     .positional = {"client_number"},
     .options = contact_options,
     .preset = "counterpart=client reached=true",
     .done = N_("The contact is recorded."),
     .done_option = "no-answer",
     .done_with = N_("The attempt is recorded; it is no contact."),
     .next_contact = true,
     .questions = contact_questions,
     .waiting = N_("contact with {client_number}, {channel}[, {occurred_at+}]"),
     .waiting_with = N_("attempt to reach {client_number}, {channel}[, {occurred_at+}]"),
     .example =
         N_("traject contact 1042 --channel phone --at \"yesterday 16:30\" --words \"Het gaat goed.\"")},
    {.name = "assign",
     .summary = N_("Give the client another coach."),
     .method = "AssignCoach",
     .positional = {"client_number", "coach"},
     .options = assign_options,
     .done = N_("The coach is assigned."),
     .example = N_("traject assign 1042 bert --reason \"closer to the workplace\"")},
    ITEM_STEP("coach checklist", N_("What of the handover between coaches is done."),
              "coach_handover_prepared", checklist_options, N_("What is done of the handover is recorded."),
              "traject coach checklist 1042 --record-read --introduced"),
    ITEM_LIST("coach handovers", N_("Handovers between coaches that are not complete."),
              "kinds=coach_handover", N_("Every handover between coaches is complete."),
              "traject coach handovers --team Noord"),
    {.name = "rhythm set",
     .summary = N_("Set the days between contacts: for all, a team, a stage or a client."),
     .method = "SetRhythm",
     .options = rhythm_options,
     .print = print_rhythm,
     .example = "traject rhythm set --days 14 --client 1042"},
    {.name = "rhythm list",
     .summary = N_("The rhythms that hold; the most specific wins."),
     .method = "ListRhythms",
     .columns = rhythm_columns,
     .empty = N_("No rhythm is set."),
     .example = "traject rhythm list"},
    {0},
};
