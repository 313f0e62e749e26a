#include "unit.h"

#include "histogram.h"

static void assert_near(int64_t got, int64_t wanted)
{
    int64_t off = wanted / 128;
    assert_in_range(got, wanted - off, wanted + off);
}

static void nothing_has_percentile_0(void **state)
{
    (void)state;
    static struct histogram histogram;
    assert_int_equal(histogram_percentile(&histogram, 0.99), 0);
}

static void a_value_is_kept_to_1_in_128(void **state)
{
    (void)state;
    for (int64_t value = 1; value < INT64_C(1) << 40; value += value / 50 + 1) {
        struct histogram histogram = {0};
        histogram_add(&histogram, value);
        assert_near(histogram_percentile(&histogram, 0.5), value);
        assert_near(histogram_percentile(&histogram, 1), value);
    }
}

static void what_is_out_of_range_counts_at_the_end_of_it(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    histogram_add(&histogram, -5);
    histogram_add(&histogram, INT64_MAX);
    assert_int_equal(histogram.count, 2);
    assert_int_equal(histogram_percentile(&histogram, 0.5), 0);
    assert_near(histogram_percentile(&histogram, 1), INT64_C(1) << 40);
}

static void percentiles_are_those_of_the_values(void **state)
{
    (void)state;
    static struct histogram histogram;
    for (int64_t value = 1; value <= 100000; value++)
        histogram_add(&histogram, value * 1000);
    assert_near(histogram_percentile(&histogram, 0.5), 50000000);
    assert_near(histogram_percentile(&histogram, 0.99), 99000000);
    assert_near(histogram_percentile(&histogram, 0.999), 99900000);
    assert_near(histogram_percentile(&histogram, 1), 100000000);
}

static void merged_is_as_if_counted_together(void **state)
{
    (void)state;
    static struct histogram low, high;
    for (int64_t value = 1; value <= 99; value++)
        histogram_add(&low, 1000);
    histogram_add(&high, 1000000);
    histogram_merge(&low, &high);
    assert_int_equal(low.count, 100);
    assert_near(histogram_percentile(&low, 0.99), 1000);
    assert_near(histogram_percentile(&low, 0.995), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_percentile_0),
        cmocka_unit_test(a_value_is_kept_to_1_in_128),
        cmocka_unit_test(what_is_out_of_range_counts_at_the_end_of_it),
        cmocka_unit_test(percentiles_are_those_of_the_values),
        cmocka_unit_test(merged_is_as_if_counted_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
