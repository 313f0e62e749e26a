/* A stream of frames as a hostile peer may send it: whatever comes, reading ends and stays inside. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "frame.h"
#include "traject.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size) {
        size_t prefix, length;
        if (frame_read_length(data, size, &prefix, &length) != FRAME_COMPLETE || length > size - prefix)
            break;
        uint8_t again[FRAME_PREFIX_MAX];
        if (frame_write_length(length, again) > prefix)
            abort();
        Traject__V1__Request *request = traject__v1__request__unpack(NULL, length, data + prefix);
        if (request)
            traject__v1__request__free_unpacked(request, NULL);
        data += prefix + length;
        size -= prefix + length;
    }
    return 0;
}
