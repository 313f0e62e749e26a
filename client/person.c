/* Commands about the person: career, preconditions, motivation, network. */
#include "items.h"
#include "language.h"
#include "options.h"

static const struct option career_options[] = {OPTION_BY, OPTIONS_OF_ENTRY};
static const struct option step_options[] = {OPTIONS_OF_ENTRY};
static const struct option change_options[] = {OPTION_WHAT, OPTION_BY, OPTION_REASON, OPTIONS_OF_STEP};
static const struct option without_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"for", N_("DAYS"), "minimum_days", NULL, N_("at least so many days"), 0},
    {0},
};
static const struct option precondition_options[] = {
    {"look-again", N_("MOMENT"), "due_at", NULL, N_("when to look at it again"), WHEN_END | WHEN_AHEAD},
    OPTIONS_OF_ENTRY,
};
static const struct option motivation_options[] = {
    {"approach", N_("WORDS"), "approach", NULL, N_("a  how people approach the client"), 0},
    {"guidance", N_("WORDS"), "guidance", NULL, N_("b  guidance"), 0},
    {"fitting-work", N_("WORDS"), "fitting_work", NULL, N_("c  work that fits"), 0},
    {"work-context", N_("WORDS"), "work_context", NULL, N_("d  the workplace and the people around"), 0},
    {"getting-ahead", N_("WORDS"), "getting_ahead", NULL, N_("e  getting ahead"), 0},
    {"being-of-value", N_("WORDS"), "being_of_value", NULL, N_("f  being of value"), 0},
    {"aptitude", N_("WORDS"), "aptitude", NULL, N_("g  what the client can, believes and is driven by"), 0},
    {"channel", N_("CHANNEL"), "channel", NULL, N_("it was a contact too, over this channel"), 0},
    OPTION_AT,
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option attention_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"factor", N_("FACTOR"), "factor", NULL, N_("of one factor"), 0},
    {"for", N_("DAYS"), "minimum_days", NULL, N_("without attention for at least so many days"), 0},
    {0},
};
static const struct option network_options[] = {
    {"relation", N_("TEXT"), "relation", NULL, N_("brother, neighbour, ..."), 0},
    {"may-be-told", N_("TEXT"), "may_be_told", NULL, N_("what the client allows that person to be told"), 0},
    OPTIONS_OF_ENTRY,
};
static const struct option network_change_options[] = {
    {"relation", N_("TEXT"), "relation", NULL, N_("brother, neighbour, ..."), 0},
    {"may-be-told", N_("TEXT"), "may_be_told", NULL, N_("what the client allows that person to be told"), 0},
    OPTION_REASON,
    OPTIONS_OF_STEP,
};

static const struct column without_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"days", N_("WITHOUT FOR"), SHOW_DAYS, NULL, NULL},
    {"working_since", N_("WORKING SINCE"), SHOW_DATE, NULL, NULL},
    {"last_at", N_("LAST BEFORE THAT"), SHOW_AGO, N_("never"), NULL},
    {"stage", N_("STAGE"), SHOW_WORD, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column attention_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"factor", N_("FACTOR"), SHOW_WORD, NULL, NULL},
    {"last_at", N_("LAST TALKED ABOUT"), SHOW_AGO, N_("not yet"), NULL},
    {"words", N_("IN THE CLIENT'S WORDS"), SHOW_TEXT, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
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
        .done = N_("The precondition is recorded."), .example = EXAMPLE                                      \
    }

