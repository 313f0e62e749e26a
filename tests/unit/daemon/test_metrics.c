#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "metrics.h"

static struct method methods[] = {{.full_name = (char *)"/traject.v1.Traject/GetClient"},
                                  {.full_name = (char *)"/traject.v1.Traject/ListTeams"}};
static const struct contract contract = {.methods = methods, .method_count = 2};

static int set_up(void **state)
{
    (void)state;
    metrics_init(&contract);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free();
    return 0;
}

static bool tells(const char *line)
{
    struct evbuffer *text = evbuffer_new();
    metrics_write(text);
    evbuffer_add(text, "", 1);
    bool found = strstr((char *)evbuffer_pullup(text, -1), line) != NULL;
    evbuffer_free(text);
    return found;
}

static void times_are_told_in_seconds(void **state)
{
    (void)state;
    metrics_set(METRIC_STALENESS_MS, 1005);
    metrics_set(METRIC_PROCESS_CPU_MS, 60);
    assert_true(tells("\ntraject_standby_staleness_seconds 1.005\n"));
    assert_true(tells("\nprocess_cpu_seconds_total 0.060\n"));
    metrics_request(METRICS_METHODS, TRAJECT__V1__CODE__OK, 2000001);
    metrics_request(METRICS_METHODS, TRAJECT__V1__CODE__NOT_FOUND, 7);
    assert_true(tells("\ntraject_request_duration_seconds_sum{method=\"GetClient\"} 2.000008\n"));
    assert_true(tells("\ntraject_requests_total{method=\"GetClient\",status=\"NOT_FOUND\"} 1\n"));
}

static void a_value_at_a_bound_is_below_it(void **state)
{
    (void)state;
    for (int calls = 1; calls <= 65; calls += 32)
        metrics_observe(HISTOGRAM_BATCH_ON_STANDBY, calls);
    assert_true(tells("\ntraject_batch_calls_bucket{server=\"standby\",le=\"1\"} 1\n"));
    assert_true(tells("\ntraject_batch_calls_bucket{server=\"standby\",le=\"32\"} 1\n"));
    assert_true(tells("\ntraject_batch_calls_bucket{server=\"standby\",le=\"64\"} 2\n"));
    assert_true(tells("\ntraject_batch_calls_bucket{server=\"standby\",le=\"+Inf\"} 3\n"));
    assert_true(tells("\ntraject_batch_calls_sum{server=\"standby\"} 99\n"));
}

static void a_code_that_nobody_knows_is_counted(void **state)
{
    (void)state;
    metrics_request(METRICS_METHODS + 1, (Traject__V1__Code)99, 1);
    assert_true(tells("\ntraject_requests_total{method=\"ListTeams\",status=\"UNKNOWN\"} 1\n"));
}

/* As histogram_quantile: within a bucket as if what is there were spread evenly over it. */
static void quantiles_are_estimated(void **state)
{
    (void)state;
    assert_int_equal(metrics_quantile(500), 0);
    for (int i = 0; i < 8; i++)
        metrics_request(METRICS_METHODS + i % 2, TRAJECT__V1__CODE__OK, 7000);
    metrics_request(METRICS_GET_STATUS, TRAJECT__V1__CODE__OK, 20000);
    metrics_request(METRICS_GET_STATUS, TRAJECT__V1__CODE__OK, 60000000);
    assert_int_equal(metrics_quantile(400), 7500);
    assert_int_equal(metrics_quantile(800), 10000);
    assert_int_equal(metrics_quantile(900), 25000);
    assert_int_equal(metrics_quantile(1000), 10000000);
}

static void retries_are_told_by_their_cause(void **state)
{
    (void)state;
    static const char *const causes[] = {"08006", "08", "40001", "55P03", "25006", "standby", "XX000"};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        metrics_retry(causes[i]);
    assert_true(tells("{cause=\"08\"} 2\n"));
    assert_true(tells("{cause=\"25\"} 1\n"));
    assert_true(tells("{cause=\"40\"} 1\n"));
    assert_true(tells("{cause=\"55\"} 1\n"));
    assert_true(tells("{cause=\"standby\"} 1\n"));
    assert_true(tells("{cause=\"other\"} 1\n"));
    assert_int_equal(metrics_retries(), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(times_are_told_in_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_at_a_bound_is_below_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_code_that_nobody_knows_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quantiles_are_estimated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(retries_are_told_by_their_cause, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
