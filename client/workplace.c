/* Commands about the content of work and guidance at the workplace. */
#include "items.h"
#include "language.h"
#include "options.h"

static const struct option task_options[] = {OPTION_EMPLOYER, OPTIONS_OF_ENTRY};
static const struct option change_options[] = {OPTION_WHAT, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option agree_options[] = {OPTION_EMPLOYER, OPTION_BY, OPTIONS_OF_ENTRY};
static const struct option adapt_options[] = {OPTION_WHAT, OPTION_BY, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option arrange_options[] = {
    {"guide", N_("GUIDE"), "guide", NULL, N_("who guides at the workplace"), 0},
    {"form", N_("FORM"), "guidance_form", NULL, N_("how"), 0},
    {"every", N_("DAYS"), "every_days", NULL, N_("in which rhythm"), 0},
    OPTION_EMPLOYER,
    {"person", N_("PERSON"), "person", NULL, N_("who there"), 0},
    OPTIONS_OF_ENTRY,
};
static const struct option rearrange_options[] = {
    {"guide", N_("GUIDE"), "guide", NULL, N_("who guides at the workplace"), 0},
    {"form", N_("FORM"), "guidance_form", NULL, N_("how"), 0},
    {"every", N_("DAYS"), "every_days", NULL, N_("in which rhythm"), 0},
    OPTION_EMPLOYER,
    {"person", N_("PERSON"), "person", NULL, N_("who there"), 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};
static const struct option supervisor_options[] = {
    {"supervisor", N_("PERSON"), "supervisor", NULL, N_("who guides there from now on"), 0},
    {"second", N_("PERSON"), "second_person", NULL, N_("somebody else there who knows"), 0},
    OPTION_REASON,
    OPTIONS_OF_ENTRY,
};
static const struct option left_options[] = {OPTION_TEAM, OPTION_COACH, {0}};

static const struct column left_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"employer", N_("EMPLOYER"), SHOW_TEXT, NULL, NULL},
    {"person", N_("WHO LEFT"), SHOW_TEXT, NULL, NULL},
    {"left_at", N_("WHEN"), SHOW_AGO, NULL, NULL},
    {"role", N_("ROLE"), SHOW_WORD, NULL, NULL},
    {"remaining", N_("STILL THERE"), SHOW_TEXT, N_("nobody"), NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {0},
};

const struct command workplace_commands[] = {
    {.name = "task fit",
     .summary = N_("A task fitted to the person."),
     .method = "FitTask",
     .positional = {"client_number", "what"},
     .options = task_options,
     .done = N_("The task is recorded."),
     .example = "traject task fit 1042 \"inpakken, geen kassa\" --employer \"Bakkerij De Zon\""},
    ITEM_STEP("task change", N_("A task becomes another."), "task_changed", change_options,
              N_("The change is recorded."),
              "traject task change 1042 --what \"inpakken en bestellingen klaarzetten\""),
    ITEM_STEP("task end", N_("A task is no longer done."), "task_ended", item_close_options,
              N_("The task has ended."), "traject task end 1042 --item 57"),
    ITEM_LIST("task list", N_("Tasks fitted to persons."), "kinds=task", N_("No task is recorded."),
              "traject task list 1042"),
    {.name = "adaptation agree",
     .summary = N_("An adaptation of the work or the workplace is agreed."),
     .method = "AgreeAdaptation",
     .positional = {"client_number", "what"},
     .options = agree_options,
     .done = N_("The adaptation is recorded."),
     .example = N_("traject adaptation agree 1042 \"vaste pauze om 10 uur\" --by \"in 2 weeks\"")},
    ITEM_STEP("adaptation made", N_("The adaptation is in place."), "adaptation_made", item_done_options,
              N_("The adaptation is in place."), "traject adaptation made 1042"),
    ITEM_STEP("adaptation change", N_("The adaptation becomes another."), "adaptation_changed", adapt_options,
              N_("The change is recorded."), "traject adaptation change 1042 --what \"twee vaste pauzes\""),
    ITEM_STEP("adaptation end", N_("The adaptation is no longer there."), "adaptation_ended",
              item_close_options, N_("The adaptation has ended."), "traject adaptation end 1042"),
    ITEM_LIST("adaptation list", N_("Adaptations agreed and in place."), "kinds=adaptation",
              N_("No adaptation is recorded."), N_("traject adaptation list --state agreed")),
    {.name = "guidance arrange",
     .summary = N_("Who guides at the workplace, how and how often."),
     .method = "ArrangeWorkplaceGuidance",
     .positional = {"client_number"},
     .options = arrange_options,
     .done = N_("The arrangement is recorded; who is responsible for guidance moves by a handover only."),
     .example =
         N_("traject guidance arrange 1042 --guide coach --form look-in --every 7 --employer \"Bakkerij "
            "De Zon\"")},
    ITEM_STEP("guidance change", N_("The arrangement changes."), "workplace_guidance_changed",
              rearrange_options, N_("The change is recorded."), "traject guidance change 1042 --every 14"),
    ITEM_STEP("guidance end", N_("The arrangement ends."), "workplace_guidance_ended", item_close_options,
              N_("The arrangement has ended."), "traject guidance end 1042"),
    ITEM_LIST("guidance list", N_("Who guides at the workplace, how and how often."),
              "kinds=workplace_guidance", N_("No guidance at a workplace is arranged."),
              "traject guidance list 1042"),
    {.name = "supervisor change",
     .summary = N_("Somebody else at the employer guides, or is the second person."),
     .method = "ChangeSupervisor",
     .positional = {"client_number"},
     .options = supervisor_options,
     .done = N_("The change is recorded."),
     .example = "traject supervisor change 1042 --supervisor \"K. de Wit\" --second \"J. Bos\""},
    {.name = "supervisor left",
     .summary = N_("Clients whose guide, or other person at the employer, is no longer there."),
     .method = "ListSupervisorsLeft",
     .options = left_options,
     .columns = left_columns,
     .empty = N_("Everybody who guides or is to guide is still there."),
     .limit = 50,
     .example = "traject supervisor left --team Noord"},
    {0},
};
