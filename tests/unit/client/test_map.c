#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "map.h"

/* Lines 1 to 8. */
#define COLUMNS                                                                                              \
    "columns {\n"                                                                                            \
    "    case = \"id\"\n"                                                                                    \
    "    event = \"event\"\n"                                                                                \
    "    moment = \"at\"\n"                                                                                  \
    "    activity = \"what\"\n"                                                                              \
    "    team = \"team\"\n"                                                                                  \
    "    coach = \"coach\"\n"                                                                                \
    "}\n"
/* Lines 9 and 10. */
#define JOURNEY  "kind = \"activation\"\nreason = \"as in the log\"\n"
#define ACTIVITY "activity \"*\" { stage = \"work-content\" }\n"

static void a_map_says_what_columns_and_activities_are(void **state)
{
    (void)state;
    char *reason = NULL;
    struct map *map = map_parse(
        "# a comment\n" COLUMNS JOURNEY "outcome = \"other\"\n"
        "stage = \"starting-work\"\n"
        "delimiter = \";\"\n"
        "channel \"Internet\" { channel = \"online\" }\n"
        "channel \"Desk\" { channel = \"office\" }\n"
        "activity \"T1[1-9] *\" { stage = \"work-content\" }\n"
        "activity \"Call*\" { channel = \"phone\" counterpart = \"employer\" reached = \"false\" }\n"
        "activity \"Call us\" { channel = \"letter\" }\n"
        "activity \"Form\" { stage = \"first-contact\" channel = \"video\" }\n"
        "activity \"T20\" { }\n",
        "a.map", false, &reason);
    if (!map)
        fail_msg("%s", reason);
    assert_string_equal(map->columns[MAP_CASE], "id");
    assert_string_equal(map->columns[MAP_COACH], "coach");
    assert_null(map->columns[MAP_WORKER]);
    assert_null(map->columns[MAP_CHANNEL]);
    assert_int_equal(map->delimiter, ';');
    assert_int_equal(map->journey.kind, TRAJECT__V1__TRAJECTORY_KIND__TRAJECTORY_KIND_ACTIVATION);
    assert_string_equal(map->journey.reason, "as in the log");
    assert_int_equal(map->journey.outcome, TRAJECT__V1__OUTCOME__OUTCOME_OTHER);
    assert_int_equal(map->journey._stage_case, TRAJECT__V1__IMPORT_JOURNEY_REQUEST___STAGE_STAGE);
    assert_int_equal(map->journey.stage, TRAJECT__V1__STAGE__STAGE_STARTING_WORK);

    assert_int_equal(map->n_channels, 2);
    assert_int_equal(map_channel(map, "Desk")->entry.channel, TRAJECT__V1__CHANNEL__CHANNEL_OFFICE);
    assert_null(map_channel(map, "desk"));
    assert_null(map_channel(map, "De*"));

    const struct map_rule *rule = map_activity(map, "T15 Print");
    assert_int_equal(rule->entry.stage, TRAJECT__V1__STAGE__STAGE_WORK_CONTENT);
    assert_false(rule->contact);
    assert_int_equal(rule->entry._channel_case, 0);
    assert_null(map_activity(map, "T10 Print"));
    assert_null(map_activity(map, ""));
    /* The first that fits. */
    rule = map_activity(map, "Call us");
    assert_true(rule->contact);
    assert_false(rule->channel_of_column);
    assert_int_equal(rule->entry.channel, TRAJECT__V1__CHANNEL__CHANNEL_PHONE);
    assert_int_equal(rule->entry.counterpart, TRAJECT__V1__COUNTERPART__COUNTERPART_EMPLOYER);
    assert_int_equal(rule->entry._reached_case, TRAJECT__V1__IMPORT_ENTRY___REACHED_REACHED);
    assert_false(rule->entry.reached);
    rule = map_activity(map, "Form");
    assert_true(rule->contact);
    assert_int_equal(rule->entry._reached_case, 0);
    rule = map_activity(map, "T20");
    assert_false(rule->contact);
    assert_int_equal(rule->entry._stage_case, 0);
    map_free(map);
}

