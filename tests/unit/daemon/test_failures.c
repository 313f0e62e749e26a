#include "unit.h"

#include "failures.h"

static const struct address here = {{1}}, there = {{2}};
static const uint8_t one[TOKEN_PREFIX_BYTES] = {1}, another[TOKEN_PREFIX_BYTES] = {2};

static int make(void **state)
{
    *state = failures_new();
    return 0;
}

static int unmake(void **state)
{
    failures_free(*state);
    return 0;
}

static void fail_with(struct failures *failures, const struct address *address, const uint8_t *prefix,
                      int times, int64_t now_ms)
{
    for (int i = 0; i < times; i++)
        failures_note(failures, address, prefix, now_ms);
}

/* `times` failures from there with tokens that begin in as many ways. */
static void fail_variously(struct failures *failures, const struct address *address, int times,
                           int64_t now_ms)
{
    for (int i = 0; i < times; i++) {
        uint8_t prefix[TOKEN_PREFIX_BYTES] = {0xff, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        failures_note(failures, address, prefix, now_ms);
    }
}

static void an_address_whose_tokens_fail_waits_out_the_window(void **state)
{
    struct failures *failures = *state;
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000), 0);
    fail_variously(failures, &here, FAILURES_OF_ADDRESS_MAX - 1, 1000);
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000), 0);
    fail_variously(failures, &here, 1, 5000);
    assert_int_equal(failures_wait_ms(failures, &here, one, 5000), FAILURES_WINDOW_MS - 4000);
    assert_int_equal(failures_wait_ms(failures, &there, one, 5000), 0);
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000 + FAILURES_WINDOW_MS - 1), 1);
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000 + FAILURES_WINDOW_MS), 0);
    /* It begins anew. */
    fail_variously(failures, &here, FAILURES_OF_ADDRESS_MAX - 1, 1000 + FAILURES_WINDOW_MS);
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000 + FAILURES_WINDOW_MS), 0);
}

static void a_beginning_that_fails_from_everywhere_is_tried_once_from_each_address(void **state)
{
    struct failures *failures = *state;
    for (int i = 0; i < FAILURES_OF_PREFIX_MAX; i++)
        fail_with(failures, &(struct address){{3, (uint8_t)i}}, one, 1, 1000);
    /* Where nothing failed the right token opens, whatever others did. */
    assert_int_equal(failures_wait_ms(failures, &here, one, 2000), 0);
    fail_with(failures, &here, one, 1, 2000);
    assert_int_equal(failures_wait_ms(failures, &here, one, 2000), FAILURES_WINDOW_MS - 1000);
    assert_int_equal(failures_wait_ms(failures, &here, another, 2000), 0);
    assert_int_equal(failures_wait_ms(failures, &there, one, 2000), 0);
    assert_int_equal(failures_wait_ms(failures, &here, one, 1000 + FAILURES_WINDOW_MS), 0);
}

static void many_addresses_do_not_wipe_out_who_failed_most(void **state)
{
    struct failures *failures = *state;
    fail_variously(failures, &here, FAILURES_OF_ADDRESS_MAX, 1000);
    for (int i = 0; i < 100000; i++) {
        struct address crowd = {{9, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        fail_with(failures, &crowd, one, 1, 1001);
    }
    assert_int_equal(failures_wait_ms(failures, &here, another, 1001), FAILURES_WINDOW_MS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_address_whose_tokens_fail_waits_out_the_window, make, unmake),
        cmocka_unit_test_setup_teardown(
            a_beginning_that_fails_from_everywhere_is_tried_once_from_each_address, make, unmake),
        cmocka_unit_test_setup_teardown(many_addresses_do_not_wipe_out_who_failed_most, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
