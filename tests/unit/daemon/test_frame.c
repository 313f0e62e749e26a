#include "unit.h"

#include "frame.h"

static void lengths_survive_the_round_trip(void **state)
{
    (void)state;
    const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, FRAME_MAX - 1, FRAME_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t bytes[FRAME_PREFIX_MAX];
        size_t written = frame_write_length(lengths[i], bytes), prefix = 99, length = 99;
        assert_int_equal(frame_read_length(bytes, written, &prefix, &length), FRAME_COMPLETE);
        assert_int_equal(prefix, written);
        assert_int_equal(length, lengths[i]);
        for (size_t part = 0; part < written; part++)
            assert_int_equal(frame_read_length(bytes, part, &prefix, &length), FRAME_INCOMPLETE);
    }
}

static void a_length_over_the_limit_is_named(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x81, 0x80, 0x40}; /* FRAME_MAX + 1 */
    size_t prefix, length;
    assert_int_equal(frame_read_length(bytes, sizeof bytes, &prefix, &length), FRAME_TOO_LARGE);
    assert_int_equal(length, FRAME_MAX + 1);
}

static void the_largest_length_of_five_bytes_is_too_large(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0x7f};
    size_t prefix, length;
    assert_int_equal(frame_read_length(bytes, sizeof bytes, &prefix, &length), FRAME_TOO_LARGE);
}

static void a_length_of_six_bytes_is_malformed(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    size_t prefix, length;
    assert_int_equal(frame_read_length(bytes, sizeof bytes, &prefix, &length), FRAME_MALFORMED);
    assert_int_equal(frame_read_length(bytes, 4, &prefix, &length), FRAME_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_survive_the_round_trip),
        cmocka_unit_test(a_length_over_the_limit_is_named),
        cmocka_unit_test(the_largest_length_of_five_bytes_is_too_large),
        cmocka_unit_test(a_length_of_six_bytes_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
