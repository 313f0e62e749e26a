#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

void memory_ran_out(void)
{
    log_event(LOG_ERROR, "out_of_memory", "why=\"the system gives no more\"");
    abort();
}

static void *or_die(void *memory)
{
    if (!memory)
        memory_ran_out();
    return memory;
}

void *memory_new(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size));
}

void *memory_resize(void *memory, size_t count, size_t size)
{
    return or_die(reallocarray(memory, count ? count : 1, size));
}

char *memory_copy(const char *text)
{
    return or_die(strdup(text));
}

char *memory_format_list(const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        or_die(NULL);
    return text;
}

char *memory_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_format_list(format, arguments);
    va_end(arguments);
    return text;
}

void bytes_grow(struct bytes *bytes, size_t length)
{
    size_t capacity = bytes->capacity * 2 + length + 64;
    bytes->data = memory_resize(bytes->data, capacity, 1);
    bytes->capacity = capacity;
}

void bytes_append(struct bytes *bytes, const void *data, size_t length)
{
    if (length)
        memcpy(bytes_extend(bytes, length), data, length);
}

void bytes_wipe(struct bytes *bytes)
{
    if (bytes->data)
        explicit_bzero(bytes->data, bytes->capacity);
    free(bytes->data);
    *bytes = (struct bytes){0};
}
