#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "memory.h"

/* A place in the table; free when there is no word. */
struct label {
    const char *word;
    uint32_t length;
    int value;
};

/* The length and three letters tell most labels of one enum apart. */
static size_t hash(const char *word, size_t length)
{
    return length ? length + 5 * (uint8_t)word[0] + 17 * (uint8_t)word[length / 2] +
                        67 * (uint8_t)word[length - 1]
                  : 0;
}

struct labels labels_of(const ProtobufCEnumDescriptor *descriptor)
{
    struct labels labels = {.words = memory_new(descriptor->n_values, sizeof *labels.words),
                            .count = descriptor->n_values};
    while (labels.mask < 2 * labels.count)
        labels.mask = labels.mask * 2 + 1;
    labels.table = memory_new(labels.mask + 1, sizeof *labels.table);
    for (size_t i = 0; i < labels.count; i++) {
        char word[64];
        field_enum_word(descriptor, descriptor->values[i].name, word, sizeof word);
        size_t length = strlen(word), place = hash(word, length);
        while (labels.table[place & labels.mask].word)
            place++;
        labels.words[i] = memory_copy(word);
        labels.table[place & labels.mask] =
            (struct label){labels.words[i], (uint32_t)length, descriptor->values[i].value};
    }
    return labels;
}

int labels_value(const struct labels *labels, const char *word, size_t length)
{
    const struct label *label;
    for (size_t place = hash(word, length); (label = &labels->table[place & labels->mask])->word; place++) {
        if (label->length == length && memcmp(label->word, word, length) == 0)
            return label->value;
    }
    return 0;
}

void labels_free(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->words[i]);
    free(labels->words);
    free(labels->table);
    *labels = (struct labels){0};
}
