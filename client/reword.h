/* What the server tells in an English sentence of its own, in the language of the user. */
#ifndef TRAJECT_REWORD_H
#define TRAJECT_REWORD_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

enum { REWORD_PARTS_MAX = 3 };

/* A sentence with parts: the words of an enum, or NULL for what is told as it is or by traject_said. */
struct rewording {
    int kind;            /* which sentences are tried */
    const char *pattern; /* with %s for each part */
    const ProtobufCEnumDescriptor *parts[REWORD_PARTS_MAX];
};

/* The text as the first of those of that kind says it whose pattern it fits; as it is when it fits none. To
 * free. */
char *reword(const struct rewording *rewordings, size_t count, int kind, const char *text);

/* The value of the enum that has that word in English, in the language of the user; NULL when none has. To
 * free. */
char *reword_enum(const ProtobufCEnumDescriptor *descriptor, const char *word);

#endif
