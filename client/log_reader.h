/* What the files behind log.h share: a log is read as rows of fields, which become cases. */
#ifndef TRAJECT_LOG_READER_H
#define TRAJECT_LOG_READER_H

#include "log.h"

enum { FIELDS_MAX = 1000, ROW_BYTES_MAX = 1 << 20 };

struct reader {
    const struct map *map; /* NULL for an own log */
    struct log *log;
    log_report report;
    void *context;
    size_t line, row_line;    /* where the reader is; where the row began */
    bool in_row, guarded;     /* of an own log, as CSV */
    char *fields[FIELDS_MAX]; /* of the row that is being read */
    size_t count;
    const char *unreadable;      /* why the row cannot be, found while its fields came */
    int places[MAP_COLUMNS];     /* of the map's columns in the row, -1 for none */
    size_t width;                /* fields in the header */
    char **names;                /* of an own log: those of the fields, `width` of them */
    void *case_numbers, *events; /* trees of struct place and of external ids */
    void *suspects;              /* tree of words of rows whose case cannot be told */
    char *header_reason;         /* why the log cannot be read */
};

/* Where a case is in the list, by its number; of an own log with the trajectory behind it. */
struct place {
    const char *number;
    size_t index;
};

/* Text as printf makes it; to free. */
char *says(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds a copy to the fields of the row. */
void add_field(struct reader *reader, const char *bytes, size_t length);
void clear_row(struct reader *reader);

/* Takes the fields as a row, by the map or as an own one, or reports what is wrong with them. */
void read_row(struct reader *reader);

/* Moments as the first three forms of when_parse; NULL when it is none. To free. */
Google__Protobuf__Timestamp *timestamp(const char *text);

/* A new case at the end of the log, found by that number from now on. */
struct log_case *add_case(struct reader *reader, const char *number);
struct log_case *case_there(const struct reader *reader, const char *number);

/* XML to its end, an event a row. */
void read_xes(struct reader *reader, FILE *in);

/* Of an own log: takes the fields as the names of those that follow, those of LogCase and LogEntry; and a row
 * of them, as read_row does. Returns what is wrong, to free, or NULL. */
char *own_names(struct reader *reader);
char *own_row(struct reader *reader, struct log_case **of);
void own_clear(struct reader *reader);

/* Sees to it that an own case can be sent: its coach and team of now stand in the request. */
void own_case(struct log_case *of);

#endif
