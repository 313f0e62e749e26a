/* The terminal as a screen of cells: what is drawn, which keys come. One at a time. Whatever ends the
 * program, a crash included, finds the terminal as it was before; SIGKILL alone cannot be answered. */
#ifndef TRAJECT_SCREEN_TERMINAL_H
#define TRAJECT_SCREEN_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* Colour is never alone: what it marks is marked by a sign or in words too. */
enum screen_style {
    SCREEN_PLAIN,
    SCREEN_BOLD,
    SCREEN_DIM,
    SCREEN_BAR,      /* a line from edge to edge */
    SCREEN_SELECTED, /* the line that keys act on */
    SCREEN_URGENT,
    SCREEN_WARNING,
};

/* Keys: a character as its code point, and what is none as one of these. */
enum screen_key {
    SCREEN_KEY_UP = -100,
    SCREEN_KEY_DOWN,
    SCREEN_KEY_LEFT,
    SCREEN_KEY_RIGHT,
    SCREEN_KEY_PAGE_UP,
    SCREEN_KEY_PAGE_DOWN,
    SCREEN_KEY_HOME,
    SCREEN_KEY_END,
    SCREEN_KEY_BACKSPACE,
    SCREEN_KEY_DELETE,
    SCREEN_KEY_BACKTAB,
    SCREEN_KEY_RESIZED,
    SCREEN_KEY_PASTE,     /* what follows is pasted, until */
    SCREEN_KEY_PASTE_END, /* this */
    SCREEN_KEY_INTERRUPT, /* ctrl-C */
    SCREEN_KEY_OTHER,
    SCREEN_KEY_TAB = '\t',
    SCREEN_KEY_ENTER = '\r',
    SCREEN_KEY_ESCAPE = 27,
};

/* Takes the terminal over. Returns false, with one line for people in `*why`, to free, when it cannot show a
 * screen. */
bool screen_terminal_start(bool colour, char **why);
void screen_terminal_stop(void);

int screen_terminal_width(void);
int screen_terminal_height(void);

/* Waits for input of the terminal or of one of the others, at most so long. Returns false when the terminal
 * is gone or the program was told to end. */
bool screen_terminal_wait(struct pollfd *others, size_t count, int timeout_ms);
/* The next key that was pressed, if any. */
bool screen_terminal_key(int *key);

void screen_terminal_erase(void);
/* Fills `width` columns of line `y` from column `x` with text, which is cut where it does not fit. */
void screen_terminal_text(int y, int x, int width, enum screen_style style, const char *text);
/* Shows what was drawn, with the cursor there; hidden when `y` is below 0. */
void screen_terminal_show(int y, int x);

#endif
