/* Entries into lanes, spans and marks, on Wednesday 25 November 2026 at 14:20 UTC. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journey.h"
#include "timeline.h"

/* ---- what is expected ---- */

struct expected {
    int lane;
    enum journey_span_kind kind;
    int64_t since, until;
    bool lasts;
    const char *name;
};

static void assert_spans(const struct journey *journey, const struct expected *expected, size_t count)
{
    assert_int_equal(journey->n_spans, count);
    for (size_t i = 0; i < count; i++) {
        const struct journey_span *span = &journey->spans[i];
        assert_int_equal(span->lane, expected[i].lane);
        assert_int_equal(span->kind, expected[i].kind);
        assert_int_equal(span->since, expected[i].since);
        assert_int_equal(span->until, expected[i].until);
        assert_int_equal(span->lasts, expected[i].lasts);
        if (expected[i].name)
            assert_string_equal(span->name, expected[i].name);
        else
            assert_null(span->name);
    }
}

#define ASSERT_SPANS(journey, ...)                                                                           \
    assert_spans(journey, (const struct expected[]){__VA_ARGS__},                                            \
                 sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

/* ---- tests ---- */

static void nothing_is_no_journey(void **state)
{
    (void)state;
    assert_null(journey_new(&timeline_told, NULL, 0, NOW));
    timeline_add(KIND(TRAJECTORY_STARTED), NOW, STAGE(FIRST_CONTACT));
    assert_null(journey_new(&timeline_told, NULL, 2, NOW));
}

static void stages_follow_the_entries(void **state)
{
    (void)state;
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - 30 * DAY, STAGE(FIRST_CONTACT));
    timeline_add(KIND(STAGE_MOVED), NOW - 20 * DAY, STAGE(WORK_CONTENT));
    /* A move that is not told: the next entry says where the client was. */
    timeline_add(KIND(WISH_VOICED), NOW - 10 * DAY, STAGE(FIRST_CONTACT));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    assert_false(journey->ended);
    assert_int_equal(journey->since, NOW - 30 * DAY);
    assert_int_equal(journey->until, NOW);
    ASSERT_SPANS(journey, {JOURNEY_STAGE, JOURNEY_IN_STAGE, NOW - 30 * DAY, NOW - 20 * DAY, false, NULL},
                 {JOURNEY_STAGE, JOURNEY_IN_STAGE, NOW - 10 * DAY, NOW, true, NULL},
                 {JOURNEY_STAGE + 2, JOURNEY_IN_STAGE, NOW - 20 * DAY, NOW - 10 * DAY, false, NULL},
                 {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 30 * DAY, NOW, true, NULL});
    journey_free(journey);
}

static void the_end_ends_all_and_what_follows_begins_nothing(void **state)
{
    (void)state;
    static char anna[] = "anna";
    timeline_worker(timeline_add(KIND(TRAJECTORY_STARTED), NOW - 30 * DAY, STAGE(FIRST_CONTACT)), anna);
    /* At the moment of the end, and recorded after it. */
    timeline_add(KIND(TRAJECTORY_ENDED), NOW - 5 * DAY, STAGE(FIRST_CONTACT));
    timeline_add(KIND(STAGE_MOVED), NOW - 5 * DAY, STAGE(STARTING_WORK));
    timeline_add(KIND(CORRECTION_MADE), NOW - 2 * DAY, STAGE(STARTING_WORK));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    assert_true(journey->ended);
    assert_int_equal(journey->until, NOW - 2 * DAY);
    ASSERT_SPANS(journey, {JOURNEY_STAGE, JOURNEY_IN_STAGE, NOW - 30 * DAY, NOW - 5 * DAY, false, NULL},
                 {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 30 * DAY, NOW - 5 * DAY, false, "anna"});
    journey_free(journey);
}

