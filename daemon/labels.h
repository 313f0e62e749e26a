/* The labels that PostgreSQL has for the values of an enum. */
#ifndef TRAJECT_LABELS_H
#define TRAJECT_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct labels {
    char **words; /* of each of the descriptor's values, by index */
    size_t count;
    struct label *table; /* the words by their hash; mask + 1 of them */
    size_t mask;
};

struct labels labels_of(const ProtobufCEnumDescriptor *descriptor);

/* The value with that label, or 0 when there is none. */
int labels_value(const struct labels *labels, const char *word, size_t length);

void labels_free(struct labels *labels);

#endif
