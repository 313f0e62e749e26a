/* Anything in the place of the key that was handed out, and after it of sealed words: it opens, or is
 * refused; and nothing of it is told when it is refused. */
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
    size_t handed_out = PERSON_KEY_ID_BYTES + WRAPPED_BYTES;
    if (size < handed_out)
        return 0;
    struct opener opener = {.keys = &keys, .handed_out = data, .handed_out_length = handed_out};
    if (seal_open(&opener, data + handed_out, size - handed_out, &text, &status))
        assert(!text.length && status.code && status.message);
    opener_clear(&opener);
    status_clear(&status);
    bytes_wipe(&text);
    return 0;
}
