#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

static char said[1024];

static void say(void *context, const uint8_t *text, size_t length)
{
    (void)context;
    size_t at = strlen(said);
    snprintf(said + at, sizeof said - at, "%s%.*s", at ? "|" : "", (int)length, (const char *)text);
}

static void assert_folds(const char *text, const char *expected)
{
    struct bytes folded = {0};
    names_fold(text, strlen(text), &folded);
    bytes_append(&folded, "", 1);
    assert_string_equal((char *)folded.data, expected);
    free(folded.data);
}

static void case_accents_and_signs_do_not_count(void **state)
{
    (void)state;
    assert_folds("Zoë Peters", "zoe peters");
    assert_folds("  Van-der \xc4\xb2ssel, J.", "van der ijssel j"); /* the letter IJ of Unicode */
    assert_folds("STRASSE", "strasse");
    assert_folds("stra\xc3\x9f"
                 "e",
                 "strasse");
    assert_folds("Zoe\xcc\x88", "zoe"); /* the diaeresis on its own */
    assert_folds("\xd0\x9c\xd0\x98\xd0\xa0", "\xd0\xbc\xd0\xb8\xd1\x80");
    assert_folds("!?", "!?"); /* nothing of a word: as it is */
}

static void a_word_is_found_by_its_beginnings(void **state)
{
    (void)state;
    struct bytes folded = {0};
    names_fold("Li de J\xc3\xbcrgen", strlen("Li de J\xc3\xbcrgen"), &folded);
    said[0] = '\0';
    names_beginnings(&folded, say, NULL);
    assert_string_equal(said, "li|de|jur|jurg|jurge|jurgen");
    said[0] = '\0';
    names_words(&folded, say, NULL);
    assert_string_equal(said, "li|de|jurgen");
    free(folded.data);
}

static void assert_trims(const char *text, const char *expected)
{
    size_t length = strlen(text);
    names_trim(&text, &length);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void what_cannot_be_seen_around_it_goes(void **state)
{
    (void)state;
    assert_trims(" \t\n a b \xc2\xa0\xe2\x80\x8b\r", "a b");
    assert_trims("\xef\xbb\xbf", "");
    assert_trims("", "");
    assert_trims("\xe3\x80\x80x", "x");
    assert_int_equal(names_characters("Zo\xc3\xab", 4), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_accents_and_signs_do_not_count),
        cmocka_unit_test(a_word_is_found_by_its_beginnings),
        cmocka_unit_test(what_cannot_be_seen_around_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
