/* What callers say of their trace: taken as it is, or refused. */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

static const char good[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static bool takes(const char *traceparent, const char *entity)
{
    struct trace trace = {0};
    struct status status = {0};
    bool taken = trace_take(traceparent, entity, &trace, &status) == 0;
    if (taken) {
        assert_string_equal(trace.traceparent ? trace.traceparent : "", traceparent);
        assert_string_equal(trace.id, *traceparent ? "4bf92f3577b34da6a3ce929d0e0e4736" : "");
        assert_string_equal(trace.foreign_entity ? trace.foreign_entity : "", entity);
        assert_int_equal(status.code, TRAJECT__V1__CODE__OK);
    } else {
        assert_int_equal(status.code, TRAJECT__V1__CODE__INVALID_ARGUMENT);
        assert_null(trace.traceparent);
        assert_null(trace.foreign_entity);
    }
    trace_clear(&trace);
    status_clear(&status);
    return taken;
}

static void what_is_a_trace_is_taken(void **state)
{
    (void)state;
    assert_true(takes("", ""));
    assert_true(takes(good, ""));
    assert_true(takes(good, "https://uwv.example.nl/api"));
    assert_true(takes("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", ""));
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    /* Every beginning of one, also where it is cut in the middle. */
    for (size_t length = 1; length < strlen(good); length++) {
        char *cut = strndup(good, length);
        assert_false(takes(cut, ""));
        free(cut);
    }
    for (size_t at = 0; at < strlen(good); at++) {
        char *wrong = strdup(good);
        wrong[at] = 'G';
        assert_false(takes(wrong, ""));
        free(wrong);
    }
    assert_false(takes("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", ""));
    assert_false(takes("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more", ""));
    assert_false(takes("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""));
    assert_false(takes("00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""));
    assert_false(takes("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", ""));
    assert_false(takes("", "https://uwv.example.nl/api"));
    assert_false(takes(good, "uwv"));
    assert_false(takes(good, "urn:"));
    assert_false(takes(good, ":uwv"));
    assert_false(takes(good, "https://uwv.example.nl/a b"));
    assert_false(takes(good, "https://uwv.example.nl/\xc3\xab"));
    char *longest = malloc(202);
    memset(longest, 'x', 201);
    longest[1] = ':';
    longest[200] = '\0';
    assert_true(takes(good, longest));
    longest[200] = 'x';
    longest[201] = '\0';
    assert_false(takes(good, longest));
    free(longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_trace_is_taken),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
