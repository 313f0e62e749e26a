/* The delimited protobuf stream: a varint length, then the message. Both sides use it. */
#ifndef TRAJECT_FRAME_H
#define TRAJECT_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_MAX = 1024 * 1024, /* bytes of one message, its length not counted */
    FRAME_PREFIX_MAX = 5,    /* bytes of a length that fits uint32 */
};

enum frame_result {
    FRAME_COMPLETE,
    FRAME_INCOMPLETE, /* more bytes are needed */
    FRAME_TOO_LARGE,  /* the length is over FRAME_MAX */
    FRAME_MALFORMED,  /* the length is not a varint of at most five bytes */
};

/* Reads the length at the start of `bytes`. On FRAME_COMPLETE `*prefix` is the length's own size
 * and `*length` the message's; the message itself need not have arrived. On FRAME_TOO_LARGE both
 * are set as well. */
enum frame_result frame_read_length(const uint8_t *bytes, size_t available, size_t *prefix, size_t *length);

/* Writes `length` (at most FRAME_MAX) as a varint to `prefix`; returns how many bytes that took. */
size_t frame_write_length(size_t length, uint8_t prefix[FRAME_PREFIX_MAX]);

#endif
