/* What makes two names the same to people: case, accents and the signs between words do not count (Unicode
 * Standard Annex 15, NFKD, and full case folding). */
#ifndef TRAJECT_NAMES_H
#define TRAJECT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

/* Appends the words of `text`, UTF-8 of `length` bytes, folded and with one space between them; the text
 * itself when it holds nothing that belongs to a word. */
void names_fold(const char *text, size_t length, struct bytes *folded);

/* Calls `found` for each beginning of a word of a folded name by which it is found: of three characters or
 * more, and the whole word. */
void names_beginnings(const struct bytes *folded,
                      void (*found)(void *context, const uint8_t *text, size_t length), void *context);

/* Calls `found` for each word of a folded name. */
void names_words(const struct bytes *folded, void (*found)(void *context, const uint8_t *text, size_t length),
                 void *context);

/* The text without white space around it, as Unicode has it, and without what cannot be seen: moves `*text`
 * and
 * `*length`, which may become 0. It must be UTF-8. */
void names_trim(const char **text, size_t *length);

/* How many characters UTF-8 of `length` bytes has. */
size_t names_characters(const char *text, size_t length);

#endif
