/* Any line split into words: they lie within the line, one after the other, each with its end. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS = 64 };
    char *line = malloc(size + 1), *words[WORDS];
    memcpy(line, data, size);
    line[size] = '\0';
    size_t length = strlen(line);
    const char *reason = NULL;
    int count = words_split(line, words, WORDS, &reason);
    check(count <= WORDS && (count < 0) == (reason != NULL));
    const char *from = line;
    for (int i = 0; i < count; i++) {
        check(words[i] == from);
        from += strlen(from) + 1;
        check(from <= line + length + 1);
    }
    const char *const *candidates = (const char *const *)words;
    for (int i = 0; i < count; i++) {
        const char *near = nearest(words[i], candidates, (size_t)count);
        /* The word itself is at no distance, but for what is too long to compare. */
        check(strlen(words[i]) > 64 || (near && strcasecmp(near, words[i]) == 0));
    }
    free(line);
    return 0;
}
