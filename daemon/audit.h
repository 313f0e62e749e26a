/* What `trajectd verify` and `trajectd sign` read, as the role traject_auditor: rows in libpq's binary
 * format, a page at a time. These wait for PostgreSQL, as the serving daemon never does. */
#ifndef TRAJECT_AUDIT_H
#define TRAJECT_AUDIT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Begins a transaction that sees one state of the database all through. NULL with the status when it cannot,
 * or when something else stands where a table should. */
PGconn *audit_connect(const char *conninfo, struct status *status);

/* The same on a connection whose transaction has ended. Returns 0, or -1. */
int audit_begin(PGconn *connection, struct status *status);

/* The result of a query with whole numbers as its parameters, to clear; NULL with the status when it fails.
 */
PGresult *audit_query(PGconn *connection, struct status *status, const char *query, int count,
                      const int64_t parameters[]);

/* For what answers nothing. Returns 0, or -1. */
int audit_command(PGconn *connection, struct status *status, const char *command);

/* The rows of a query, of which a page is held. Zero it to begin. */
struct rows {
    PGconn *connection;
    const char *name; /* of the cursor */
    PGresult *page;
    int row;
    bool end; /* there is no row any more: only `page` is of use, for its columns */
};

/* Stands at the first row after that. */
int rows_open(struct rows *rows, PGconn *connection, const char *name, const char *query,
              struct status *status);
int rows_next(struct rows *rows, struct status *status);
void rows_close(struct rows *rows);

/* A bigint; 0 when it is null. */
int64_t audit_number(const PGresult *result, int row, int column);
int64_t rows_number(const struct rows *rows, int column);
/* Text, ended by a zero byte, valid until the next row. */
const char *rows_text(const struct rows *rows, int column);
/* That many bytes, valid until the next row; NULL when it is null, or more or less. */
const uint8_t *rows_bytes(const struct rows *rows, int column, size_t length);

#endif
