#include "screen_edit.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

static bool is_combining(wchar_t character)
{
    return wcwidth(character) == 0;
}

bool screen_edit_type(struct screen_edit *edit, wchar_t character)
{
    if (!iswprint((wint_t)character) || edit->length == SCREEN_EDIT_MAX)
        return false;
    wchar_t *grown = realloc(edit->text, (edit->length + 2) * sizeof *grown);
    if (!grown)
        return false;
    edit->text = grown;
    wmemmove(grown + edit->cursor + 1, grown + edit->cursor, edit->length - edit->cursor);
    grown[edit->cursor++] = character;
    grown[++edit->length] = L'\0';
    return true;
}

/* A character goes with the accents that follow it. */
static size_t step_left(const struct screen_edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && is_combining(edit->text[at - 1]))
        at--;
    return at > 0 ? at - 1 : 0;
}

static size_t step_right(const struct screen_edit *edit)
{
    size_t at = edit->cursor < edit->length ? edit->cursor + 1 : edit->cursor;
    while (at < edit->length && is_combining(edit->text[at]))
        at++;
    return at;
}

static void cut(struct screen_edit *edit, size_t from, size_t to)
{
    if (from == to)
        return;
    wmemmove(edit->text + from, edit->text + to, edit->length - to + 1);
    edit->length -= to - from;
    edit->cursor = from;
}

void screen_edit_key(struct screen_edit *edit, enum screen_edit_key key)
{
    switch (key) {
    case SCREEN_EDIT_LEFT:
        edit->cursor = step_left(edit);
        break;
    case SCREEN_EDIT_RIGHT:
        edit->cursor = step_right(edit);
        break;
    case SCREEN_EDIT_START:
        edit->cursor = 0;
        break;
    case SCREEN_EDIT_END:
        edit->cursor = edit->length;
        break;
    case SCREEN_EDIT_BACKSPACE:
        cut(edit, step_left(edit), edit->cursor);
        break;
    case SCREEN_EDIT_DELETE:
        cut(edit, edit->cursor, step_right(edit));
        break;
    case SCREEN_EDIT_DELETE_ALL:
        cut(edit, 0, edit->length);
        break;
    }
}

void screen_edit_clear(struct screen_edit *edit)
{
    free(edit->text);
    *edit = (struct screen_edit){0};
}

static char *utf8(const struct screen_edit *edit, size_t length)
{
    size_t size = length * MB_CUR_MAX + 1, used = 0;
    char *text = malloc(size);
    mbstate_t state = {0};
    for (size_t i = 0; i < length; i++) {
        size_t bytes = wcrtomb(text + used, edit->text[i], &state);
        used += bytes == (size_t)-1 ? 0 : bytes;
    }
    text[used] = '\0';
    return text;
}

char *screen_edit_before(const struct screen_edit *edit)
{
    return utf8(edit, edit->cursor);
}

char *screen_edit_text(const struct screen_edit *edit)
{
    return utf8(edit, edit->length);
}
