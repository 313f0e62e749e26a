#include "unit.h"

#include <string.h>

#include "keys.h"

#define INDEX  "index 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define MASTER "master 202122232425262728292A2B2C2D2E2F303132333435363738393a3b3c3d3e3f\n"
#define OLDER  "master 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n"

static void the_first_master_key_wraps_and_the_others_stay(void **state)
{
    (void)state;
    struct keys *keys;
    struct status status = {0};
    const char text[] = "# made today\n\n" MASTER INDEX "  \n" OLDER;
    assert_int_equal(keys_parse(text, strlen(text), "keys", &keys, &status), 0);
    assert_int_equal(keys->master_count, 2);
    assert_int_equal(keys->index[31], 0x1f);
    assert_int_equal(keys->masters[0].key[10], 0x2a);
    assert_ptr_equal(keys_master(keys, keys->masters[1].id), &keys->masters[1]);
    assert_null(keys_master(keys, (const uint8_t *)"12345678"));
    assert_memory_not_equal(keys->masters[0].id, keys->masters[1].id, MASTER_ID_BYTES);
    keys_free(keys);
}

static void mistakes_name_the_line_and_never_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "keys: there is no index key; add a line with index"},
        {INDEX, "keys: there is no master key; add a line with master"},
        {MASTER, "keys: there is no index key; add a line with index"},
        {INDEX INDEX MASTER, "keys:2: there is an index key already; leave one of them out"},
        {INDEX "master 2021\n", "keys:2: write index or master, a space and 64 hexadecimal digits"},
        {INDEX "master xx2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n",
         "keys:2: write index"},
        {INDEX "meester 1\n", "keys:2: write index"},
        {"\n\nindex", "keys:3: write index"},
        {INDEX MASTER MASTER MASTER MASTER MASTER MASTER MASTER MASTER MASTER,
         "keys:10: there are over 8 master keys"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keys *keys = NULL;
        struct status status = {0};
        assert_int_equal(keys_parse(cases[i].text, strlen(cases[i].text), "keys", &keys, &status), -1);
        if (!strstr(status.message, cases[i].expected) || strstr(status.message, "2122"))
            fail_msg("case %zu says: %s", i, status.message);
        status_clear(&status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_master_key_wraps_and_the_others_stay),
        cmocka_unit_test(mistakes_name_the_line_and_never_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
