/* A message for people kept apart from the values in it, so that who shows it can say it in another language.
 */
#ifndef TRAJECT_PHRASE_H
#define TRAJECT_PHRASE_H

#include <stdarg.h>
#include <stddef.h>

struct phrase {
    char *format;     /* with %s for each value; NULL when there is none; owned */
    char **arguments; /* the values as text; owned */
    size_t count;
};

/* Takes printf's format and its values apart; each conversion becomes %s. Returns 0, or -1, and an empty
 * phrase, when the format has other conversions than s, d, i, u, o, x and m, or memory ran out. */
int phrase_take(struct phrase *phrase, const char *format, va_list values);
void phrase_clear(struct phrase *phrase);

/* The format with its values put in: %s is the next one, %2$s the second, %% a percent sign. All else is
 * text, as is a conversion for which there is no value. To free; NULL when memory ran out. */
char *phrase_fill(const char *format, char *const *arguments, size_t count);

#endif
