/* Commands for who acts for an employer, and for clients: what is their own. */
#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "language.h"
#include "options.h"
#include "output.h"
#include "picture.h"
#include "sentence.h"
#include "template.h"

static const struct option item_options[] = {
    {"ended", NULL, "with_ended", "true", N_("also what has ended"), 0},
    {0},
};
static const struct option reason_options[] = {OPTION_REASON, OPTION_AT, {0}};
static const struct option accept_options[] = {OPTION_AT, OPTION_WORDS, {0}};
static const struct option absence_options[] = {
    {"back", N_("MOMENT"), "due_at", NULL, N_("when the client is expected back"), WHEN_END | WHEN_AHEAD},
    OPTION_AT,
    OPTION_WORDS,
    {0},
};
static const struct option dropout_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("what happened, in neutral words"), 0},
    OPTION_AT,
    OPTION_WORDS,
    {0},
};
static const struct option words_options[] = {OPTION_WORDS, {0}};
static const struct option timeline_options[] = {PICTURE_OPTIONS, {0}};

static char *guide(const ProtobufCMessage *row)
{
    const Traject__V1__OwnClient *c = (const Traject__V1__OwnClient *)row;
    return template_text(
        c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER ? "[{supervisor}]" : _("the coach"), row);
}

static const struct column client_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"role", N_("YOU"), SHOW_WORD, NULL, NULL},
    {NULL, N_("GUIDES"), SHOW_TEXT, NULL, guide},
    {"handover_state", N_("HANDOVER"), SHOW_WORD, NULL, NULL},
    {"planned_at", N_("MOVES"), SHOW_AGO, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {"absent_since", N_("ABSENT SINCE"), SHOW_DATE, NULL, NULL},
    {"second_person", N_("SECOND PERSON"), SHOW_TEXT, NULL, NULL},
    {0},
};

/* ---- a client's own journey, in plain words ---- */

static const char *const parties[] = {
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_CLIENT] = N_("You"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_COACH] = N_("Your coach"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_EMPLOYER] = N_("Your employer"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_NETWORK] = N_("Somebody close to you"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_MUNICIPALITY] = N_("The municipality"),
};

/* What is there for a client, by its kind. */
static const char *const about[] = {
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRIAL_PLACEMENT] = N_("You try out the work at {employer}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PROBATION] = N_("Your first weeks at {employer}: the probation"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CONTRACT] = N_("You work at {employer}, {hours} hours a week"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WAGE_VALUE] = N_("The measurement of your work ({percentage}%) holds"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_SCHEME] = N_("Help that is asked for your work: {scheme}[ ({what})]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TASK] = N_("Your work: {what}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ADAPTATION] = N_("At work: {what}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WORKPLACE_GUIDANCE] = N_("Help at work from the {guide}[, {person}]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WISH] = N_("Your wish: {what}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_GOAL] = N_("Your goal: {what}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRAINING] = N_("You learn: {what}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_APPOINTMENT] =
        N_("An appointment ({channel})[ at {employer}][, with {person}]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ABSENCE] = N_("You are reported absent[ at {employer}]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_DROPOUT] = N_("Your work stopped[ at {employer}]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CORRECTION] =
        N_("You asked to correct something; your coach answers you"),
};

static char *item_text(const Traject__V1__Item *item)
{
    char *text = NULL;
    unsigned kind = (unsigned)item->kind, party = (unsigned)item->party;
    if (item->kind == TRAJECT__V1__ITEM_KIND__ITEM_KIND_AGREEMENT) {
        char *what = template_text("[{what}]", &item->base);
        bool known = party < sizeof parties / sizeof *parties && parties[party];
        if (asprintf(&text, "%s: %s", known ? _(parties[party]) : _("Agreed"), what) < 0)
            text = NULL;
        free(what);
        return text;
    }
    bool known = kind < sizeof about / sizeof *about && about[kind];
    return template_text(known ? _(about[kind]) : "[{what}]", &item->base);
}

