#include "screen_list.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

static void free_rows(struct screen_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].key);
        free(rows[i].text);
        free(rows[i].content);
    }
    free(rows);
}

void screen_list_clear(struct screen_list *list)
{
    free_rows(list->rows, list->count);
    *list = (struct screen_list){0};
}

static const struct screen_row *row_of(const struct screen_row *rows, size_t count, const char *key)
{
    for (size_t i = 0; key && i < count; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    }
    return NULL;
}

static bool same_content(const struct screen_row *a, const struct screen_row *b)
{
    return a->content_length == b->content_length &&
           (!a->content_length || memcmp(a->content, b->content, a->content_length) == 0);
}

/* Who of the old rows is selected in the new ones: the same, else the next that is there, else the last. */
static size_t selection(const struct screen_list *list, const struct screen_row *rows, size_t count)
{
    for (size_t i = list->selected; i < list->count; i++) {
        const struct screen_row *same = row_of(rows, count, list->rows[i].key);
        if (same)
            return (size_t)(same - rows);
    }
    return count && list->count ? count - 1 : 0;
}

bool screen_list_replace(struct screen_list *list, struct screen_row *rows, size_t count)
{
    size_t fresh = 0, gone = 0;
    for (size_t i = 0; list->filled && i < count; i++) {
        const struct screen_row *before = row_of(list->rows, list->count, rows[i].key);
        rows[i].fresh = !before || !same_content(before, &rows[i]);
        fresh += rows[i].fresh;
    }
    for (size_t i = 0; i < list->count; i++)
        gone += !row_of(rows, count, list->rows[i].key);
    bool differs = !list->filled || fresh || gone;
    if (differs) {
        list->fresh = fresh;
        list->gone = gone;
    } else {
        /* What the answer before brought is still news. */
        for (size_t i = 0; i < count; i++) {
            const struct screen_row *before = row_of(list->rows, list->count, rows[i].key);
            rows[i].fresh = before && before->fresh;
        }
    }
    size_t selected = selection(list, rows, count);
    free_rows(list->rows, list->count);
    list->rows = rows;
    list->count = count;
    list->selected = selected;
    list->filled = true;
    return differs;
}

void screen_list_move(struct screen_list *list, long rows, bool within_group)
{
    size_t first = 0, end = list->count;
    if (!list->count)
        return;
    if (within_group) {
        int group = list->rows[list->selected].group;
        for (first = list->selected; first > 0 && list->rows[first - 1].group == group;)
            first--;
        for (end = list->selected; end < list->count && list->rows[end].group == group;)
            end++;
    }
    size_t steps = rows < 0 ? (size_t)-rows : (size_t)rows;
    if (rows < 0)
        list->selected = steps > list->selected - first ? first : list->selected - steps;
    else
        list->selected = steps > end - 1 - list->selected ? end - 1 : list->selected + steps;
}

void screen_list_across(struct screen_list *list, int step)
{
    if (!list->count)
        return;
    int group = list->rows[list->selected].group;
    size_t first = list->selected, line = 0, at = list->selected;
    while (first > 0 && list->rows[first - 1].group == group)
        first--;
    line = list->selected - first;
    while (list->rows[at].group == group) {
        if ((step < 0 && at == 0) || (step > 0 && at == list->count - 1))
            return;
        at = step < 0 ? at - 1 : at + 1;
    }
    group = list->rows[at].group;
    while (at > 0 && list->rows[at - 1].group == group)
        at--;
    list->selected = at;
    screen_list_move(list, (long)line, true);
}

void screen_list_show(struct screen_list *list, int top, size_t line, size_t height)
{
    if (line < list->tops[top])
        list->tops[top] = line;
    else if (height && line >= list->tops[top] + height)
        list->tops[top] = line - height + 1;
}

void screen_list_scroll(struct screen_list *list, long lines, size_t total, size_t height)
{
    size_t last = total > height ? total - height : 0, steps = lines < 0 ? (size_t)-lines : (size_t)lines;
    size_t top = list->tops[0] > last ? last : list->tops[0];
    if (lines < 0)
        top = steps > top ? 0 : top - steps;
    else
        top = steps > last - top ? last : top + steps;
    list->tops[0] = top;
}

char *screen_fold(const char *text)
{
    size_t length = 0, kept = 0;
    uint8_t *folded = u8_casefold((const uint8_t *)text, strlen(text), NULL, UNINORM_NFKD, NULL, &length);
    if (!folded)
        return strdup(text);
    for (size_t at = 0; at < length;) {
        ucs4_t character;
        int size = u8_mbtouc(&character, folded + at, length - at);
        if (!uc_combining_class(character)) {
            memmove(folded + kept, folded + at, (size_t)size);
            kept += (size_t)size;
        }
        at += (size_t)size;
    }
    char *made = strndup((const char *)folded, kept);
    free(folded);
    return made;
}

static bool holds(const struct screen_row *row, const char *folded)
{
    char *text = screen_fold(row->text);
    bool found = strstr(text, folded) != NULL;
    free(text);
    return found;
}

bool screen_list_find(const struct screen_list *list, const char *sought, size_t from, int step,
                      size_t *found)
{
    char *folded = screen_fold(sought);
    bool is_found = false;
    for (size_t i = 0; *folded && i < list->count && !is_found; i++) {
        size_t at = step > 0 ? (from + i) % list->count : (from + list->count - i) % list->count;
        is_found = holds(&list->rows[at], folded);
        if (is_found)
            *found = at;
    }
    free(folded);
    return is_found;
}

size_t screen_list_matches(const struct screen_list *list, const char *sought, size_t row, size_t *position)
{
    char *folded = screen_fold(sought);
    size_t count = 0;
    *position = 0;
    for (size_t i = 0; *folded && i < list->count; i++) {
        if (!holds(&list->rows[i], folded))
            continue;
        count++;
        if (i == row)
            *position = count;
    }
    free(folded);
    return count;
}
