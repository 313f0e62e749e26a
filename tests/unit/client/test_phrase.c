/* A message and its values, taken apart and put together. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phrase.h"

static int take(struct phrase *phrase, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int result = phrase_take(phrase, format, values);
    va_end(values);
    return result;
}

static void every_value_becomes_text(void **state)
{
    (void)state;
    struct phrase phrase;
    errno = ENOENT;
    assert_int_equal(take(&phrase, "%s: %d, %lld, %zu of 100%%, %.3s, %.*s, mode %04o, %x; %m", "a", -1,
                          1234567890123LL, (size_t)7, "abcdef", 2, "xyz", 0644u, 255u),
                     0);
    static const char *const expected[] = {
        "a", "-1", "1234567890123", "7", "abc", "xy", "0644", "ff", "No such file or directory"};
    assert_string_equal(phrase.format, "%s: %s, %s, %s of 100%%, %s, %s, mode %s, %s; %s");
    assert_int_equal(phrase.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < phrase.count; i++)
        assert_string_equal(phrase.arguments[i], expected[i]);
    char *text = phrase_fill(phrase.format, phrase.arguments, phrase.count);
    assert_string_equal(text,
                        "a: -1, 1234567890123, 7 of 100%, abc, xy, mode 0644, ff; No such file or directory");
    free(text);
    phrase_clear(&phrase);
    assert_null(phrase.format);
}

static void other_conversions_are_not_taken(void **state)
{
    (void)state;
    static const char *const formats[] = {"%c", "%f", "%p", "%n", "%", "%s %q", "%000000000000000000d"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct phrase phrase;
        assert_int_equal(take(&phrase, formats[i], "a"), -1);
        assert_null(phrase.format);
        assert_int_equal(phrase.count, 0);
    }
}

static void a_format_is_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *format, *expected;
    } cases[] = {
        {"", ""},
        {"nothing", "nothing"},
        {"%s and %s", "one and two"},
        {"%2$s and %1$s", "two and one"},
        {"%2$s, %s, %s", "two, one, two"},
        {"%1$s%1$s%%", "oneone%"},
        {"%s %s %s", "one two %s"}, /* what there is no value for is text, */
        {"%0$s %3$s %99$s %123$s", "%0$s %3$s %99$s %123$s"},
        {"%n %d %c %5s %-s %*s %1$d %hhn", "%n %d %c %5s %-s %*s %1$d %hhn"}, /* as are others */
        {"%", "%"},
        {"100% %", "100% %"},
        {"%1", "%1"},
        {"%1$", "%1$"},
    };
    static char *values[] = {"one", "two"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = phrase_fill(cases[i].format, values, 2);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static void a_value_is_no_format(void **state)
{
    (void)state;
    char *values[] = {"%s%n%2$s", "%%"};
    char *text = phrase_fill("<%s> <%s>", values, 2);
    assert_string_equal(text, "<%s%n%2$s> <%%>");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_becomes_text),
        cmocka_unit_test(other_conversions_are_not_taken),
        cmocka_unit_test(a_format_is_filled_in),
        cmocka_unit_test(a_value_is_no_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
