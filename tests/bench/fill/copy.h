/* A table that is filled by COPY in PostgreSQL's binary format, over a connection of its own, as a superuser
 * whom no trigger and no foreign key holds up: fill.py has those checked afterwards. What fails ends the
 * program. */
#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy;

struct copy *copy_begin(const char *conninfo, const char *table, const char *columns);

/* Sends what is left, commits, and frees. */
void copy_end(struct copy *copy);

/* A row is begun, and then every column of it is given in turn. */
void copy_row(struct copy *copy);
void copy_null(struct copy *copy);
void copy_bytes(struct copy *copy, const void *bytes, size_t length);
void copy_text(struct copy *copy, const char *text); /* or the word of an enum; NULL is null */
void copy_bool(struct copy *copy, bool value);
void copy_int4(struct copy *copy, int32_t value);
void copy_int8(struct copy *copy, int64_t value); /* and moments, in microseconds since 2000 */
void copy_some(struct copy *copy, int64_t value); /* null when 0 */
void copy_range(struct copy *copy, int64_t since,
                int64_t until); /* of moments; without an end when that is 0 */

void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
