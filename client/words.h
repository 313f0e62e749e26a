/* What people type into the fields of messages, and what is near to it. */
#ifndef TRAJECT_WORDS_H
#define TRAJECT_WORDS_H

#include <stddef.h>
#include <time.h>

#include <protobuf-c/protobuf-c.h>

#include "when.h"

/* Sets a field from text: numbers, enum words in English or Dutch, moments, true and false. Returns 0, or -1
 * with the reason in `*reason`, to free. */
int field_from_text(ProtobufCMessage *message, const char *field, const char *text, time_t now,
                    enum when_day day, char **reason);

/* "first-contact, starting-work, ..."; in the user's language. To free. */
char *enum_choices(const ProtobufCEnumDescriptor *descriptor);

/* Of the candidates the one nearest to `word`, or NULL when none is near. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

/* Splits a line, in place, into words as a shell does: white space between them, '...' and "..." around
 * what holds together, \ before a character to take it as it is, # before a comment. Returns how many, or
 * -1 with `*reason`. */
int words_split(char *line, char **words, int words_max, const char **reason);

#endif