static void print_items(const struct session *session, const Traject__V1__ListItemsReply *reply, bool dated,
                        const char *heading)
{
    bool any = false;
    for (size_t i = 0; i < reply->n_items; i++) {
        const Traject__V1__Item *item = reply->items[i];
        if (dated != (item->due_at != NULL))
            continue;
        char lead[64] = "  ", until[60] = "", *text = item_text(item);
        bool moment = item->kind == TRAJECT__V1__ITEM_KIND__ITEM_KIND_APPOINTMENT;
        if (dated)
            (moment ? when_exact : when_date)(item->due_at->seconds, until, sizeof until);
        if (dated)
            snprintf(lead, sizeof lead, moment ? "  %s" : _("  until %s"), until);
        if (!any)
            fprintf(session->out, "\n%s\n", heading);
        any = true;
        output_hanging(session, lead, dated ? 28 : 2, text ? text : "");
        if (item->_words_case && *item->words)
            output_hanging(session, "", dated ? 28 : 2, item->words);
        free(text);
    }
}

static void print_now(const struct session *session, const Traject__V1__GetOwnJourneyReply *journey)
{
    const struct {
        bool shown;
        const char *label, *text;
    } lines[] = {
        {journey->_stage_case && !journey->ended_at, _("Where you are"), _("{stage}, since {stage_since}")},
        {journey->ended_at != NULL, _("Ended"), "{ended_at}[: {outcome}]"},
        {journey->_coach_case, _("Your coach"), _("{coach}, since {coach_since}")},
        {journey->guided_by == TRAJECT__V1__PARTY__PARTY_COACH, _("Who guides you"),
         _("your coach, since {guided_since}")},
        {journey->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER, _("Who guides you"),
         _("{supervisor} of {employer}, since {guided_since}[; {second_person} knows about it too]")},
        {journey->last_contact_at != NULL, _("Last contact"), "{last_contact_at}"},
        {journey->contact_due_at != NULL, _("Next contact"),
         _("at the latest {contact_due_at}; your coach gets in touch with you")},
    };
    fprintf(session->out, _("Your journey (client number %s)\n"), journey->client_number);
    if (!journey->started_at)
        fputs(_("  It has not begun yet.\n"), session->out);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!lines[i].shown)
            continue;
        char lead[40], *text = template_text(lines[i].text, &journey->base);
        snprintf(lead, sizeof lead, "  %s", lines[i].label);
        output_hanging(session, lead, 18, text);
        free(text);
    }
}

/* Three answers on one page; as JSON and CSV the first alone, since the others have commands of their own. */
static enum exit_code journey(struct session *session, const struct command *command, int argc, char **argv)
{
    Traject__V1__GetOwnJourneyRequest request = TRAJECT__V1__GET_OWN_JOURNEY_REQUEST__INIT;
    Traject__V1__ListOwnItemsRequest items = TRAJECT__V1__LIST_OWN_ITEMS_REQUEST__INIT;
    Traject__V1__ListOwnEntriesRequest entries = TRAJECT__V1__LIST_OWN_ENTRIES_REQUEST__INIT;
    entries.page_size = 10;
    entries._page_size_case = TRAJECT__V1__LIST_OWN_ENTRIES_REQUEST___PAGE_SIZE_PAGE_SIZE;
    const struct {
        const char *method;
        const ProtobufCMessage *request;
    } calls[] = {
        {command->method, &request.base}, {"ListOwnItems", &items.base}, {"ListOwnEntries", &entries.base}};
    enum { CALLS = sizeof calls / sizeof *calls };
    ProtobufCMessage *replies[CALLS] = {0};
    struct arguments arguments;
    struct traject_error error = {0};
    struct traject *traject;
    enum exit_code code = command_parse(session, command, argc, argv, &request.base, &arguments);
    if (!code)
        code = session_connection(session, session->profile, &traject);
    for (size_t i = 0; !code && i < (session->output == OUTPUT_TEXT ? CALLS : 1); i++) {
        enum traject_result result =
            traject_call(traject, calls[i].method, calls[i].request, NULL, &replies[i], &error);
        if (result)
            code = session_fail(result, &error);
    }
    if (!code && session->output != OUTPUT_TEXT) {
        output_reply(session, command, replies[0], false);
    } else if (!code) {
        const Traject__V1__ListItemsReply *there = (const Traject__V1__ListItemsReply *)replies[1];
        print_now(session, (const Traject__V1__GetOwnJourneyReply *)replies[0]);
        print_items(session, there, true, _("What comes"));
        print_items(session, there, false, _("What is there"));
        fputs(_("\nWhat happened, the newest first (all of it: traject my timeline)\n"), session->out);
        print_timeline(session, replies[2]);
    }
    for (size_t i = 0; i < CALLS; i++) {
        if (replies[i])
            protobuf_c_message_free_unpacked(replies[i], NULL);
    }
    return code;
}

