#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *allocate(size_t count, size_t size)
{
    void *made = calloc(count, size);
    if (!made)
        fail("no memory for %zu times %zu bytes", count, size);
    return made;
}
