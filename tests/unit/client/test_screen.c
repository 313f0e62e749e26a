/* What a screen holds: which row is selected, what is in view, found, changed; and a line that is typed. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "screen_edit.h"
#include "screen_list.h"

/* Rows from "key:text" or "key:text:group"; what comes after ":" is also what they hold. */
static struct screen_row *rows_of(const char *const *texts, size_t count)
{
    struct screen_row *rows = calloc(count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const char *text = strchr(texts[i], ':') + 1, *group = strchr(text, ':');
        rows[i].key = strndup(texts[i], (size_t)(text - texts[i] - 1));
        rows[i].text = strdup(text);
        rows[i].content = (uint8_t *)strdup(text);
        rows[i].content_length = strlen(text);
        rows[i].group = group ? atoi(group + 1) : 0;
        rows[i].line = i;
    }
    return rows;
}

#define REPLACE(list, ...)                                                                                   \
    screen_list_replace(list,                                                                                \
                        rows_of((const char *const[]){__VA_ARGS__},                                          \
                                sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *)),            \
                        sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

static const char *selected(const struct screen_list *list)
{
    return list->rows[list->selected].key;
}

static void test_selection_follows_the_client(void **state)
{
    struct screen_list list = {0};
    (void)state;
    REPLACE(&list, "1:a", "2:b", "3:c", "4:d");
    list.selected = 2;
    REPLACE(&list, "0:z", "1:a", "3:c", "4:d");
    assert_string_equal(selected(&list), "3");
    /* Gone: the one that came next, though another took its place in the list. */
    REPLACE(&list, "0:z", "1:a", "5:e", "4:d");
    assert_string_equal(selected(&list), "4");
    REPLACE(&list, "0:z", "1:a");
    assert_string_equal(selected(&list), "1");
    screen_list_replace(&list, rows_of(NULL, 0), 0);
    assert_int_equal(list.selected, 0);
    REPLACE(&list, "7:g", "8:h");
    assert_string_equal(selected(&list), "7");
    screen_list_clear(&list);
}

static void test_tells_what_changed(void **state)
{
    struct screen_list list = {0};
    (void)state;
    assert_true(REPLACE(&list, "1:a", "2:b", "3:c"));
    assert_int_equal(list.fresh + list.gone, 0);
    assert_true(REPLACE(&list, "2:b", "3:changed", "4:new"));
    assert_int_equal(list.fresh, 2);
    assert_int_equal(list.gone, 1);
    assert_false(list.rows[0].fresh);
    assert_true(list.rows[1].fresh && list.rows[2].fresh);
    /* The same again is no news, and takes none away. */
    assert_false(REPLACE(&list, "2:b", "3:changed", "4:new"));
    assert_int_equal(list.fresh, 2);
    assert_true(list.rows[1].fresh && list.rows[2].fresh);
    assert_true(REPLACE(&list, "3:changed", "4:new"));
    assert_int_equal(list.fresh, 0);
    assert_int_equal(list.gone, 1);
    screen_list_clear(&list);
}

static void test_moves_within_what_is_there(void **state)
{
    struct screen_list list = {0};
    (void)state;
    screen_list_move(&list, 1, false);
    screen_list_across(&list, 1);
    REPLACE(&list, "1:a:0", "2:a:0", "3:a:2", "4:a:2", "5:a:2", "6:a:3");
    screen_list_move(&list, 1000, true);
    assert_string_equal(selected(&list), "2");
    screen_list_move(&list, 1, false);
    assert_string_equal(selected(&list), "3");
    screen_list_move(&list, -1, true);
    assert_string_equal(selected(&list), "3");
    screen_list_move(&list, 2, true);
    /* Across to a shorter column: its last one; no column there: where it was. */
    screen_list_across(&list, 1);
    assert_string_equal(selected(&list), "6");
    screen_list_across(&list, 1);
    assert_string_equal(selected(&list), "6");
    screen_list_across(&list, -1);
    assert_string_equal(selected(&list), "3");
    screen_list_move(&list, 1, true);
    screen_list_across(&list, -1);
    assert_string_equal(selected(&list), "2");
    screen_list_move(&list, -1000, false);
    assert_string_equal(selected(&list), "1");
    screen_list_clear(&list);
}

static void test_scrolls_no_further_than_it_must(void **state)
{
    struct screen_list list = {0};
    (void)state;
    screen_list_show(&list, 0, 9, 10);
    assert_int_equal(list.tops[0], 0);
    screen_list_show(&list, 0, 10, 10);
    assert_int_equal(list.tops[0], 1);
    screen_list_show(&list, 0, 5, 10);
    assert_int_equal(list.tops[0], 1);
    screen_list_show(&list, 0, 0, 10);
    assert_int_equal(list.tops[0], 0);
    screen_list_scroll(&list, 7, 15, 10);
    assert_int_equal(list.tops[0], 5);
    screen_list_scroll(&list, -3, 15, 10);
    assert_int_equal(list.tops[0], 2);
    screen_list_scroll(&list, -3, 15, 10);
    assert_int_equal(list.tops[0], 0);
    /* A terminal that became higher leaves no empty lines while there are more. */
    list.tops[0] = 12;
    screen_list_scroll(&list, 0, 15, 10);
    assert_int_equal(list.tops[0], 5);
    screen_list_scroll(&list, 3, 4, 10);
    assert_int_equal(list.tops[0], 0);
}