#define OWN_STEP(NAME, SUMMARY, KIND, OPTIONS, DONE, EXAMPLE)                                                \
    {                                                                                                        \
        .name = NAME, .summary = SUMMARY, .method = "RecordOwnStep", .positional = {"client_number"},        \
        .options = OPTIONS, .preset = "kind=" KIND, .done = DONE, .example = EXAMPLE                         \
    }

const struct command own_commands[] = {
    {.name = "my clients",
     .summary = N_("At an employer: your clients, who guides them, and where a handover is."),
     .method = "ListOwnClients",
     .columns = client_columns,
     .empty = N_("You have no clients now."),
     .example = "traject my clients"},
    {.name = "my journey",
     .summary = N_("As a client: who guides you, what was agreed, what comes."),
     .method = "GetOwnJourney",
     .run = journey,
     .example = "traject my journey"},
    {.name = "my items",
     .summary = N_("What was agreed and planned and what runs, of what is meant for you."),
     .method = "ListOwnItems",
     .positional = {"?client_number"},
     .options = item_options,
     .columns = item_own_columns,
     .empty = N_("Nothing is there."),
     .example = "traject my items 1042"},
    {.name = "my timeline",
     .summary = N_("What happened, of what is meant for you, newest first."),
     .method = "ListOwnEntries",
     .positional = {"?client_number"},
     .options = timeline_options,
     .run = picture_timeline,
     .print = print_timeline,
     .empty = N_("Nothing is recorded that is meant for you."),
     .limit = 50,
     .example = "traject my timeline 1042"},
    OWN_STEP("my acceptance", N_("At an employer: you accept that guidance moves to you."),
             "handover_accepted", accept_options, N_("The handover is accepted; the coach sees it."),
             "traject my acceptance 1042"),
    OWN_STEP("my refusal", N_("At an employer: guidance cannot move to you now."), "handover_declined",
             reason_options, N_("The handover is declined; the coach guides."),
             N_("traject my refusal 1042 --reason \"no second person until May\"")),
    OWN_STEP("my return", N_("At an employer: you ask the coach back, who guides from now on."),
             "handover_returned", reason_options, N_("Guidance is back with the coach."),
             N_("traject my return 1042 --reason \"new tasks, and it does not go well yet\"")),
    OWN_STEP("my absence", N_("At an employer: the client is absent from work. Why is not asked."),
             "absence_reported", absence_options, N_("The absence is recorded."),
             N_("traject my absence 1042 --back \"in 1 week\"")),
    OWN_STEP("my absence-change", N_("At an employer: another day is expected."), "absence_changed",
             absence_options, N_("The change is recorded."),
             N_("traject my absence-change 1042 --back \"in 2 weeks\"")),
    OWN_STEP("my recovery", N_("At an employer: the client is back at work."), "absence_recovered",
             accept_options, N_("The client is back; the absence has ended."), "traject my recovery 1042"),
    OWN_STEP("my dropout", N_("At an employer: the work stopped before it was meant to."), "dropout_reported",
             dropout_options, N_("It is recorded; the coach sees it."),
             N_("traject my dropout 1042 --reason \"the work was too far away\"")),
    {.name = "my note",
     .summary = N_("As a client: add something to your journey. Your coach and the team read it."),
     .method = "AddOwnEntry",
     .positional = {"words"},
     .done = N_("It is added."),
     .example = "traject my note \"Ik werk graag in de ochtend.\""},
    {.name = "my correction",
     .summary = N_("As a client: say that an entry is wrong. Your coach answers you."),
     .method = "AskCorrection",
     .positional = {"event_id"},
     .options = words_options,
     .done = N_("Your coach sees it, and answers."),
     .example = "traject my correction 4711 --words \"Het was een dag later.\""},
    {0},
};
