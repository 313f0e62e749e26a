/* Commands about what was agreed and planned, what stands in the way, and absence. */
#include "items.h"
#include "language.h"
#include "options.h"

static const struct option make_options[] = {
    {"party", N_("PARTY"), "party", NULL, N_("who does it"), 0},
    {"name", N_("NAME"), "by_whom", NULL, N_("the name of who does it"), 0},
    OPTION_BY,
    OPTIONS_OF_ENTRY,
};
static const struct option change_options[] = {
    OPTION_WHAT,
    {"party", N_("PARTY"), "party", NULL, N_("who does it"), 0},
    {"name", N_("NAME"), "by_whom", NULL, N_("the name of who does it"), 0},
    OPTION_BY,
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option raise_options[] = {
    {"group", N_("NAME"), "grouped_as", NULL, N_("the bottleneck that more clients have"), 0},
    OPTIONS_OF_ENTRY,
};
static const struct option put_options[] = {
    {"with", N_("NAME"), "by_whom", NULL, N_("who can decide"), 0},
    {"ask-again", N_("MOMENT"), "due_at", NULL, N_("when to ask again"), WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_STEP,
};
static const struct option ask_options[] = {
    {"ask-again", N_("MOMENT"), "due_at", NULL, N_("when to ask again"), WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_STEP,
};
static const struct option group_options[] = {
    {"group", N_("NAME"), "grouped_as", NULL, N_("the bottleneck that more clients have"), 0},
    OPTIONS_OF_STEP,
};
static const struct option groups_options[] = {OPTION_TEAM, OPTION_COACH, {0}};
static const struct option plan_options[] = {
    {"on", N_("MOMENT"), "due_at", NULL, N_("when"), WHEN_AHEAD},
    {"channel", N_("CHANNEL"), "channel", NULL, N_("how"), 0},
    {"with", N_("WHOM"), "counterpart", NULL, N_("with whom (client)"), 0},
    OPTION_EMPLOYER,
    OPTION_PERSON,
    {"network", N_("PERSON"), "network_people", NULL,
     N_("somebody of the client's network; may be given more than once"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it was planned (now)"), 0},
    OPTION_WORDS,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option move_options[] = {
    {"to", N_("MOMENT"), "due_at", NULL, N_("the new moment"), WHEN_AHEAD},
    {"channel", N_("CHANNEL"), "channel", NULL, N_("how"), 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option kept_options[] = {
    {"channel", N_("CHANNEL"), "channel", NULL, N_("how, when it was another way than planned"), 0},
    OPTIONS_OF_STEP,
};
static const struct option absence_options[] = {
    {"back", N_("MOMENT"), "due_at", NULL, N_("when the client is expected back"), WHEN_END | WHEN_AHEAD},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};
static const struct option absence_change_options[] = {
    {"back", N_("MOMENT"), "due_at", NULL, N_("when the client is expected back"), WHEN_END | WHEN_AHEAD},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option dropout_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("what happened, in neutral words"), 0},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};

static const struct question make_questions[] = {
    {"client_number", N_("Which client? (number or name)"), false},
    {"what", N_("What is agreed?"), false},
    {"party", N_("Who does it?"), false},
    {"due_at", N_("By when?"), true},
    {0},
};
static const struct question plan_questions[] = {
    {"client_number", N_("Which client? (number or name)"), false},
    {"due_at", N_("When will it be?"), true},
    {"channel", N_("How will the contact be?"), false},
    {0},
};

static const struct column group_columns[] = {
    {"grouped_as", N_("BOTTLENECK"), SHOW_TEXT, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_NUMBER, NULL, NULL},
    {"oldest_at", N_("SINCE"), SHOW_AGO, NULL, NULL},
    {"by_whom", N_("LIES WITH"), SHOW_LIST, NULL, NULL},
    {"client_numbers", N_("WHOM IT CONCERNS"), SHOW_LIST, NULL, NULL},
    {0},
};

const struct command agreement_commands[] = {
    {.name = "agreement make",
     .summary = N_("Who does what by when."),
     .method = "MakeAgreement",
     .positional = {"client_number", "what"},
     .options = make_options,
     .done = N_("The agreement is recorded."),
     .questions = make_questions,
     .waiting = N_("agreement with {client_number}: {what}[, by {due_at}]"),
     .example =
         N_("traject agreement make 1042 \"belt de werkgever over het rooster\" --party coach --by friday")},
    ITEM_STEP("agreement change", N_("What was agreed changes."), "agreement_changed", change_options,
              N_("The change is recorded."),
              N_("traject agreement change 1042 --item 57 --by \"in 2 weeks\"")),
    ITEM_STEP("agreement kept", N_("An agreement was kept."), "agreement_kept", item_done_options,
              N_("The agreement is kept."), "traject agreement kept 1042 --item 57"),
    ITEM_STEP("agreement not-kept", N_("An agreement was not kept."), "agreement_not_kept",
              item_close_options, N_("The agreement is recorded as not kept."),
              "traject agreement not-kept 1042 --item 57 --reason \"de werkgever was met vakantie\""),
    ITEM_LIST("agreement list", N_("Open agreements."), "kinds=agreement", N_("No agreement is open."),
              N_("traject agreement list --overdue --party coach")),
    {.name = "bottleneck raise",
     .summary = N_("Something that is beyond the power of who guides."),
     .method = "RaiseBottleneck",
     .positional = {"client_number", "what"},
     .options = raise_options,
     .waiting = N_("bottleneck of {client_number}: {what}"),
     .done = N_("The bottleneck is recorded; put it with whoever can decide with: traject bottleneck put "
                "{client_number}"),
     .example = "traject bottleneck raise 1042 \"geen bus voor 7 uur\" --group \"bus industrieterrein\""},
    ITEM_STEP("bottleneck put", N_("It is put with somebody who can decide."), "bottleneck_put", put_options,
              N_("With whom the bottleneck lies is recorded."),
              N_("traject bottleneck put 1042 --with \"wethouder verkeer\" --ask-again \"in 3 weeks\"")),
    ITEM_STEP("bottleneck ask", N_("It was asked what happened to it."), "bottleneck_asked", ask_options,
              N_("That it was asked is recorded."),
              "traject bottleneck ask 1042 --words \"Staat op de agenda van maart.\""),
    ITEM_STEP("bottleneck answer", N_("There is an answer, in words."), "bottleneck_answered", ask_options,
              N_("The answer is recorded."),
              "traject bottleneck answer 1042 --words \"Er komt een proef met een busje.\""),
    ITEM_STEP("bottleneck group", N_("It is the same one that more clients have."), "bottleneck_grouped",
              group_options, N_("The group of the bottleneck is recorded."),
              "traject bottleneck group 1042 --group \"bus industrieterrein\""),
    ITEM_STEP("bottleneck close", N_("It is no longer in the way, or nobody can mend it."),
              "bottleneck_closed", item_close_options, N_("The bottleneck is closed."),
              "traject bottleneck close 1042"),
    ITEM_LIST("bottleneck list", N_("Open bottlenecks, with whom they lie and how long."), "kinds=bottleneck",
              N_("No bottleneck is open."), "traject bottleneck list --with \"wethouder verkeer\""),
    {.name = "bottleneck groups",
     .summary = N_("Bottlenecks that more clients have, those of most clients first."),
     .method = "ListBottleneckGroups",
     .options = groups_options,
     .columns = group_columns,
     .empty = N_("No open bottleneck belongs to a group."),
     .example = "traject bottleneck groups --team Noord"},
    {.name = "appointment plan",
     .summary = N_("A planned contact; it counts as contact once it was kept."),
     .method = "PlanAppointment",
     .positional = {"client_number"},
     .options = plan_options,
     .preset = "counterpart=client",
     .done = N_("The appointment is recorded."),
     .questions = plan_questions,
     .waiting = N_("appointment with {client_number}, {channel}[, {due_at+}]"),
     .example = N_("traject appointment plan 1042 --on \"monday 10:00\" --channel office --network Samira")},
    ITEM_STEP("appointment move", N_("The appointment gets another moment."), "appointment_moved",
              move_options, N_("The appointment is moved."),
              N_("traject appointment move 1042 --to \"tuesday 10:00\"")),
    {.name = "appointment kept",
     .summary = N_("The appointment took place: a contact."),
     .method = "RecordStep",
     .positional = {"client_number"},
     .options = kept_options,
     .preset = "kind=appointment_kept",
     .done = N_("The appointment is kept: a contact."),
     .next_contact = true,
     .example = N_("traject appointment kept 1042 --at \"today 10:00\" --words \"Het gaat goed.\"")},
    {.name = "appointment no-show",
     .summary = N_("It did not take place: an attempt, no contact."),
     .method = "RecordStep",
     .positional = {"client_number"},
     .options = item_done_options,
     .preset = "kind=appointment_not_shown_up",
     .done = N_("The appointment is recorded as an attempt; it is no contact."),
     .next_contact = true,
     .example = "traject appointment no-show 1042"},
    ITEM_STEP("appointment cancel", N_("The appointment is cancelled."), "appointment_cancelled",
              item_close_options, N_("The appointment is cancelled."),
              N_("traject appointment cancel 1042 --reason \"coach absent\"")),
    ITEM_LIST("appointment list", N_("Planned appointments."), "kinds=appointment",
              N_("No appointment is planned."), "traject appointment list --overdue"),
    {.name = "absence report",
     .summary = N_("The client is absent from work. Why is not asked."),
     .method = "ReportAbsence",
     .positional = {"client_number"},
     .options = absence_options,
     .done = N_("The absence is recorded."),
     .waiting = N_("absence of {client_number}[, {occurred_at+}]"),
     .example = N_("traject absence report 1042 --back \"in 1 week\"")},
    ITEM_STEP("absence change", N_("Another day is expected."), "absence_changed", absence_change_options,
              N_("The change is recorded."), N_("traject absence change 1042 --back \"in 2 weeks\"")),
    ITEM_STEP("absence recovered", N_("The client is back at work."), "absence_recovered", item_done_options,
              N_("The client is back; the absence has ended."), "traject absence recovered 1042"),
    ITEM_STEP("absence end", N_("The absence ended another way."), "absence_ended", item_close_options,
              N_("The absence has ended."), N_("traject absence end 1042 --reason \"the contract ended\"")),
    ITEM_LIST("absence list", N_("Who is absent."), "kinds=absence", N_("Nobody is absent."),
              "traject absence list --older-than 14"),
    {.name = "dropout report",
     .summary = N_("Work stopped before it was meant to."),
     .method = "ReportDropout",
     .positional = {"client_number"},
     .options = dropout_options,
     .waiting = N_("dropout of {client_number}[, {occurred_at+}]"),
     .done =
         N_("The dropout is recorded. When the employer guides, guidance can return to the coach: traject "
            "handover return {client_number}"),
     .example = N_("traject dropout report 1042 --reason \"the work was too far away\" --employer \"Bakkerij "
                   "De Zon\"")},
    ITEM_STEP("dropout resolve", N_("It is settled what comes next."), "dropout_resolved", item_close_options,
              N_("What comes next is recorded as settled."),
              "traject dropout resolve 1042 --reason \"begint opnieuw bij een andere werkgever\""),
    ITEM_LIST("dropout list", N_("Where work stopped and nothing is settled yet."), "kinds=dropout",
              N_("No such case is open."), "traject dropout list"),
    {0},
};
