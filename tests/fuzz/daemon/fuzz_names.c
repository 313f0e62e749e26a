/* Any text as a name: it is trimmed and folded, and found by each of its own words. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <unistr.h>

#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *context, const uint8_t *text, size_t length)
{
    assert(length > 0 && !u8_check(text, length));
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    if (u8_check(data, size))
        return 0;
    names_trim(&text, &size);
    if (!size)
        return 0;
    struct bytes folded = {0};
    size_t words = 0, beginnings = 0;
    names_fold(text, size, &folded);
    names_words(&folded, check, &words);
    names_beginnings(&folded, check, &beginnings);
    assert(folded.length && words <= beginnings);
    free(folded.data);
    return 0;
}
