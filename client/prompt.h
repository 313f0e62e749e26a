/* A line that somebody types at a terminal: editing, Tab, and the lines before it, of this run alone, which
 * are never written anywhere. */
#ifndef TRAJECT_PROMPT_H
#define TRAJECT_PROMPT_H

#include <stddef.h>

struct prompt;

/* Texts that a line may be, to free by choices_clear. */
struct choices {
    char **texts;
    size_t count;
};

/* Adds a copy. */
void choices_add(struct choices *choices, const char *text);
void choices_clear(struct choices *choices);

/* What the line may become, as far as it was typed. */
typedef void (*prompt_complete)(void *context, const char *typed, struct choices *choices);

struct prompt *prompt_new(void);
void prompt_free(struct prompt *prompt);

/* The line that was typed after `text`, without blanks around it, to free; NULL when it was given up with
 * ctrl-C or ctrl-D. `complete` may be NULL. */
char *prompt_line(struct prompt *prompt, const char *text, prompt_complete complete, void *context);

#endif
