/* Any line in the place of a signed head: it is split and read, or it is none. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "head.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = memory_new(size + 1, 1);
    memcpy(line, data, size);
    struct head head;
    uint8_t signature[SIGNATURE_BYTES];
    if (head_split(line, signature))
        head_read(line, &head);
    head_read(line, &head);
    free(line);
    return 0;
}
