#include "audit.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { PAGE_ROWS = 1000 };

static int failed(PGconn *connection, struct status *status)
{
    const char *message = PQerrorMessage(connection);
    return status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "audit_database: %.*s",
                      (int)strcspn(message, "\n"), message);
}

int audit_command(PGconn *connection, struct status *status, const char *command)
{
    PGresult *result = PQexec(connection, command);
    ExecStatusType got = PQresultStatus(result);
    PQclear(result);
    return got == PGRES_COMMAND_OK ? 0 : failed(connection, status);
}

/* What stands in the place of a table shows what whoever made it chose. */
static int check_tables(PGconn *connection, struct status *status)
{
    PGresult *found = audit_query(
        connection, status,
        "select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'traject' and c.relkind <> 'r' and c.relname in ('municipality', 'client',"
        " 'trajectory', 'event', 'chain_head', 'signed_head', 'signed_head_trajectory')",
        0, NULL);
    if (found && PQntuples(found))
        status_set(
            status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
            "audit_database: traject.%s is no table, so what it shows proves nothing; look at who made "
            "it, and verify a dump of the tables on another server",
            PQgetvalue(found, 0, 0));
    PQclear(found);
    return status->code ? -1 : 0;
}

int audit_begin(PGconn *connection, struct status *status)
{
    /* Rows that a policy hides are an error, not missing. */
    return audit_command(connection, status,
                         "begin isolation level repeatable read; set local row_security = off");
}

PGconn *audit_connect(const char *conninfo, struct status *status)
{
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK || PQsetClientEncoding(connection, "UTF8")) {
        failed(connection, status);
    } else if (audit_begin(connection, status) == 0 && check_tables(connection, status) == 0) {
        return connection;
    }
    PQfinish(connection);
    return NULL;
}

PGresult *audit_query(PGconn *connection, struct status *status, const char *query, int count,
                      const int64_t parameters[])
{
    enum { PARAMETERS_MAX = 4, INT8OID = 20 };
    int64_t sent[PARAMETERS_MAX];
    /* With a count of 0 they are handed over as they are, of which gcc warns. */
    const char *values[PARAMETERS_MAX] = {0};
    int lengths[PARAMETERS_MAX] = {0}, formats[PARAMETERS_MAX] = {0};
    Oid types[PARAMETERS_MAX] = {0};
    for (int i = 0; i < count; i++) {
        sent[i] = (int64_t)htobe64((uint64_t)parameters[i]);
        values[i] = (const char *)&sent[i];
        lengths[i] = sizeof sent[i];
        formats[i] = 1;
        types[i] = INT8OID;
    }
    PGresult *result = PQexecParams(connection, query, count, types, values, lengths, formats, 1);
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return result;
    PQclear(result);
    failed(connection, status);
    return NULL;
}

static int fetch(struct rows *rows, struct status *status)
{
    char *command = memory_format("fetch %d from %s", PAGE_ROWS, rows->name);
    PGresult *page = audit_query(rows->connection, status, command, 0, NULL);
    free(command);
    if (!page)
        return -1;
    PQclear(rows->page);
    rows->page = page;
    rows->row = 0;
    rows->end = PQntuples(page) == 0;
    return 0;
}

int rows_open(struct rows *rows, PGconn *connection, const char *name, const char *query,
              struct status *status)
{
    *rows = (struct rows){.connection = connection, .name = name};
    char *command = memory_format("declare %s no scroll cursor for %s", name, query);
    int result = audit_command(connection, status, command);
    free(command);
    return result ? result : fetch(rows, status);
}

int rows_next(struct rows *rows, struct status *status)
{
    return ++rows->row < PQntuples(rows->page) ? 0 : fetch(rows, status);
}

void rows_close(struct rows *rows)
{
    PQclear(rows->page);
    *rows = (struct rows){0};
}

int64_t audit_number(const PGresult *result, int row, int column)
{
    uint64_t number;
    if (PQgetlength(result, row, column) != sizeof number)
        return 0;
    memcpy(&number, PQgetvalue(result, row, column), sizeof number);
    return (int64_t)be64toh(number);
}

int64_t rows_number(const struct rows *rows, int column)
{
    return audit_number(rows->page, rows->row, column);
}

const char *rows_text(const struct rows *rows, int column)
{
    return PQgetvalue(rows->page, rows->row, column);
}

const uint8_t *rows_bytes(const struct rows *rows, int column, size_t length)
{
    return (size_t)PQgetlength(rows->page, rows->row, column) == length
               ? (const uint8_t *)PQgetvalue(rows->page, rows->row, column)
               : NULL;
}
