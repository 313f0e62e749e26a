/* Commands about the content of work and guidance at the workplace. */
#include "items.h"
#include "options.h"

static const struct option task_options[] = {OPTION_EMPLOYER, OPTIONS_OF_ENTRY};
static const struct option change_options[] = {OPTION_WHAT, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option agree_options[] = {OPTION_EMPLOYER, OPTION_BY, OPTIONS_OF_ENTRY};
static const struct option adapt_options[] = {OPTION_WHAT, OPTION_BY, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option arrange_options[] = {
    {"guide", "GUIDE", "guide", NULL, "who guides at the workplace", 0},
    {"form", "FORM", "guidance_form", NULL, "how", 0},
    {"every", "DAYS", "every_days", NULL, "in which rhythm", 0},
    OPTION_EMPLOYER,
    {"person", "PERSON", "person", NULL, "who there", 0},
    OPTIONS_OF_ENTRY,
};
static const struct option rearrange_options[] = {
    {"guide", "GUIDE", "guide", NULL, "who guides at the workplace", 0},
    {"form", "FORM", "guidance_form", NULL, "how", 0},
    {"every", "DAYS", "every_days", NULL, "in which rhythm", 0},
    OPTION_EMPLOYER,
    {"person", "PERSON", "person", NULL, "who there", 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option supervisor_options[] = {
    {"supervisor", "PERSON", "supervisor", NULL, "who guides there from now on", 0},
    {"second", "PERSON", "second_person", NULL, "somebody else there who knows", 0},
    OPTION_REASON,
    OPTIONS_OF_ENTRY,
};
static const struct option left_options[] = {OPTION_TEAM, OPTION_COACH, {0}};

static const struct column left_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"employer", "EMPLOYER", SHOW_TEXT, NULL, NULL},
    {"person", "WHO LEFT", SHOW_TEXT, NULL, NULL},
    {"left_at", "WHEN", SHOW_AGO, NULL, NULL},
    {"role", "ROLE", SHOW_WORD, NULL, NULL},
    {"remaining", "STILL THERE", SHOW_TEXT, "nobody", NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {0},
};

const struct command workplace_commands[] = {
    {.name = "task fit",
     .summary = "A task fitted to the person.",
     .method = "FitTask",
     .positional = {"client_number", "what"},
     .options = task_options,
     .done = "The task is recorded.",
     .example = "traject task fit 1042 \"inpakken, geen kassa\" --employer \"Bakkerij De Zon\""},
    ITEM_STEP("task change", "A task becomes another.", "task_changed", change_options,
              "The change is recorded.",
              "traject task change 1042 --what \"inpakken en bestellingen klaarzetten\""),
    ITEM_STEP("task end", "A task is no longer done.", "task_ended", item_close_options,
              "The task has ended.", "traject task end 1042 --item 57"),
    ITEM_LIST("task list", "Tasks fitted to persons.", "kinds=task", "No task is recorded.",
              "traject task list 1042"),
    {.name = "adaptation agree",
     .summary = "An adaptation of the work or the workplace is agreed.",
     .method = "AgreeAdaptation",
     .positional = {"client_number", "what"},
     .options = agree_options,
     .done = "The adaptation is recorded.",
     .example = "traject adaptation agree 1042 \"vaste pauze om 10 uur\" --by \"in 2 weeks\""},
    ITEM_STEP("adaptation made", "The adaptation is in place.", "adaptation_made", item_done_options,
              "The adaptation is in place.", "traject adaptation made 1042"),
    ITEM_STEP("adaptation change", "The adaptation becomes another.", "adaptation_changed", adapt_options,
              "The change is recorded.", "traject adaptation change 1042 --what \"twee vaste pauzes\""),
    ITEM_STEP("adaptation end", "The adaptation is no longer there.", "adaptation_ended", item_close_options,
              "The adaptation has ended.", "traject adaptation end 1042"),
    ITEM_LIST("adaptation list", "Adaptations agreed and in place.", "kinds=adaptation",
              "No adaptation is recorded.", "traject adaptation list --state agreed"),
    {.name = "guidance arrange",
     .summary = "Who guides at the workplace, how and how often.",
     .method = "ArrangeWorkplaceGuidance",
     .positional = {"client_number"},
     .options = arrange_options,
     .done = "The arrangement is recorded; who is responsible for guidance moves by a handover only.",
     .example = "traject guidance arrange 1042 --guide coach --form look-in --every 7 --employer \"Bakkerij "
                "De Zon\""},
    ITEM_STEP("guidance change", "The arrangement changes.", "workplace_guidance_changed", rearrange_options,
              "The change is recorded.", "traject guidance change 1042 --every 14"),
    ITEM_STEP("guidance end", "The arrangement ends.", "workplace_guidance_ended", item_close_options,
              "The arrangement has ended.", "traject guidance end 1042"),
    ITEM_LIST("guidance list", "Who guides at the workplace, how and how often.", "kinds=workplace_guidance",
              "No guidance at a workplace is arranged.", "traject guidance list 1042"),
    {.name = "supervisor change",
     .summary = "Somebody else at the employer guides, or is the second person.",
     .method = "ChangeSupervisor",
     .positional = {"client_number"},
     .options = supervisor_options,
     .done = "The change is recorded.",
     .example = "traject supervisor change 1042 --supervisor \"K. de Wit\" --second \"J. Bos\""},
    {.name = "supervisor left",
     .summary = "Clients whose guide, or other person at the employer, is no longer there.",
     .method = "ListSupervisorsLeft",
     .options = left_options,
     .columns = left_columns,
     .empty = "Everybody who guides or is to guide is still there.",
     .limit = 50,
     .example = "traject supervisor left --team Noord"},
    {0},
};
