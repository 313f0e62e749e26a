/* A list, or a page of lines, as a screen holds it: what is selected, what is in view, what is looked for,
 * what has changed. Draws nothing and asks nothing. */
#ifndef TRAJECT_SCREEN_LIST_H
#define TRAJECT_SCREEN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCREEN_GROUPS_MAX = 8 };

/* Owns its texts. */
struct screen_row {
    char *key;        /* the same for the same client in every answer; NULL for a line of a page */
    char *text;       /* what a search looks through */
    uint8_t *content; /* differs when anything about the client does; may be NULL */
    size_t content_length;
    int group;   /* 0 to SCREEN_GROUPS_MAX - 1; rows of one group stand together */
    size_t line; /* where it stands among the lines of what scrolls */
    bool urgent;
    bool fresh; /* is new or has changed since the answer before */
};

struct screen_list {
    struct screen_row *rows;
    size_t count;
    size_t selected;                /* below count, or 0 */
    size_t tops[SCREEN_GROUPS_MAX]; /* of each part that scrolls by itself, the first line in view */
    size_t fresh, gone;             /* rows, by the last answer that differed from the one before */
    bool filled;                    /* there was an answer before */
};

/* Takes the rows of a new answer over, and with them the array. The same client stays selected; when it is
 * gone, the one that came next. Returns whether anything differs. */
bool screen_list_replace(struct screen_list *list, struct screen_row *rows, size_t count);
void screen_list_clear(struct screen_list *list);

/* Moves the selection by so many rows, as far as there are any; within its group when that is a column. */
void screen_list_move(struct screen_list *list, long rows, bool within_group);

/* Moves it to the next group before (-1) or after (1) it that has rows, to the same line or the last one. */
void screen_list_across(struct screen_list *list, int step);

/* Scrolls part `top` so that the line is among the `height` in view. */
void screen_list_show(struct screen_list *list, int top, size_t line, size_t height);

/* Scrolls part 0 of so many lines, no further than its ends. */
void screen_list_scroll(struct screen_list *list, long lines, size_t total, size_t height);

/* The text without regard to case and accents, by which searches compare: to free. */
char *screen_fold(const char *text);

/* The first row from `from` on in direction `step` (1 or -1), all around, whose text holds what is looked
 * for; false when none does. */
bool screen_list_find(const struct screen_list *list, const char *sought, size_t from, int step,
                      size_t *found);

/* How many rows hold it, and the how-manieth of these `row` is; 0 when it is none of them. */
size_t screen_list_matches(const struct screen_list *list, const char *sought, size_t row, size_t *position);

#endif
