#include "frame.h"

#include <assert.h>

enum frame_result frame_read_length(const uint8_t *bytes, size_t available, size_t *prefix, size_t *length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < FRAME_PREFIX_MAX; i++) {
        if (i == available)
            return FRAME_INCOMPLETE;
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80)) {
            *prefix = i + 1;
            *length = (size_t)value;
            return value > FRAME_MAX ? FRAME_TOO_LARGE : FRAME_COMPLETE;
        }
    }
    return FRAME_MALFORMED;
}

size_t frame_write_length(size_t length, uint8_t prefix[FRAME_PREFIX_MAX])
{
    assert(length <= FRAME_MAX);
    size_t n = 0;
    do {
        prefix[n] = length & 0x7f;
        length >>= 7;
        if (length)
            prefix[n] |= 0x80;
        n++;
    } while (length);
    return n;
}