static void guidance_moves_and_comes_back(void **state)
{
    (void)state;
    static char anna[] = "anna", bert[] = "bert", bakery[] = "Bakkerij", visser[] = "M. Visser",
                wit[] = "K. de Wit";
    timeline_worker(timeline_add(KIND(TRAJECTORY_STARTED), NOW - 90 * DAY, STAGE(WORK_CONTENT)), anna);
    timeline_worker(timeline_add(KIND(COACH_ASSIGNED), NOW - 80 * DAY, STAGE(WORK_CONTENT)), bert);
    timeline_add(KIND(HANDOVER_FLAGGED), NOW - 70 * DAY, STAGE(WORK_CONTENT));
    timeline_employer(timeline_add(KIND(HANDOVER_COMPLETED), NOW - 60 * DAY, STAGE(WORK_CONTENT)), bakery,
                      visser);
    /* Another coach while the employer guides, another second person, and another supervisor. */
    timeline_worker(timeline_add(KIND(COACH_ASSIGNED), NOW - 55 * DAY, STAGE(WORK_CONTENT)), anna);
    timeline_employer(timeline_add(KIND(SUPERVISOR_CHANGED), NOW - 50 * DAY, STAGE(WORK_CONTENT)), bakery,
                      NULL);
    timeline_employer(timeline_add(KIND(SUPERVISOR_CHANGED), NOW - 40 * DAY, STAGE(WORK_CONTENT)), bakery,
                      wit);
    timeline_add(KIND(HANDOVER_RETURNED), NOW - 10 * DAY, STAGE(WORK_CONTENT));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    ASSERT_SPANS(
        journey, {JOURNEY_STAGE + 2, JOURNEY_IN_STAGE, NOW - 90 * DAY, NOW, true, NULL},
        {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 90 * DAY, NOW - 80 * DAY, false, "anna"},
        {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 80 * DAY, NOW - 60 * DAY, false, "bert"},
        {JOURNEY_GUIDANCE, JOURNEY_EMPLOYER, NOW - 60 * DAY, NOW - 40 * DAY, false, "Bakkerij (M. Visser)"},
        {JOURNEY_GUIDANCE, JOURNEY_EMPLOYER, NOW - 40 * DAY, NOW - 10 * DAY, false, "Bakkerij (K. de Wit)"},
        {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 10 * DAY, NOW, true, "anna"});
    journey_free(journey);
}

static void silences_are_those_of_the_trajectory_in_whole_days(void **state)
{
    (void)state;
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - 30 * DAY, 0);
    timeline_silence(NOW - 40 * DAY, NOW - 25 * DAY); /* from before what is told */
    timeline_silence(NOW - 20 * DAY, NOW - 20 * DAY + DAY - 1);
    timeline_silence(NOW - 9 * DAY, 0);
    timeline_silence(NOW - 15 * DAY, NOW - 12 * DAY);
    timeline_silence_rows[3].trajectory = 2;
    struct journey *journey = journey_new(&timeline_told, &timeline_silences, 0, NOW);
    ASSERT_SPANS(journey, {JOURNEY_GUIDANCE, JOURNEY_COACH, NOW - 30 * DAY, NOW, true, NULL},
                 {JOURNEY_CONTACT, JOURNEY_SILENCE, NOW - 30 * DAY, NOW - 25 * DAY, false, NULL},
                 {JOURNEY_CONTACT, JOURNEY_SILENCE, NOW - 9 * DAY, NOW, true, NULL});
    journey_free(journey);
}

static void the_newest_trajectory_unless_another_is_asked_for(void **state)
{
    (void)state;
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - 3 * DAY, STAGE(FIRST_CONTACT))->trajectory = 2;
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - 300 * DAY, STAGE(FIRST_CONTACT));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    assert_int_equal(journey->trajectory, 2);
    assert_int_equal(journey->n_marks, 1);
    assert_ptr_equal(journey->marks[0].entry, &timeline_entries[0]);
    journey_free(journey);
    journey = journey_new(&timeline_told, NULL, 1, NOW);
    assert_int_equal(journey->since, NOW - 300 * DAY);
    assert_ptr_equal(journey->marks[0].entry, &timeline_entries[1]);
    journey_free(journey);
}

/* Every kind, however odd, with moments of all times: each entry is in one lane, and of it in one group, in a
 * column that is there. */
static void every_entry_is_in_exactly_one_place(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    srand(seed);
    for (size_t i = 0; i < TIMELINE_MAX; i++) {
        int64_t at = NOW - rand() % (3650 * 2) * (DAY / 2);
        if (i % 50 == 7)
            at = i % 100 == 7 ? INT64_MAX : INT64_MIN;
        Traject__V1__TimelineEntry *entry =
            timeline_add((Traject__V1__EventKind)(rand() % 90), at, (Traject__V1__Stage)(rand() % 9));
        if (rand() % 2) {
            entry->_reached_case = TRAJECT__V1__TIMELINE_ENTRY___REACHED_REACHED;
            entry->reached = rand() % 2;
            entry->counterpart = (Traject__V1__Counterpart)(rand() % 6);
        }
        if (i % 60 == 9)
            entry->occurred_at = NULL;
    }
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    assert_int_equal(journey->n_marks, TIMELINE_MAX);
    static const struct {
        int columns, apart;
    } ways[] = {{40, 1}, {100, 1}, {536, 21}, {1, 1}};
    const struct journey_mark **marks = calloc(TIMELINE_MAX, sizeof *marks);
    struct journey_group *groups = calloc(TIMELINE_MAX, sizeof *groups);
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        int seen[TIMELINE_MAX] = {0};
        for (int lane = 0; lane < JOURNEY_LANES; lane++) {
            size_t n = journey_groups(journey, lane, ways[way].columns, ways[way].apart, marks, groups),
                   next = 0;
            for (size_t g = 0; g < n; g++) {
                assert_in_range(groups[g].column, 0, ways[way].columns - 1);
                assert_true(!g || groups[g].column - groups[g - 1].column >= ways[way].apart);
                assert_int_equal(groups[g].first, next);
                assert_true(groups[g].count > 0);
                next += groups[g].count;
                for (size_t m = groups[g].first; m < next; m++)
                    seen[marks[m]->entry - timeline_entries]++;
            }
        }
        for (size_t i = 0; i < TIMELINE_MAX; i++)
            assert_int_equal(seen[i], 1);
    }
    for (size_t i = 0; i < journey->n_spans; i++)
        assert_true(journey->spans[i].since <= journey->spans[i].until);
    free(marks);
    free(groups);
    journey_free(journey);
}

