/* Commands about the person: career, preconditions, motivation, network. */
#include "items.h"
#include "options.h"

static const struct option career_options[] = {OPTION_BY, OPTIONS_OF_ENTRY};
static const struct option step_options[] = {OPTIONS_OF_ENTRY};
static const struct option change_options[] = {OPTION_WHAT, OPTION_BY, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option without_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"for", "DAYS", "minimum_days", NULL, "at least so many days", 0},
    {0},
};
static const struct option precondition_options[] = {
    {"look-again", "MOMENT", "due_at", NULL, "when to look at it again", WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option motivation_options[] = {
    {"approach", "WORDS", "approach", NULL, "a  how people approach the client", 0},
    {"guidance", "WORDS", "guidance", NULL, "b  guidance", 0},
    {"fitting-work", "WORDS", "fitting_work", NULL, "c  work that fits", 0},
    {"work-context", "WORDS", "work_context", NULL, "d  the workplace and the people around", 0},
    {"getting-ahead", "WORDS", "getting_ahead", NULL, "e  getting ahead", 0},
    {"being-of-value", "WORDS", "being_of_value", NULL, "f  being of value", 0},
    {"aptitude", "WORDS", "aptitude", NULL, "g  what the client can, believes and is driven by", 0},
    {"channel", "CHANNEL", "channel", NULL, "it was a contact too, over this channel", 0},
    OPTION_AT,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option attention_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"factor", "FACTOR", "factor", NULL, "of one factor", 0},
    {"for", "DAYS", "minimum_days", NULL, "without attention for at least so many days", 0},
    {0},
};
static const struct option network_options[] = {
    {"relation", "TEXT", "relation", NULL, "brother, neighbour, ...", 0},
    {"may-be-told", "TEXT", "may_be_told", NULL, "what the client allows that person to be told", 0},
    OPTIONS_OF_ENTRY,
};
static const struct option network_change_options[] = {
    {"relation", "TEXT", "relation", NULL, "brother, neighbour, ...", 0},
    {"may-be-told", "TEXT", "may_be_told", NULL, "what the client allows that person to be told", 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};

static const struct column without_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"days", "WITHOUT FOR", SHOW_DAYS, NULL, NULL},
    {"working_since", "WORKING SINCE", SHOW_DATE, NULL, NULL},
    {"last_at", "LAST BEFORE THAT", SHOW_AGO, "never", NULL},
    {"stage", "STAGE", SHOW_WORD, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column attention_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"factor", "FACTOR", SHOW_WORD, NULL, NULL},
    {"last_at", "LAST TALKED ABOUT", SHOW_AGO, "not yet", NULL},
    {"words", "IN THE CLIENT'S WORDS", SHOW_TEXT, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {0},
};

#define CAREER(NAME, SUMMARY, KIND, OPTIONS, DONE, EXAMPLE)                                                  \
    {                                                                                                        \
        .name = NAME, .summary = SUMMARY, .method = "AddCareerEntry",                                        \
        .positional = {"client_number", "what"}, .options = OPTIONS, .preset = "kind=" KIND, .done = DONE,   \
        .example = EXAMPLE                                                                                   \
    }
#define PRECONDITION(NAME, SUMMARY, STATE, OPTIONS, EXAMPLE)                                                 \
    {                                                                                                        \
        .name = NAME, .summary = SUMMARY, .method = "SetPrecondition",                                       \
        .positional = {"client_number", "theme"}, .options = OPTIONS, .preset = "state=" STATE,              \
        .done = "The precondition is recorded.", .example = EXAMPLE                                          \
    }

const struct command person_commands[] = {
    CAREER("career wish", "A wish of the client.", "wish_voiced", career_options, "The wish is recorded.",
           "traject career wish 1042 \"zelf bestellingen aannemen\""),
    CAREER("career goal", "A goal that was set with the client.", "goal_set", career_options,
           "The goal is recorded.", "traject career goal 1042 \"32 uur werken\" --by 2027-06-30"),
    CAREER("career step", "A step that was taken.", "career_step_taken", step_options,
           "The step is recorded.", "traject career step 1042 \"een middag meegelopen in de winkel\""),
    CAREER("career training", "A training begins.", "training_begun", career_options,
           "The training is recorded.",
           "traject career training 1042 \"cursus hygiëne\" --by \"in 3 months\""),
    ITEM_STEP("career change", "A wish, goal or training changes.", "career_changed", change_options,
              "The change is recorded.", "traject career change 1042 --item 61 --by 2027-09-30"),
    ITEM_STEP("career achieved", "A wish, goal or training is achieved.", "career_achieved",
              item_done_options, "It is recorded as achieved.", "traject career achieved 1042 --item 61"),
    ITEM_STEP("career dropped", "A wish, goal or training is no longer pursued.", "career_dropped",
              item_close_options, "It is recorded as dropped.",
              "traject career dropped 1042 --item 61 --reason \"another wish came first\""),
    ITEM_LIST("career list", "Wishes, goals and trainings.",
              "kinds=wish kinds=goal kinds=career_step kinds=training", "Nothing about a career is recorded.",
              "traject career list 1042 --ended"),
    {.name = "career without",
     .summary = "Who has no wish, goal, step or training since starting to work, and for how long.",
     .method = "ListWithoutCareer",
     .options = without_options,
     .columns = without_columns,
     .empty = "Everybody who works has something recorded since.",
     .limit = 50,
     .example = "traject career without --team Noord --for 90"},
    PRECONDITION("precondition missing", "A precondition is missing.", "missing", precondition_options,
                 "traject precondition missing 1042 transport --words \"De bus rijdt niet voor 7 uur.\""),
    PRECONDITION("precondition in-hand", "Somebody is working on a precondition.", "in_hand",
                 precondition_options, "traject precondition in-hand 1042 debts --look-again \"in 4 weeks\""),
    PRECONDITION("precondition met", "A precondition is met.", "met", step_options,
                 "traject precondition met 1042 language"),
    ITEM_LIST("precondition list", "Preconditions, longest in their state first.", "kinds=precondition",
              "No precondition is recorded.", "traject precondition list --state missing"),
    {.name = "motivation talk",
     .summary = "A talk that touched some of the seven factors: the client's own words of each.",
     .method = "RecordMotivation",
     .positional = {"client_number"},
     .options = motivation_options,
     .done = "The talk is recorded.",
     .next_contact = true,
     .example =
         "traject motivation talk 1042 --being-of-value \"Ze wachten op mijn brood.\" --channel office"},
    {.name = "motivation list",
     .summary = "When each of the seven factors last had attention; longest ago first.",
     .method = "ListMotivation",
     .positional = {"?client_number"},
     .options = attention_options,
     .columns = attention_columns,
     .empty = "Every factor has had attention within that time.",
     .limit = 50,
     .example = "traject motivation list --factor getting-ahead --for 180"},
    {.name = "network add",
     .summary = "Somebody whom the client wants involved, and what that person may be told.",
     .method = "AddNetworkPerson",
     .positional = {"client_number", "what"},
     .options = network_options,
     .done = "The person is recorded as involved.",
     .example = "traject network add 1042 \"Samira\" --relation sister --may-be-told \"alle afspraken\""},
    ITEM_STEP("network change", "What somebody may be told changes.", "network_person_changed",
              network_change_options, "The change is recorded.",
              "traject network change 1042 --may-be-told \"alleen de tijden\""),
    ITEM_STEP("network end", "Somebody is no longer involved.", "network_person_ended", item_close_options,
              "The person is recorded as no longer involved.", "traject network end 1042 --item 70"),
    ITEM_LIST("network list", "Who is involved at the clients' wish.", "kinds=network_person",
              "Nobody else is involved.", "traject network list 1042"),
    {0},
};
