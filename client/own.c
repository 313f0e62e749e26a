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
    {"ended", NULL, "with_ended", "true", "also what has ended", 0},
    {0},
};
static const struct option reason_options[] = {OPTION_REASON, OPTION_AT, {0}};
static const struct option accept_options[] = {OPTION_AT, OPTION_WORDS, {0}};
static const struct option absence_options[] = {
    {"back", "MOMENT", "due_at", NULL, "when the client is expected back", WHEN_END | WHEN_AHEAD},
    OPTION_AT,
    OPTION_WORDS,
    {0},
};
static const struct option dropout_options[] = {
    {"reason", "TEXT", "reason", NULL, "what happened, in neutral words", 0},
    OPTION_AT,
    OPTION_WORDS,
    {0},
};
static const struct option words_options[] = {OPTION_WORDS, {0}};
static const struct option timeline_options[] = {PICTURE_OPTIONS, {0}};

static char *guide(const ProtobufCMessage *row)
{
    const Traject__V1__OwnClient *c = (const Traject__V1__OwnClient *)row;
    return template_text(c->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER ? "[{supervisor}]" : "the coach",
                         row);
}

static const struct column client_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"role", "YOU", SHOW_WORD, NULL, NULL},
    {NULL, "GUIDES", SHOW_TEXT, NULL, guide},
    {"handover_state", "HANDOVER", SHOW_WORD, NULL, NULL},
    {"planned_at", "MOVES", SHOW_AGO, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {"absent_since", "ABSENT SINCE", SHOW_DATE, NULL, NULL},
    {"second_person", "SECOND PERSON", SHOW_TEXT, NULL, NULL},
    {0},
};

/* ---- a client's own journey, in plain words ---- */

static const char *const parties[] = {
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_CLIENT] = "You",
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_COACH] = "Your coach",
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_EMPLOYER] = "Your employer",
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_NETWORK] = "Somebody close to you",
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_MUNICIPALITY] = "The municipality",
};

/* What is there for a client, by its kind. */
static const char *const about[] = {
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRIAL_PLACEMENT] = "You try out the work at {employer}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PROBATION] = "Your first weeks at {employer}: the probation",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CONTRACT] = "You work at {employer}, {hours} hours a week",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WAGE_VALUE] = "The measurement of your work ({percentage}%) holds",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_SCHEME] = "Help that is asked for your work: {scheme}[ ({what})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TASK] = "Your work: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ADAPTATION] = "At work: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WORKPLACE_GUIDANCE] = "Help at work from the {guide}[, {person}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WISH] = "Your wish: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_GOAL] = "Your goal: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRAINING] = "You learn: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_APPOINTMENT] =
        "An appointment ({channel})[ at {employer}][, with {person}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ABSENCE] = "You are reported absent[ at {employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_DROPOUT] = "Your work stopped[ at {employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CORRECTION] = "You asked to correct something; your coach answers you",
};