static void contacts_have_lanes_by_whom_they_reached(void **state)
{
    (void)state;
    timeline_contact(NOW - 3 * DAY, STAGE(FIRST_CONTACT), TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT, true);
    timeline_contact(NOW - 2 * DAY, STAGE(FIRST_CONTACT), TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT,
                     false);
    timeline_contact(NOW - 1 * DAY, STAGE(FIRST_CONTACT), TRAJECT__V1__COUNTERPART__COUNTERPART_EMPLOYER,
                     true);
    timeline_add(KIND(HANDOVER_DECLINED), NOW - 1, STAGE(FIRST_CONTACT));
    timeline_add(KIND(AGREEMENT_KEPT), NOW, STAGE(CAREER_DEVELOPMENT));
    static const int lanes[] = {JOURNEY_CONTACT, JOURNEY_ATTEMPT, JOURNEY_OTHERS, JOURNEY_HANDOVER,
                                JOURNEY_STAGE + 4};
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++)
        assert_int_equal(journey->marks[i].lane, lanes[i]);
    journey_free(journey);
}

static void moments_have_columns(void **state)
{
    (void)state;
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - 100 * DAY, STAGE(FIRST_CONTACT));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    assert_int_equal(journey_column(journey, NOW - 100 * DAY, 50), 0);
    assert_int_equal(journey_column(journey, NOW - 98 * DAY - 1, 50), 0);
    assert_int_equal(journey_column(journey, NOW - 98 * DAY, 50), 1);
    assert_int_equal(journey_column(journey, NOW, 50), 49);
    assert_int_equal(journey_column(journey, INT64_MIN, 50), 0);
    assert_int_equal(journey_column(journey, INT64_MAX, 50), 49);
    journey_free(journey);
}

static void assert_ticks(int days, int columns, const char *const *labels, size_t count)
{
    timeline_begin(NULL);
    timeline_add(KIND(TRAJECTORY_STARTED), NOW - (int64_t)days * DAY, STAGE(FIRST_CONTACT));
    struct journey *journey = journey_new(&timeline_told, NULL, 0, NOW);
    struct journey_tick ticks[JOURNEY_TICKS_MAX];
    size_t n = journey_ticks(journey, columns, 10, ticks);
    for (size_t i = 0; i < n && i < count; i++)
        assert_string_equal(ticks[i].label, labels[i]);
    assert_int_equal(n, count);
    for (size_t i = 1; i < n; i++)
        assert_true(journey_column(journey, ticks[i].at, columns) -
                        journey_column(journey, ticks[i - 1].at, columns) >=
                    10);
    journey_free(journey);
}

#define ASSERT_TICKS(days, columns, ...)                                                                     \
    assert_ticks(days, columns, (const char *const[]){__VA_ARGS__},                                          \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void the_axis_has_dates_that_fit(void **state)
{
    (void)state;
    ASSERT_TICKS(0, 60, "25 Nov 2026", "26 Nov");
    ASSERT_TICKS(3, 60, "23 Nov", "24 Nov", "25 Nov");
    ASSERT_TICKS(28, 40, "2 Nov", "9 Nov", "16 Nov", "23 Nov");
    ASSERT_TICKS(150, 60, "Jul 2026", "Aug 2026", "Sep 2026", "Oct 2026", "Nov 2026");
    ASSERT_TICKS(300, 40, "Apr 2026", "Jul 2026", "Oct 2026");
    ASSERT_TICKS(3650, 60, "2018", "2020", "2022", "2024", "2026");
    ASSERT_TICKS(365000, 60, "26 Jul 1027", "2000");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_no_journey, timeline_begin),
        cmocka_unit_test_setup(stages_follow_the_entries, timeline_begin),
        cmocka_unit_test_setup(the_end_ends_all_and_what_follows_begins_nothing, timeline_begin),
        cmocka_unit_test_setup(guidance_moves_and_comes_back, timeline_begin),
        cmocka_unit_test_setup(silences_are_those_of_the_trajectory_in_whole_days, timeline_begin),
        cmocka_unit_test_setup(the_newest_trajectory_unless_another_is_asked_for, timeline_begin),
        cmocka_unit_test_setup(every_entry_is_in_exactly_one_place, timeline_begin),
        cmocka_unit_test_setup(contacts_have_lanes_by_whom_they_reached, timeline_begin),
        cmocka_unit_test_setup(moments_have_columns, timeline_begin),
        cmocka_unit_test_setup(the_axis_has_dates_that_fit, timeline_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
