#include "copy.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libpq-fe.h>

#include "memory.h"

enum { SEND_BYTES = 1 << 18 };

struct copy {
    PGconn *connection;
    struct bytes out;
    uint16_t columns;
};

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fill: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void run(struct copy *copy, const char *sql, ExecStatusType expected)
{
    PGresult *result = PQexec(copy->connection, sql);
    if (PQresultStatus(result) != expected)
        fail("%s: %s", sql, PQerrorMessage(copy->connection));
    PQclear(result);
}

static void send_rows(struct copy *copy)
{
    if (PQputCopyData(copy->connection, (char *)copy->out.data, (int)copy->out.length) != 1)
        fail("COPY: %s", PQerrorMessage(copy->connection));
    copy->out.length = 0;
}

struct copy *copy_begin(const char *conninfo, const char *table, const char *columns)
{
    static const char signature[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    struct copy *copy = memory_new(1, sizeof *copy);
    copy->connection = PQconnectdb(conninfo);
    if (PQstatus(copy->connection) != CONNECTION_OK)
        fail("%s", PQerrorMessage(copy->connection));
    run(copy, "set session_replication_role = replica", PGRES_COMMAND_OK);
    char *sql = memory_format("copy %s (%s) from stdin (format binary)", table, columns);
    run(copy, sql, PGRES_COPY_IN);
    free(sql);
    copy->columns = 1;
    for (const char *at = columns; (at = strchr(at, ',')); at++)
        copy->columns++;
    bytes_append(&copy->out, signature, sizeof signature);
    return copy;
}

void copy_end(struct copy *copy)
{
    bytes_append(&copy->out, &(uint16_t){0xffff}, 2);
    send_rows(copy);
    if (PQputCopyEnd(copy->connection, NULL) != 1)
        fail("COPY: %s", PQerrorMessage(copy->connection));
    for (PGresult *result; (result = PQgetResult(copy->connection)); PQclear(result))
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail("COPY: %s", PQerrorMessage(copy->connection));
    PQfinish(copy->connection);
    free(copy->out.data);
    free(copy);
}

void copy_row(struct copy *copy)
{
    if (copy->out.length >= SEND_BYTES)
        send_rows(copy);
    bytes_append(&copy->out, &(uint16_t){htons(copy->columns)}, 2);
}

void copy_null(struct copy *copy)
{
    bytes_append(&copy->out, &(uint32_t){0xffffffff}, 4);
}

void copy_bytes(struct copy *copy, const void *bytes, size_t length)
{
    bytes_append(&copy->out, &(uint32_t){htonl((uint32_t)length)}, 4);
    bytes_append(&copy->out, bytes, length);
}

void copy_text(struct copy *copy, const char *text)
{
    if (text)
        copy_bytes(copy, text, strlen(text));
    else
        copy_null(copy);
}

void copy_bool(struct copy *copy, bool value)
{
    copy_bytes(copy, &(uint8_t){value}, 1);
}

void copy_int4(struct copy *copy, int32_t value)
{
    copy_bytes(copy, &(uint32_t){htonl((uint32_t)value)}, 4);
}

void copy_int8(struct copy *copy, int64_t value)
{
    copy_bytes(copy, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

void copy_some(struct copy *copy, int64_t value)
{
    if (value)
        copy_int8(copy, value);
    else
        copy_null(copy);
}

void copy_range(struct copy *copy, int64_t since, int64_t until)
{
    /* Its flags, as PostgreSQL's range_send writes them: the beginning belongs to it; there is no end. */
    enum { LOWER_INCLUDED = 0x02, UPPER_INFINITE = 0x10 };
    struct {
        uint8_t flags;
        uint32_t lower_length;
        uint64_t lower;
        uint32_t upper_length;
        uint64_t upper;
    } __attribute__((packed)) range = {until ? LOWER_INCLUDED : LOWER_INCLUDED | UPPER_INFINITE, htonl(8),
                                       htobe64((uint64_t)since), htonl(8), htobe64((uint64_t)until)};
    copy_bytes(copy, &range, until ? sizeof range : offsetof(__typeof__(range), upper_length));
}
