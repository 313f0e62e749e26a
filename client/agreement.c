/* Commands about what was agreed and planned, what stands in the way, and absence. */
#include "items.h"
#include "options.h"

static const struct option make_options[] = {
    {"party", "PARTY", "party", NULL, "who does it", 0},
    {"name", "NAME", "by_whom", NULL, "the name of who does it", 0},
    OPTION_BY,
    OPTIONS_OF_ENTRY,
};
static const struct option change_options[] = {
    OPTION_WHAT,
    {"party", "PARTY", "party", NULL, "who does it", 0},
    {"name", "NAME", "by_whom", NULL, "the name of who does it", 0},
    OPTION_BY,
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option raise_options[] = {
    {"group", "NAME", "grouped_as", NULL, "the bottleneck that more clients have", 0},
    OPTIONS_OF_ENTRY,
};
static const struct option put_options[] = {
    {"with", "NAME", "by_whom", NULL, "who can decide", 0},
    {"ask-again", "MOMENT", "due_at", NULL, "when to ask again", WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_STEP,
};
static const struct option ask_options[] = {
    {"ask-again", "MOMENT", "due_at", NULL, "when to ask again", WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_STEP,
};
static const struct option group_options[] = {
    {"group", "NAME", "grouped_as", NULL, "the bottleneck that more clients have", 0},
    OPTIONS_OF_STEP,
};
static const struct option groups_options[] = {OPTION_TEAM, OPTION_COACH, {0}};
static const struct option plan_options[] = {
    {"on", "MOMENT", "due_at", NULL, "when", WHEN_AHEAD},
    {"channel", "CHANNEL", "channel", NULL, "how", 0},
    {"with", "WHOM", "counterpart", NULL, "with whom (client)", 0},
    OPTION_EMPLOYER,
    OPTION_PERSON,
    {"network", "PERSON", "network_people", NULL,
     "somebody of the client's network; may be given more than once", 0},
    {"at", "MOMENT", "occurred_at", NULL, "when it was planned (now)", 0},
    OPTION_WORDS,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option move_options[] = {
    {"to", "MOMENT", "due_at", NULL, "the new moment", WHEN_AHEAD},
    {"channel", "CHANNEL", "channel", NULL, "how", 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option kept_options[] = {
    {"channel", "CHANNEL", "channel", NULL, "how, when it was another way than planned", 0},
    OPTIONS_OF_STEP,
};
static const struct option absence_options[] = {
    {"back", "MOMENT", "due_at", NULL, "when the client is expected back", WHEN_END | WHEN_AHEAD},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};
static const struct option absence_change_options[] = {
    {"back", "MOMENT", "due_at", NULL, "when the client is expected back", WHEN_END | WHEN_AHEAD},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option dropout_options[] = {
    {"reason", "TEXT", "reason", NULL, "what happened, in neutral words", 0},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};

static const struct column group_columns[] = {
    {"grouped_as", "BOTTLENECK", SHOW_TEXT, NULL, NULL},
    {"clients", "CLIENTS", SHOW_NUMBER, NULL, NULL},
    {"oldest_at", "SINCE", SHOW_AGO, NULL, NULL},
    {"by_whom", "LIES WITH", SHOW_LIST, NULL, NULL},
    {"client_numbers", "WHOM IT CONCERNS", SHOW_LIST, NULL, NULL},
    {0},
};

const struct command agreement_commands[] = {
    {.name = "agreement make",
     .summary = "Who does what by when.",
     .method = "MakeAgreement",
     .positional = {"client_number", "what"},
     .options = make_options,
     .done = "The agreement is recorded.",
     .example =
         "traject agreement make 1042 \"belt de werkgever over het rooster\" --party coach --by friday"},
    ITEM_STEP("agreement change", "What was agreed changes.", "agreement_changed", change_options,
              "The change is recorded.", "traject agreement change 1042 --item 57 --by \"in 2 weeks\""),
    ITEM_STEP("agreement kept", "An agreement was kept.", "agreement_kept", item_done_options,
              "The agreement is kept.", "traject agreement kept 1042 --item 57"),
    ITEM_STEP("agreement not-kept", "An agreement was not kept.", "agreement_not_kept", item_close_options,
              "The agreement is recorded as not kept.",
              "traject agreement not-kept 1042 --item 57 --reason \"de werkgever was met vakantie\""),
    ITEM_LIST("agreement list", "Open agreements.", "kinds=agreement", "No agreement is open.",
              "traject agreement list --overdue --party coach"),
    {.name = "bottleneck raise",
     .summary = "Something that is beyond the power of who guides.",
     .method = "RaiseBottleneck",
     .positional = {"client_number", "what"},
     .options = raise_options,
     .done = "The bottleneck is recorded; put it with whoever can decide with: traject bottleneck put "
             "{client_number}",
     .example = "traject bottleneck raise 1042 \"geen bus voor 7 uur\" --group \"bus industrieterrein\""},
    ITEM_STEP("bottleneck put", "It is put with somebody who can decide.", "bottleneck_put", put_options,
              "With whom the bottleneck lies is recorded.",
              "traject bottleneck put 1042 --with \"wethouder verkeer\" --ask-again \"in 3 weeks\""),
    ITEM_STEP("bottleneck ask", "It was asked what happened to it.", "bottleneck_asked", ask_options,
              "That it was asked is recorded.",
              "traject bottleneck ask 1042 --words \"Staat op de agenda van maart.\""),
    ITEM_STEP("bottleneck answer", "There is an answer, in words.", "bottleneck_answered", ask_options,
              "The answer is recorded.",
              "traject bottleneck answer 1042 --words \"Er komt een proef met een busje.\""),
    ITEM_STEP("bottleneck group", "It is the same one that more clients have.", "bottleneck_grouped",
              group_options, "The group of the bottleneck is recorded.",
              "traject bottleneck group 1042 --group \"bus industrieterrein\""),
    ITEM_STEP("bottleneck close", "It is no longer in the way, or nobody can mend it.", "bottleneck_closed",
              item_close_options, "The bottleneck is closed.", "traject bottleneck close 1042"),
    ITEM_LIST("bottleneck list", "Open bottlenecks, with whom they lie and how long.", "kinds=bottleneck",
              "No bottleneck is open.", "traject bottleneck list --with \"wethouder verkeer\""),
    {.name = "bottleneck groups",
     .summary = "Bottlenecks that more clients have, those of most clients first.",
     .method = "ListBottleneckGroups",
     .options = groups_options,
     .columns = group_columns,
     .empty = "No open bottleneck belongs to a group.",
     .example = "traject bottleneck groups --team Noord"},
    {.name = "appointment plan",
     .summary = "A planned contact; it counts as contact once it was kept.",
     .method = "PlanAppointment",
     .positional = {"client_number"},
     .options = plan_options,
     .preset = "counterpart=client",
     .done = "The appointment is recorded.",
     .example = "traject appointment plan 1042 --on \"monday 10:00\" --channel office --network Samira"},
    ITEM_STEP("appointment move", "The appointment gets another moment.", "appointment_moved", move_options,
              "The appointment is moved.", "traject appointment move 1042 --to \"tuesday 10:00\""),
    {.name = "appointment kept",
     .summary = "The appointment took place: a contact.",
     .method = "RecordStep",
     .positional = {"client_number"},
     .options = kept_options,
     .preset = "kind=appointment_kept",
     .done = "The appointment is kept: a contact.",
     .next_contact = true,
     .example = "traject appointment kept 1042 --at \"today 10:00\" --words \"Het gaat goed.\""},
    {.name = "appointment no-show",
     .summary = "It did not take place: an attempt, no contact.",
     .method = "RecordStep",
     .positional = {"client_number"},
     .options = item_done_options,
     .preset = "kind=appointment_not_shown_up",
     .done = "The appointment is recorded as an attempt; it is no contact.",
     .next_contact = true,
     .example = "traject appointment no-show 1042"},
    ITEM_STEP("appointment cancel", "The appointment is cancelled.", "appointment_cancelled",
              item_close_options, "The appointment is cancelled.",
              "traject appointment cancel 1042 --reason \"coach absent\""),
    ITEM_LIST("appointment list", "Planned appointments.", "kinds=appointment", "No appointment is planned.",
              "traject appointment list --overdue"),
    {.name = "absence report",
     .summary = "The client is absent from work. Why is not asked.",
     .method = "ReportAbsence",
     .positional = {"client_number"},
     .options = absence_options,
     .done = "The absence is recorded.",
     .example = "traject absence report 1042 --back \"in 1 week\""},
    ITEM_STEP("absence change", "Another day is expected.", "absence_changed", absence_change_options,
              "The change is recorded.", "traject absence change 1042 --back \"in 2 weeks\""),
    ITEM_STEP("absence recovered", "The client is back at work.", "absence_recovered", item_done_options,
              "The client is back; the absence has ended.", "traject absence recovered 1042"),
    ITEM_STEP("absence end", "The absence ended another way.", "absence_ended", item_close_options,
              "The absence has ended.", "traject absence end 1042 --reason \"the contract ended\""),
    ITEM_LIST("absence list", "Who is absent.", "kinds=absence", "Nobody is absent.",
              "traject absence list --older-than 14"),
    {.name = "dropout report",
     .summary = "Work stopped before it was meant to.",
     .method = "ReportDropout",
     .positional = {"client_number"},
     .options = dropout_options,
     .done = "The dropout is recorded. When the employer guides, guidance can return to the coach: traject "
             "handover return {client_number}",
     .example =
         "traject dropout report 1042 --reason \"the work was too far away\" --employer \"Bakkerij De Zon\""},
    ITEM_STEP("dropout resolve", "It is settled what comes next.", "dropout_resolved", item_close_options,
              "What comes next is recorded as settled.",
              "traject dropout resolve 1042 --reason \"begint opnieuw bij een andere werkgever\""),
    ITEM_LIST("dropout list", "Where work stopped and nothing is settled yet.", "kinds=dropout",
              "No such case is open.", "traject dropout list"),
    {0},
};
