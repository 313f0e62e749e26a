/* Months and axes of the report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report.h"

static void months_begin_at_midnight_in_the_netherlands(void **state)
{
    (void)state;
    /* As date -d 'TZ="Europe/Amsterdam" 2026-11-01' +%s says it. */
    assert_int_equal(report_month_start(2026, 11), 1793487600);
    assert_int_equal(report_month_start(2026, 10), 1790805600);
    assert_int_equal(report_month_start(2026, 4), 1774994400);
    assert_int_equal(report_month_start(2026, 3), 1772319600);
    assert_int_equal(report_month_start(2000, 1), 946681200);
}

static void months_are_counted_on_past_a_year(void **state)
{
    (void)state;
    assert_int_equal(report_month_start(2026, 13), report_month_start(2027, 1));
    assert_int_equal(report_month_start(2026, 0), report_month_start(2025, 12));
    assert_int_equal(report_month_start(2026, -10), report_month_start(2025, 2));
    assert_int_equal(report_month_start(2026, -11), report_month_start(2025, 1));
}

static void the_end_of_a_month_is_known(void **state)
{
    (void)state;
    for (int of = 0; of < 12 * 30; of++) {
        int year, month;
        int64_t end = report_month_start(2000, of + 2);
        assert_int_equal(report_month_ending(end, &year, &month), 0);
        assert_int_equal(year, 2000 + of / 12);
        assert_int_equal(month, of % 12 + 1);
        assert_int_equal(report_month_ending(end + 1, &year, &month), -1);
        assert_int_equal(report_month_ending(end - 1, &year, &month), -1);
        assert_int_equal(report_month_ending(end + 86400, &year, &month), -1);
    }
}

static void ticks_are_round(void **state)
{
    (void)state;
    static const struct {
        int64_t largest;
        int intervals;
        int64_t step, end;
    } axes[] = {
        {0, 5, 1, 1},
        {1, 5, 1, 1},
        {5, 5, 1, 5},
        {6, 5, 2, 6},
        {7, 5, 2, 8},
        {10, 5, 2, 10},
        {11, 5, 5, 15},
        {100, 5, 20, 100},
        {100, 4, 50, 100},
        {100, 3, 50, 100},
        {101, 5, 50, 150},
        {99, 1, 100, 100},
        {40000, 4, 10000, 40000},
        {40001, 4, 20000, 60000},
        {INT32_MAX, 1, 5000000000, 5000000000},
    };
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        int64_t step = report_axis_step(axes[i].largest, axes[i].intervals);
        assert_int_equal(step, axes[i].step);
        assert_int_equal(report_axis_end(axes[i].largest, step), axes[i].end);
    }
}

static void an_axis_holds_all_with_no_more_ticks_than_asked(void **state)
{
    (void)state;
    for (int64_t largest = 1; largest < 5000; largest++) {
        for (int intervals = 1; intervals < 8; intervals++) {
            int64_t step = report_axis_step(largest, intervals), end = report_axis_end(largest, step);
            assert_true(end >= largest && end - step < largest);
            assert_true(end / step <= intervals);
        }
    }
}

static void places_are_rounded(void **state)
{
    (void)state;
    assert_int_equal(report_axis_at(0, 7, 100), 0);
    assert_int_equal(report_axis_at(7, 7, 100), 100);
    assert_int_equal(report_axis_at(1, 7, 100), 14);
    assert_int_equal(report_axis_at(1, 8, 100), 13);
    assert_int_equal(report_axis_at(5000000000, 5000000000, 300), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_begin_at_midnight_in_the_netherlands),
        cmocka_unit_test(months_are_counted_on_past_a_year),
        cmocka_unit_test(the_end_of_a_month_is_known),
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(an_axis_holds_all_with_no_more_ticks_than_asked),
        cmocka_unit_test(places_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
