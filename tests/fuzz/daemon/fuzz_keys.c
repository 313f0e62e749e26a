/* Any text as a key file: it is read, or refused with a message. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keys *keys = NULL;
    struct status status = {0};
    if (keys_parse((const char *)data, size, "keys", &keys, &status))
        assert(!keys && status.code && status.message);
    else
        assert(keys->master_count >= 1 && keys->master_count <= KEYS_MASTERS_MAX);
    status_clear(&status);
    keys_free(keys);
    return 0;
}
