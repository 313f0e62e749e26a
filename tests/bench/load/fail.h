/* The end of a measurement that cannot be had. */
#ifndef LOAD_FAIL_H
#define LOAD_FAIL_H

#include <stddef.h>
#include <stdnoreturn.h>

/* Says so on one line, and exits with 1. */
noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Allocates zeroed memory, or fails. */
void *allocate(size_t count, size_t size);

#endif
