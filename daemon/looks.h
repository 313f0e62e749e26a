/* What a standby notes of whom its batch looked at: the one row of the statement standby_looks. */
#ifndef TRAJECT_LOOKS_H
#define TRAJECT_LOOKS_H

#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

/* Its columns. log_kept_looks takes the first two, log_standby_looks the first three. */
enum { LOOKS_NOTED, LOOKS_AT, LOOKS_SEEN_BEFORE, LOOKS_STALENESS_MS, LOOKS_LINES };
enum { LOOKS_LOGGED_OF_KEPT = LOOKS_AT + 1, LOOKS_LOGGED = LOOKS_SEEN_BEFORE + 1 };

/* How stale the standby was. */
int64_t looks_staleness_ms(const PGresult *looks);

/* Of the row of the statement log_looks: for how long its transaction has run. */
int64_t looks_took_us(const PGresult *logged);

/* How many lines looks_write writes. */
size_t looks_count_lines(const PGresult *looks);

/* Writes them to the daemon's own log. Returns 0, or -1 when the log does not take all of them. */
int looks_write(const PGresult *looks);

#endif
