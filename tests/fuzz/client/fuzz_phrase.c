/* Any format with any values: what is filled in is as long as it can be, and a format without a percent sign
 * is itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "phrase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARGUMENTS_MAX = 8 };

/* The format and its values are parted by U+001F, as the server has them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest = text, *arguments[ARGUMENTS_MAX];
    memcpy(text, data, size);
    text[size] = '\0';
    const char *format = strsep(&rest, "\x1f");
    size_t count = 0, longest = 1;
    while (rest && count < ARGUMENTS_MAX) {
        arguments[count] = strsep(&rest, "\x1f");
        size_t length = strlen(arguments[count++]);
        longest = length > longest ? length : longest;
    }
    char *filled = phrase_fill(format, arguments, count);
    if (!filled || strlen(filled) > strlen(format) * longest ||
        (!strchr(format, '%') && strcmp(filled, format) != 0))
        abort();
    free(filled);
    free(text);
    return 0;
}
