/* Commands about first contact and starting work. */
#include "items.h"
#include "options.h"

static const struct option first_contact_options[] = {
    {"by", "WHO", "initiator", NULL, "who took the first step", 0},
    {"direction", "DIRECTION", "direction", NULL,
     "a vacancy that seeks a person, or a person that seeks tasks", 0},
    {"form", "FORM", "form", NULL, "in which form", 0},
    OPTION_EMPLOYER,
    OPTION_PERSON,
    OPTIONS_OF_ENTRY,
};
static const struct option day_options[] = {OPTION_EMPLOYER, OPTION_PERSON, OPTIONS_OF_ENTRY};
static const struct option trial_options[] = {
    OPTION_EMPLOYER,
    OPTION_PERSON,
    OPTION_FROM,
    {"until", "MOMENT", "due_at", NULL, "the planned end (after two months, or what is set)",
     WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option extend_options[] = {OPTION_UNTIL, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option end_options[] = {
    {"ending", "ENDING", "ending", NULL, "how it ended", 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option probation_options[] = {OPTION_EMPLOYER, OPTION_FROM, OPTION_UNTIL,
                                                  OPTIONS_OF_ENTRY};
static const struct option contract_options[] = {
    OPTION_EMPLOYER,
    {"kind", "KIND", "contract", NULL, "temporary or permanent", 0},
    {"hours", "HOURS", "hours", NULL, "a week", 0},
    OPTION_FROM,
    {"until", "MOMENT", "due_at", NULL, "the end of a temporary one", WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option contract_change_options[] = {
    {"kind", "KIND", "contract", NULL, "temporary or permanent", 0},
    {"hours", "HOURS", "hours", NULL, "a week", 0},
    OPTION_UNTIL,
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option wage_options[] = {
    {"percentage", "NUMBER", "percentage", NULL, "0 to 100", 0},
    {"by", "WHO", "by_whom", NULL, "who measured", 0},
    OPTION_EMPLOYER,
    {"until", "MOMENT", "due_at", NULL, "until when it holds (a year, or what is set)",
     WHEN_END | WHEN_AHEAD},
    {"at", "MOMENT", "occurred_at", NULL, "when it was measured (now)", 0},
    OPTION_WORDS,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option apply_options[] = {
    {"what", "TEXT", "what", NULL, "which one, when it is another", 0},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};
static const struct option grant_options[] = {OPTION_FROM, OPTION_UNTIL, OPTIONS_OF_STEP};

const struct command work_commands[] = {
    {.name = "first-contact",
     .summary = "Who took the first step towards an employer, from which side, in which form.",
     .method = "RecordFirstContact",
     .positional = {"client_number"},
     .options = first_contact_options,
     .done = "The first contact is recorded.",
     .example =
         "traject first-contact 1042 --by candidate --direction person-seeks-tasks --form meet-and-greet "
         "--employer \"Bakkerij De Zon\""},
    {.name = "day-along",
     .summary = "A day along at an employer.",
     .method = "RecordDayAlong",
     .positional = {"client_number"},
     .options = day_options,
     .done = "The day along is recorded.",
     .example = "traject day-along 1042 --employer \"Bakkerij De Zon\" --at monday"},
    {.name = "trial start",
     .summary = "A trial placement begins: work with benefit kept, before employment.",
     .method = "BeginTrialPlacement",
     .positional = {"client_number"},
     .options = trial_options,
     .done = "The trial placement is recorded.",
     .example = "traject trial start 1042 --employer \"Bakkerij De Zon\" --person \"M. Visser\""},
    ITEM_STEP("trial extend", "The trial placement gets a later end.", "trial_placement_extended",
              extend_options, "The trial placement has a later end.",
              "traject trial extend 1042 --until \"in 4 weeks\""),
    ITEM_STEP("trial end", "The trial placement ends, with how.", "trial_placement_ended", end_options,
              "The trial placement has ended.", "traject trial end 1042 --ending employed"),
    ITEM_LIST("trial list", "Trial placements that run.", "kinds=trial_placement", "No trial placement runs.",
              "traject trial list --team Noord"),
    {.name = "probation start",
     .summary = "Probation begins, inside employment.",
     .method = "BeginProbation",
     .positional = {"client_number"},
     .options = probation_options,
     .done = "The probation is recorded.",
     .example = "traject probation start 1042 --employer \"Bakkerij De Zon\" --until \"in 4 weeks\""},
    ITEM_STEP("probation end", "Probation ends, with how.", "probation_ended", end_options,
              "The probation has ended.", "traject probation end 1042 --ending passed"),
    {.name = "contract start",
     .summary = "A contract: temporary or permanent, with its hours.",
     .method = "BeginContract",
     .positional = {"client_number"},
     .options = contract_options,
     .done = "The contract is recorded.",
     .example = "traject contract start 1042 --employer \"Bakkerij De Zon\" --kind temporary --hours 24 "
                "--until 2027-06-30"},
    ITEM_STEP("contract change", "The contract's hours, end or kind change.", "contract_changed",
              contract_change_options, "The change is recorded.",
              "traject contract change 1042 --hours 28.5"),
    ITEM_STEP("contract end", "The contract ends, with how.", "contract_ended", end_options,
              "The contract has ended.", "traject contract end 1042 --ending expired"),
    ITEM_LIST("contract list", "Contracts that run.", "kinds=contract", "No contract runs.",
              "traject contract list 1042"),
    {.name = "wage-value",
     .summary = "A wage-value measurement; the last one holds.",
     .method = "RecordWageValue",
     .positional = {"client_number"},
     .options = wage_options,
     .done = "The wage value is recorded.",
     .example = "traject wage-value 1042 --percentage 60 --by UWV"},
    {.name = "scheme apply",
     .summary = "A scheme is applied for.",
     .method = "ApplyForScheme",
     .positional = {"client_number", "scheme"},
     .options = apply_options,
     .done = "The application is recorded.",
     .example = "traject scheme apply 1042 loonkostensubsidie --employer \"Bakkerij De Zon\""},
    ITEM_STEP("scheme grant", "The scheme is granted.", "scheme_granted", grant_options,
              "The grant is recorded.", "traject scheme grant 1042 --until 2027-12-31"),
    ITEM_STEP("scheme refuse", "The scheme is refused.", "scheme_refused", item_close_options,
              "The refusal is recorded.",
              "traject scheme refuse 1042 --reason \"the hours are below the minimum\""),
    ITEM_STEP("scheme end", "The scheme ends.", "scheme_ended", item_close_options, "The scheme has ended.",
              "traject scheme end 1042"),
    ITEM_LIST("scheme list", "Schemes applied for and granted.", "kinds=scheme",
              "No scheme is applied for or granted.", "traject scheme list --state applied"),
    {0},
};