static void a_channel_may_come_from_its_column(void **state)
{
    (void)state;
    char *reason = NULL;
    struct map *map = map_parse(
        "columns { case = \"a\" event = \"b\" moment = \"c\" activity = \"d\" team = \"e\" coach = \"f\"\n"
        " channel = \"g\" worker = \"h\" started = \"i\" ended = \"j\" name = \"k\" words = \"l\" }\n" JOURNEY
        "activity \"*\" { channel = \"column\" }\n",
        "a.map", false, &reason);
    if (!map)
        fail_msg("%s", reason);
    assert_true(map_activity(map, "x")->channel_of_column);
    assert_true(map_activity(map, "x")->contact);
    assert_string_equal(map->columns[MAP_CHANNEL], "g");
    assert_string_equal(map->columns[MAP_WORDS], "l");
    assert_int_equal(map->delimiter, ',');
    map_free(map);
}

static void every_mistake_is_told_with_its_line(void **state)
{
    (void)state;
    /* What can be seen only when the whole map was read has no line of its own: there ":" is before the text.
     */
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ": columns does not say which column is the case: case = \"...\""},
        {"columns { case = \"a\" }\n" JOURNEY ACTIVITY, ": columns does not say which column is the event"},
        {"columns {\n    case = \"a\"\n    colour = \"b\"\n}\n", ":3: no such option 'colour'"},
        {COLUMNS "columns = \"a\"\n", ":9: missing opening brace for section 'columns'"},
        {COLUMNS ACTIVITY, ": kind is missing"},
        {COLUMNS "kind = \"activation\"\n" ACTIVITY, ": reason is missing"},
        {COLUMNS JOURNEY, ": no activity is mapped"},
        {COLUMNS JOURNEY "delimiter = \"\"\n" ACTIVITY, ": delimiter is \"\"; give one character"},
        {COLUMNS JOURNEY "delimiter = \"--\"\n" ACTIVITY, ": delimiter is \"--\"; give one character"},
        {COLUMNS JOURNEY "delimiter = '\"'\n" ACTIVITY, ": delimiter is \"\"\"; give one character"},
        {COLUMNS "kind = \"re-integration\"\nreason = \"r\"\n" ACTIVITY,
         ": kind: \"re-integration\" is none of reintegration-own-job, "},
        {COLUMNS JOURNEY "outcome = \"employd\"\n" ACTIVITY, "did you mean employed?"},
        {COLUMNS JOURNEY "stage = \"werk\"\n" ACTIVITY, ": stage: \"werk\" is none of first-contact, "},
        {COLUMNS JOURNEY "activity \"a\" { stage = \"work\" }\n",
         ":11: stage: \"work\" is none of first-contact, "},
        {COLUMNS JOURNEY "\n" ACTIVITY "activity \"a\" { channel = \"pigeon\" }\n",
         ":13: channel: \"pigeon\" is none of phone, "},
        {COLUMNS JOURNEY "activity \"a\" { counterpart = \"clients\" }\n", "did you mean client?"},
        {COLUMNS JOURNEY "activity \"a\" { channel = \"column\" }\n",
         ": activity \"a\" takes its channel from the column, and columns has no channel"},
        {COLUMNS JOURNEY ACTIVITY "activity \"b\" {\n    color = \"x\"\n}\n", ":13: no such option 'color'"},
        {COLUMNS JOURNEY ACTIVITY "channel \"b\" { }\n", ":12: channel \"b\" says not which channel it is"},
        {COLUMNS JOURNEY ACTIVITY "channel \"b\" { channel = \"column\" }\n",
         ":12: channel: \"column\" is none of phone, "},
        {COLUMNS JOURNEY ACTIVITY ACTIVITY, ":12: found duplicate title '*'"},
        {COLUMNS JOURNEY "activity { }\n", ":11: missing title for section 'activity'"},
        {COLUMNS JOURNEY "?\n", ":11: "},
        {COLUMNS JOURNEY "reason = \"not closed\n", ":12: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *reason = NULL;
        struct map *map = map_parse(cases[i].text, "the.map", false, &reason);
        if (map)
            fail_msg("case %zu is taken", i);
        if (!strstr(reason, cases[i].expected))
            fail_msg("case %zu says: %s", i, reason);
        free(reason);
    }
}

static void a_mistake_is_told_with_the_name_of_the_file(void **state)
{
    (void)state;
    static const char *const texts[] = {"colour = 1\n", "columns { colour = 1 }\n", COLUMNS JOURNEY};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *reason = NULL;
        assert_null(map_parse(texts[i], "the.map", false, &reason));
        if (strncmp(reason, "the.map:", 8) != 0)
            fail_msg("case %zu says: %s", i, reason);
        free(reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_says_what_columns_and_activities_are),
        cmocka_unit_test(a_channel_may_come_from_its_column),
        cmocka_unit_test(every_mistake_is_told_with_its_line),
        cmocka_unit_test(a_mistake_is_told_with_the_name_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