const struct command person_commands[] = {
    CAREER("career wish", N_("A wish of the client."), "wish_voiced", career_options,
           N_("The wish is recorded."), "traject career wish 1042 \"zelf bestellingen aannemen\""),
    CAREER("career goal", N_("A goal that was set with the client."), "goal_set", career_options,
           N_("The goal is recorded."), "traject career goal 1042 \"32 uur werken\" --by 2027-06-30"),
    CAREER("career step", N_("A step that was taken."), "career_step_taken", step_options,
           N_("The step is recorded."), "traject career step 1042 \"een middag meegelopen in de winkel\""),
    CAREER("career training", N_("A training begins."), "training_begun", career_options,
           N_("The training is recorded."),
           N_("traject career training 1042 \"cursus hygiëne\" --by \"in 3 months\"")),
    ITEM_STEP("career change", N_("A wish, goal or training changes."), "career_changed", change_options,
              N_("The change is recorded."), "traject career change 1042 --item 61 --by 2027-09-30"),
    ITEM_STEP("career achieved", N_("A wish, goal or training is achieved."), "career_achieved",
              item_done_options, N_("It is recorded as achieved."), "traject career achieved 1042 --item 61"),
    ITEM_STEP("career dropped", N_("A wish, goal or training is no longer pursued."), "career_dropped",
              item_close_options, N_("It is recorded as dropped."),
              N_("traject career dropped 1042 --item 61 --reason \"another wish came first\"")),
    ITEM_LIST("career list", N_("Wishes, goals and trainings."),
              "kinds=wish kinds=goal kinds=career_step kinds=training",
              N_("Nothing about a career is recorded."), "traject career list 1042 --ended"),
    {.name = "career without",
     .summary = N_("Who has no wish, goal, step or training since starting to work, and for how long."),
     .method = "ListWithoutCareer",
     .options = without_options,
     .columns = without_columns,
     .empty = N_("Everybody who works has something recorded since."),
     .limit = 50,
     .example = "traject career without --team Noord --for 90"},
    PRECONDITION("precondition missing", N_("A precondition is missing."), "missing", precondition_options,
                 N_("traject precondition missing 1042 transport --words \"De bus rijdt niet voor 7 uur.\"")),
    PRECONDITION("precondition in-hand", N_("Somebody is working on a precondition."), "in_hand",
                 precondition_options,
                 N_("traject precondition in-hand 1042 debts --look-again \"in 4 weeks\"")),
    PRECONDITION("precondition met", N_("A precondition is met."), "met", step_options,
                 N_("traject precondition met 1042 language")),
    ITEM_LIST("precondition list", N_("Preconditions, longest in their state first."), "kinds=precondition",
              N_("No precondition is recorded."), N_("traject precondition list --state missing")),
    {.name = "motivation talk",
     .summary = N_("A talk that touched some of the seven factors: the client's own words of each."),
     .method = "RecordMotivation",
     .positional = {"client_number"},
     .options = motivation_options,
     .done = N_("The talk is recorded."),
     .next_contact = true,
     .example =
         N_("traject motivation talk 1042 --being-of-value \"Ze wachten op mijn brood.\" --channel office")},
    {.name = "motivation list",
     .summary = N_("When each of the seven factors last had attention; longest ago first."),
     .method = "ListMotivation",
     .positional = {"?client_number"},
     .options = attention_options,
     .columns = attention_columns,
     .empty = N_("Every factor has had attention within that time."),
     .limit = 50,
     .example = N_("traject motivation list --factor getting-ahead --for 180")},
    {.name = "network add",
     .summary = N_("Somebody whom the client wants involved, and what that person may be told."),
     .method = "AddNetworkPerson",
     .positional = {"client_number", "what"},
     .options = network_options,
     .done = N_("The person is recorded as involved."),
     .example = N_("traject network add 1042 \"Samira\" --relation sister --may-be-told \"alle afspraken\"")},
    ITEM_STEP("network change", N_("What somebody may be told changes."), "network_person_changed",
              network_change_options, N_("The change is recorded."),
              "traject network change 1042 --may-be-told \"alleen de tijden\""),
    ITEM_STEP("network end", N_("Somebody is no longer involved."), "network_person_ended",
              item_close_options, N_("The person is recorded as no longer involved."),
              "traject network end 1042 --item 70"),
    ITEM_LIST("network list", N_("Who is involved at the clients' wish."), "kinds=network_person",
              N_("Nobody else is involved."), "traject network list 1042"),
    {0},
};
