/* Anything in the place of sealed words: it opens, or is refused; and nothing of it is told when it is
 * refused. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keys keys = {.masters = {{.id = "12345678", .key = "k"}}, .master_count = 1};
    struct bytes text = {0};
    struct status status = {0};
    struct opener opener = {.keys = &keys};
    if (seal_open(&opener, data, size, &text, &status))
        assert(!text.length && status.code && status.message);
    opener_clear(&opener);
    status_clear(&status);
    bytes_wipe(&text);
    return 0;
}
