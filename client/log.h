/* An event log in CSV (RFC 4180) or XES (IEEE 1849-2016), read into one request for each case: by a map, or
 * without one when it is a log of our own, which says all that is needed. */
#ifndef TRAJECT_LOG_H
#define TRAJECT_LOG_H

#include <stdio.h>

#include "map.h"

struct log_case {
    /* Its strings and entries are owned by the case. Of an own log it says whose case it is, the coach and
     * team of now, and `told`, which is owned too, is what is sent; else that is NULL. */
    Traject__V1__ImportJourneyRequest request;
    Traject__V1__ImportLogCaseRequest *told;
    size_t first_line, rows, bad_rows;
    bool left_out; /* for its bad rows, or for one elsewhere that may be of it */
};

struct log {
    struct log_case *cases; /* in the order of their first row */
    size_t n_cases, rows, bad_rows;
};

/* Told of every bad row: the line it begins on and what is wrong with it; and of the cases left out because a
 * bad row may be theirs. */
typedef void (*log_report)(void *context, size_t line, const char *reason);

/* Reads the whole log, which is XES when its first character is "<". Of XES a row is an event: its attributes
 * are columns by their keys, those of the trace too, with "case:" before the key; a map that names no column
 * for the event's own id has it made of the case and the place. `map` is NULL for an own log.
 *
 * A row is bad when it cannot be read, when the map does not know its activity or
 * channel, when its event came before, or when its case's columns differ from the case's first row; a
 * case is left out for its bad rows, and for being named in a row of which the case cannot be told. Returns
 * NULL, with `*reason` (to free), when there is no header with the map's columns, or a part of the log cannot
 * be read at all, or a row is larger than 1 MiB; or when it is no own log and there is no map. */
struct log *log_read(FILE *in, const struct map *map, log_report report, void *context, char **reason);
void log_free(struct log *log);

/* How many entries the case has. */
size_t log_case_entries(const struct log_case *of);

#endif