static void test_finds_without_case_and_accents(void **state)
{
    struct screen_list list = {0};
    size_t found = 99, position;
    (void)state;
    assert_false(screen_list_find(&list, "a", 0, 1, &found));
    REPLACE(&list, "1:Zoë Bos", "2:Aart", "3:ZOE\u0308 Vos", "4:Stra\u00dfe");
    assert_true(screen_list_find(&list, "zoe", 1, 1, &found));
    assert_int_equal(found, 2);
    assert_true(screen_list_find(&list, "ZOË", 3, 1, &found));
    assert_int_equal(found, 0);
    assert_true(screen_list_find(&list, "zoe", 1, -1, &found));
    assert_int_equal(found, 0);
    assert_true(screen_list_find(&list, "zoe", 3, -1, &found));
    assert_int_equal(found, 2);
    assert_true(screen_list_find(&list, "STRASSE", 0, 1, &found));
    assert_int_equal(found, 3);
    assert_false(screen_list_find(&list, "xyz", 0, 1, &found));
    assert_false(screen_list_find(&list, "", 0, 1, &found));
    assert_int_equal(screen_list_matches(&list, "os", 2, &position), 2);
    assert_int_equal(position, 2);
    assert_int_equal(screen_list_matches(&list, "os", 1, &position), 2);
    assert_int_equal(position, 0);
    screen_list_clear(&list);
    /* What is no UTF-8 is compared as it is. */
    char *folded = screen_fold("A\xff");
    assert_non_null(folded);
    free(folded);
}

static void type(struct screen_edit *edit, const wchar_t *text)
{
    for (; *text; text++)
        assert_true(screen_edit_type(edit, *text));
}

static void check(const struct screen_edit *edit, const char *before, const char *all)
{
    char *text = screen_edit_before(edit);
    assert_string_equal(text, before);
    free(text);
    text = screen_edit_text(edit);
    assert_string_equal(text, all);
    free(text);
}

static void test_edits_a_line(void **state)
{
    struct screen_edit edit = {0};
    (void)state;
    for (int key = SCREEN_EDIT_LEFT; key <= SCREEN_EDIT_DELETE_ALL; key++)
        screen_edit_key(&edit, (enum screen_edit_key)key);
    check(&edit, "", "");
    type(&edit, L"Zoe\u0308 王");
    check(&edit, "Zoe\u0308 王", "Zoe\u0308 王");
    screen_edit_key(&edit, SCREEN_EDIT_LEFT);
    screen_edit_key(&edit, SCREEN_EDIT_LEFT);
    check(&edit, "Zoe\u0308", "Zoe\u0308 王");
    /* A letter with its accent is one. */
    screen_edit_key(&edit, SCREEN_EDIT_LEFT);
    check(&edit, "Zo", "Zoe\u0308 王");
    screen_edit_key(&edit, SCREEN_EDIT_RIGHT);
    screen_edit_key(&edit, SCREEN_EDIT_BACKSPACE);
    check(&edit, "Zo", "Zo 王");
    type(&edit, L"ë");
    screen_edit_key(&edit, SCREEN_EDIT_START);
    screen_edit_key(&edit, SCREEN_EDIT_DELETE);
    check(&edit, "", "oë 王");
    screen_edit_key(&edit, SCREEN_EDIT_BACKSPACE);
    screen_edit_key(&edit, SCREEN_EDIT_END);
    screen_edit_key(&edit, SCREEN_EDIT_DELETE);
    check(&edit, "oë 王", "oë 王");
    screen_edit_key(&edit, SCREEN_EDIT_DELETE_ALL);
    check(&edit, "", "");
    screen_edit_clear(&edit);
}

static void test_takes_no_more_than_words_may_have(void **state)
{
    struct screen_edit edit = {0};
    (void)state;
    assert_false(screen_edit_type(&edit, L'\033'));
    assert_false(screen_edit_type(&edit, L'\n'));
    assert_false(screen_edit_type(&edit, (wchar_t)0x9b));
    for (int i = 0; i < SCREEN_EDIT_MAX; i++)
        assert_true(screen_edit_type(&edit, L'ë'));
    assert_false(screen_edit_type(&edit, L'ë'));
    assert_int_equal(edit.length, SCREEN_EDIT_MAX);
    screen_edit_clear(&edit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection_follows_the_client),
        cmocka_unit_test(test_tells_what_changed),
        cmocka_unit_test(test_moves_within_what_is_there),
        cmocka_unit_test(test_scrolls_no_further_than_it_must),
        cmocka_unit_test(test_finds_without_case_and_accents),
        cmocka_unit_test(test_edits_a_line),
        cmocka_unit_test(test_takes_no_more_than_words_may_have),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
