/* A line of text that is being typed. */
#ifndef TRAJECT_SCREEN_EDIT_H
#define TRAJECT_SCREEN_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum { SCREEN_EDIT_MAX = 4000 /* characters: as many as words may have */ };

struct screen_edit {
    wchar_t *text; /* owned; NULL while nothing was typed */
    size_t length, cursor;
};

enum screen_edit_key {
    SCREEN_EDIT_LEFT,
    SCREEN_EDIT_RIGHT,
    SCREEN_EDIT_START,
    SCREEN_EDIT_END,
    SCREEN_EDIT_BACKSPACE,
    SCREEN_EDIT_DELETE,
    SCREEN_EDIT_DELETE_ALL,
};

/* Returns false for what cannot be part of a line, and when there is no room. */
bool screen_edit_type(struct screen_edit *edit, wchar_t character);
void screen_edit_key(struct screen_edit *edit, enum screen_edit_key key);
void screen_edit_clear(struct screen_edit *edit);

/* As UTF-8, to free; the part before the cursor, or all. */
char *screen_edit_before(const struct screen_edit *edit);
char *screen_edit_text(const struct screen_edit *edit);

#endif
