/* Commands about first contact and starting work. */
#include "items.h"
#include "language.h"
#include "options.h"

static const struct option first_contact_options[] = {
    {"by", N_("WHO"), "initiator", NULL, N_("who took the first step"), 0},
    {"direction", N_("DIRECTION"), "direction", NULL,
     N_("a vacancy that seeks a person, or a person that seeks tasks"), 0},
    {"form", N_("FORM"), "form", NULL, N_("in which form"), 0},
    OPTION_EMPLOYER,
    OPTION_PERSON,
    OPTIONS_OF_ENTRY,
};
static const struct option day_options[] = {OPTION_EMPLOYER, OPTION_PERSON, OPTIONS_OF_ENTRY};
static const struct option trial_options[] = {
    OPTION_EMPLOYER,
    OPTION_PERSON,
    OPTION_FROM,
    {"until", N_("MOMENT"), "due_at", NULL, N_("the planned end (after two months, or what is set)"),
     WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option extend_options[] = {OPTION_UNTIL, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option end_options[] = {
    {"ending", N_("ENDING"), "ending", NULL, N_("how it ended"), 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option probation_options[] = {OPTION_EMPLOYER, OPTION_FROM, OPTION_UNTIL,
                                                  OPTIONS_OF_ENTRY};
static const struct option contract_options[] = {
    OPTION_EMPLOYER,
    {"kind", N_("KIND"), "contract", NULL, N_("temporary or permanent"), 0},
    {"hours", N_("HOURS"), "hours", NULL, N_("a week"), 0},
    OPTION_FROM,
    {"until", N_("MOMENT"), "due_at", NULL, N_("the end of a temporary one"), WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option contract_change_options[] = {
    {"kind", N_("KIND"), "contract", NULL, N_("temporary or permanent"), 0},
    {"hours", N_("HOURS"), "hours", NULL, N_("a week"), 0},
    OPTION_UNTIL,
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option wage_options[] = {
    {"percentage", N_("NUMBER"), "percentage", NULL, N_("0 to 100"), 0},
    {"by", N_("WHO"), "by_whom", NULL, N_("who measured"), 0},
    OPTION_EMPLOYER,
    {"until", N_("MOMENT"), "due_at", NULL, N_("until when it holds (a year, or what is set)"),
     WHEN_END | WHEN_AHEAD},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it was measured (now)"), 0},
    OPTION_WORDS,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option apply_options[] = {
    {"what", N_("TEXT"), "what", NULL, N_("which one, when it is another"), 0},
    OPTION_EMPLOYER,
    OPTIONS_OF_ENTRY,
};
static const struct option grant_options[] = {OPTION_FROM, OPTION_UNTIL, OPTIONS_OF_STEP};

const struct command work_commands[] = {
    {.name = "first-contact",
     .summary = N_("Who took the first step towards an employer, from which side, in which form."),
     .method = "RecordFirstContact",
     .positional = {"client_number"},
     .options = first_contact_options,
     .done = N_("The first contact is recorded."),
     .waiting = N_("first contact of {client_number} at {employer}[, {occurred_at+}]"),
     .example =
         N_("traject first-contact 1042 --by candidate --direction person-seeks-tasks --form meet-and-greet "
            "--employer \"Bakkerij De Zon\"")},
    {.name = "day-along",
     .summary = N_("A day along at an employer."),
     .method = "RecordDayAlong",
     .positional = {"client_number"},
     .options = day_options,
     .done = N_("The day along is recorded."),
     .waiting = N_("day along of {client_number} at {employer}[, {occurred_at+}]"),
     .example = N_("traject day-along 1042 --employer \"Bakkerij De Zon\" --at monday")},
    {.name = "trial start",
     .summary = N_("A trial placement begins: work with benefit kept, before employment."),
     .method = "BeginTrialPlacement",
     .positional = {"client_number"},
     .options = trial_options,
     .done = N_("The trial placement is recorded."),
     .example = "traject trial start 1042 --employer \"Bakkerij De Zon\" --person \"M. Visser\""},
    ITEM_STEP("trial extend", N_("The trial placement gets a later end."), "trial_placement_extended",
              extend_options, N_("The trial placement has a later end."),
              N_("traject trial extend 1042 --until \"in 4 weeks\"")),
    ITEM_STEP("trial end", N_("The trial placement ends, with how."), "trial_placement_ended", end_options,
              N_("The trial placement has ended."), N_("traject trial end 1042 --ending employed")),
    ITEM_LIST("trial list", N_("Trial placements that run."), "kinds=trial_placement",
              N_("No trial placement runs."), "traject trial list --team Noord"),
    {.name = "probation start",
     .summary = N_("Probation begins, inside employment."),
     .method = "BeginProbation",
     .positional = {"client_number"},
     .options = probation_options,
     .done = N_("The probation is recorded."),
     .example = N_("traject probation start 1042 --employer \"Bakkerij De Zon\" --until \"in 4 weeks\"")},
    ITEM_STEP("probation end", N_("Probation ends, with how."), "probation_ended", end_options,
              N_("The probation has ended."), N_("traject probation end 1042 --ending passed")),
    {.name = "contract start",
     .summary = N_("A contract: temporary or permanent, with its hours."),
     .method = "BeginContract",
     .positional = {"client_number"},
     .options = contract_options,
     .done = N_("The contract is recorded."),
     .example = N_("traject contract start 1042 --employer \"Bakkerij De Zon\" --kind temporary --hours 24 "
                   "--until 2027-06-30")},
    ITEM_STEP("contract change", N_("The contract's hours, end or kind change."), "contract_changed",
              contract_change_options, N_("The change is recorded."),
              "traject contract change 1042 --hours 28.5"),
    ITEM_STEP("contract end", N_("The contract ends, with how."), "contract_ended", end_options,
              N_("The contract has ended."), N_("traject contract end 1042 --ending expired")),
    ITEM_LIST("contract list", N_("Contracts that run."), "kinds=contract", N_("No contract runs."),
              "traject contract list 1042"),
    {.name = "wage-value",
     .summary = N_("A wage-value measurement; the last one holds."),
     .method = "RecordWageValue",
     .positional = {"client_number"},
     .options = wage_options,
     .done = N_("The wage value is recorded."),
     .example = "traject wage-value 1042 --percentage 60 --by UWV"},
    {.name = "scheme apply",
     .summary = N_("A scheme is applied for."),
     .method = "ApplyForScheme",
     .positional = {"client_number", "scheme"},
     .options = apply_options,
     .done = N_("The application is recorded."),
     .example = "traject scheme apply 1042 loonkostensubsidie --employer \"Bakkerij De Zon\""},
    ITEM_STEP("scheme grant", N_("The scheme is granted."), "scheme_granted", grant_options,
              N_("The grant is recorded."), "traject scheme grant 1042 --until 2027-12-31"),
    ITEM_STEP("scheme refuse", N_("The scheme is refused."), "scheme_refused", item_close_options,
              N_("The refusal is recorded."),
              N_("traject scheme refuse 1042 --reason \"the hours are below the minimum\"")),
    ITEM_STEP("scheme end", N_("The scheme ends."), "scheme_ended", item_close_options,
              N_("The scheme has ended."), "traject scheme end 1042"),
    ITEM_LIST("scheme list", N_("Schemes applied for and granted."), "kinds=scheme",
              N_("No scheme is applied for or granted."), N_("traject scheme list --state applied")),
    {0},
};