static char *item_text(const Traject__V1__Item *item)
{
    char *text = NULL;
    unsigned kind = (unsigned)item->kind, party = (unsigned)item->party;
    if (item->kind == TRAJECT__V1__ITEM_KIND__ITEM_KIND_AGREEMENT) {
        char *what = template_text("[{what}]", &item->base);
        bool known = party < sizeof parties / sizeof *parties && parties[party];
        if (asprintf(&text, "%s: %s", known ? parties[party] : "Agreed", what) < 0)
            text = NULL;
        free(what);
        return text;
    }
    bool known = kind < sizeof about / sizeof *about && about[kind];
    return template_text(known ? about[kind] : "[{what}]", &item->base);
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
            snprintf(lead, sizeof lead, "  %s%s", moment ? "" : "until ", until);
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
        {journey->_stage_case && !journey->ended_at, "  Where you are", "{stage}, since {stage_since}"},
        {journey->ended_at != NULL, "  Ended", "{ended_at}[: {outcome}]"},
        {journey->_coach_case, "  Your coach", "{coach}, since {coach_since}"},
        {journey->guided_by == TRAJECT__V1__PARTY__PARTY_COACH, "  Who guides you",
         "your coach, since {guided_since}"},
        {journey->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER, "  Who guides you",
         "{supervisor} of {employer}, since {guided_since}[; {second_person} knows about it too]"},
        {journey->last_contact_at != NULL, "  Last contact", "{last_contact_at}"},
        {journey->contact_due_at != NULL, "  Next contact",
         "at the latest {contact_due_at}; your coach gets in touch with you"},
    };
    fprintf(session->out, "Your journey (client number %s)\n", journey->client_number);
    if (!journey->started_at)
        fputs("  It has not begun yet.\n", session->out);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!lines[i].shown)
            continue;
        char *text = template_text(lines[i].text, &journey->base);
        output_hanging(session, lines[i].label, 18, text);
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
        print_items(session, there, true, "What comes");
        print_items(session, there, false, "What is there");
        fputs("\nWhat happened, the newest first (all of it: traject my timeline)\n", session->out);
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
     .summary = "At an employer: your clients, who guides them, and where a handover is.",
     .method = "ListOwnClients",
     .columns = client_columns,
     .empty = "You have no clients now.",
     .example = "traject my clients"},
    {.name = "my journey",
     .summary = "As a client: who guides you, what was agreed, what comes.",
     .method = "GetOwnJourney",
     .run = journey,
     .example = "traject my journey"},
    {.name = "my items",
     .summary = "What was agreed and planned and what runs, of what is meant for you.",
     .method = "ListOwnItems",
     .positional = {"?client_number"},
     .options = item_options,
     .columns = item_own_columns,
     .empty = "Nothing is there.",
     .example = "traject my items 1042"},
    {.name = "my timeline",
     .summary = "What happened, of what is meant for you, newest first.",
     .method = "ListOwnEntries",
     .positional = {"?client_number"},
     .options = timeline_options,
     .run = picture_timeline,
     .print = print_timeline,
     .empty = "Nothing is recorded that is meant for you.",
     .limit = 50,
     .example = "traject my timeline 1042"},
    OWN_STEP("my acceptance", "At an employer: you accept that guidance moves to you.", "handover_accepted",
             accept_options, "The handover is accepted; the coach sees it.", "traject my acceptance 1042"),
    OWN_STEP("my refusal", "At an employer: guidance cannot move to you now.", "handover_declined",
             reason_options, "The handover is declined; the coach guides.",
             "traject my refusal 1042 --reason \"no second person until May\""),
    OWN_STEP("my return", "At an employer: you ask the coach back, who guides from now on.",
             "handover_returned", reason_options, "Guidance is back with the coach.",
             "traject my return 1042 --reason \"new tasks, and it does not go well yet\""),
    OWN_STEP("my absence", "At an employer: the client is absent from work. Why is not asked.",
             "absence_reported", absence_options, "The absence is recorded.",
             "traject my absence 1042 --back \"in 1 week\""),
    OWN_STEP("my absence-change", "At an employer: another day is expected.", "absence_changed",
             absence_options, "The change is recorded.",
             "traject my absence-change 1042 --back \"in 2 weeks\""),
    OWN_STEP("my recovery", "At an employer: the client is back at work.", "absence_recovered",
             accept_options, "The client is back; the absence has ended.", "traject my recovery 1042"),
    OWN_STEP("my dropout", "At an employer: the work stopped before it was meant to.", "dropout_reported",
             dropout_options, "It is recorded; the coach sees it.",
             "traject my dropout 1042 --reason \"the work was too far away\""),
    {.name = "my note",
     .summary = "As a client: add something to your journey. Your coach and the team read it.",
     .method = "AddOwnEntry",
     .positional = {"words"},
     .done = "It is added.",
     .example = "traject my note \"Ik werk graag in de ochtend.\""},
    {.name = "my correction",
     .summary = "As a client: say that an entry is wrong. Your coach answers you.",
     .method = "AskCorrection",
     .positional = {"event_id"},
     .options = words_options,
     .done = "Your coach sees it, and answers.",
     .example = "traject my correction 4711 --words \"Het was een dag later.\""},
    {0},
};
