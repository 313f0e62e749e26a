/* Whatever anybody sends on the channel: it is read as two numbers above 0, as the word that it may be, or
 * not at all. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "announcement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *payload = calloc(1, size + 1);
    struct announcement said;
    if (size)
        memcpy(payload, data, size);
    if (announcement_read(payload, &said) == 0) {
        bool numbers = said.municipality_id > 0 && said.transaction > 0;
        bool tokens = strcmp(payload, "tokens") == 0, keys = strcmp(payload, "keys") == 0;
        if (numbers != (said.kind == ANNOUNCEMENT_RECORDED) || tokens != (said.kind == ANNOUNCEMENT_TOKENS) ||
            keys != (said.kind == ANNOUNCEMENT_KEYS))
            abort();
    }
    free(payload);
    return 0;
}
