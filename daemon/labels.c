#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "memory.h"

/* The length and three letters tell most labels of one enum apart. */
static size_t hash(const char *word, size_t length)
{
    return length ? length + 5 * (uint8_t)word[0] + 17 * (uint8_t)word[length / 2] +
                        67 * (uint8_t)word[length - 1]
                  : 0;
}

struct labels labels_of(const ProtobufCEnumDescriptor *descriptor)
{
    struct labels labels = {.descriptor = descriptor,
                            .words = memory_new(descriptor->n_values, sizeof *labels.words)};
    while (labels.mask < 2 * (size_t)descriptor->n_values)
        labels.mask = labels.mask * 2 + 1;
    labels.places = memory_new(labels.mask + 1, sizeof *labels.places);
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char word[64];
        field_enum_word(descriptor, descriptor->values[i].name, word, sizeof word);
        labels.words[i] = memory_copy(word);
        size_t place = hash(word, strlen(word));
        while (labels.places[place & labels.mask])
            place++;
        labels.places[place & labels.mask] = (uint16_t)(i + 1);
    }
    return labels;
}

int labels_value(const struct labels *labels, const char *word, size_t length)
{
    for (size_t place = hash(word, length), i; (i = labels->places[place & labels->mask]); place++) {
        const char *known = labels->words[i - 1];
        if (strncmp(known, word, length) == 0 && !known[length])
            return labels->descriptor->values[i - 1].value;
    }
    return 0;
}

void labels_free(struct labels *labels)
{
    for (unsigned i = 0; labels->words && i < labels->descriptor->n_values; i++)
        free(labels->words[i]);
    free(labels->words);
    free(labels->places);
    *labels = (struct labels){0};
}
