/* A row of a reply that came as one value, PostgreSQL's record (src/backend/utils/adt/rowtypes.c,
 * record_send): how many columns, and of each its type, its length (-1: null) and its value. Most columns of
 * most rows are null, which costs PostgreSQL and libpq less so than a value for each column. */
#ifndef TRAJECT_RECORD_H
#define TRAJECT_RECORD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <libpq-fe.h>

struct record {
    const char *at, *end;
};

/* The first column of that row. */
static inline struct record record_of(const PGresult *result, int row)
{
    const char *record = PQgetvalue(result, row, 0);
    int length = PQgetlength(result, row, 0);
    return (struct record){length < 4 ? record : record + 4, record + length};
}

/* The value of the next column, or NULL when it is null or there is none. */
static inline const char *record_next(struct record *record, size_t *length)
{
    uint32_t size;
    if (record->end - record->at < 8)
        return NULL;
    memcpy(&size, record->at + 4, sizeof size);
    record->at += 8;
    *length = be32toh(size);
    if (*length > (size_t)(record->end - record->at)) /* as -1 is too */
        return NULL;
    record->at += *length;
    return record->at - *length;
}

/* The value of one column of that row, counted from 0; NULL when it is null. */
static inline const char *record_value(const PGresult *result, int row, size_t column, size_t *length)
{
    struct record record = record_of(result, row);
    for (; column > 0; column--)
        record_next(&record, length);
    return record_next(&record, length);
}

#endif
