/* Allocation that does not fail: what the daemon holds is bounded by its limits, so running out of
 * memory is a machine in trouble, and dying (to be restarted) beats going on half. */
#ifndef TRAJECT_MEMORY_H
#define TRAJECT_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

void memory_ran_out(void) __attribute__((noreturn)); /* logs that, and dies */

void *memory_new(size_t count, size_t size); /* zeroed */
void *memory_resize(void *memory, size_t count, size_t size);
char *memory_copy(const char *text);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_format_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Bytes that grow. Zero it to begin; the owner frees `data`. */
struct bytes {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

/* Makes room for at least `length` more bytes than it has. */
void bytes_grow(struct bytes *bytes, size_t length);

/* Makes room for `length` more bytes, counts them in, and returns where they go. */
static inline uint8_t *bytes_extend(struct bytes *bytes, size_t length)
{
    if (bytes->capacity - bytes->length < length)
        bytes_grow(bytes, length);
    bytes->length += length;
    return bytes->data + bytes->length - length;
}

void bytes_append(struct bytes *bytes, const void *data, size_t length);

/* Overwrites what they held, frees them, and makes them empty again. */
void bytes_wipe(struct bytes *bytes);

#endif
