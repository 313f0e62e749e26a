/* An event log in CSV (RFC 4180), read by a map into one request for each case. */
#ifndef TRAJECT_LOG_H
#define TRAJECT_LOG_H

#include <stdio.h>

#include "map.h"

struct log_case {
    Traject__V1__ImportJourneyRequest request; /* its strings and entries are owned by the case */
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

/* Reads the whole log. A row is bad when it cannot be read, when the map does not know its activity or
 * channel, when its event came before, or when its case's columns differ from the case's first row; a
 * case is left out for its bad rows, and for being named in a row of which the case cannot be told. Returns
 * NULL, with `*reason` (to free), when there is no header with the map's columns, or a part of the log cannot
 * be read at all. */
struct log *log_read(FILE *in, const struct map *map, log_report report, void *context, char **reason);
void log_free(struct log *log);

#endif
