#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "announcement.h"

static void what_the_database_announces_is_read(void **state)
{
    (void)state;
    struct announcement said;
    assert_int_equal(announcement_read("1 742", &said), 0);
    assert_int_equal(said.kind, ANNOUNCEMENT_RECORDED);
    assert_int_equal(said.municipality_id, 1);
    assert_int_equal(said.transaction, 742);
    char largest[64];
    snprintf(largest, sizeof largest, "%" PRId64 " %" PRId64, INT64_MAX, INT64_MAX);
    assert_int_equal(announcement_read(largest, &said), 0);
    assert_true(said.municipality_id == INT64_MAX && said.transaction == INT64_MAX);
    assert_int_equal(announcement_read("tokens", &said), 0);
    assert_int_equal(said.kind, ANNOUNCEMENT_TOKENS);
}

static void what_anybody_else_sends_is_not(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        " ",
        "1",
        "1 ",
        " 1 2",
        "1  2",
        "1 2 ",
        "1 2 3",
        "-1 2",
        "1 -2",
        "+1 2",
        "0 1",
        "1 0",
        "1 2x",
        "x 2",
        "9223372036854775808 1",
        "1\t2",
        "1.0 2",
        "0x1 2",
        "1 \n2",
        "tokens ",
        "token",
        "Tokens",
        "tokens 1",
        "tokens 1 2",
        "hello",
        "1 99999999999999999999999",
    };
    struct announcement said;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(announcement_read(others[i], &said), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_database_announces_is_read),
        cmocka_unit_test(what_anybody_else_sends_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
