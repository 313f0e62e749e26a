#include "catalog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "postgres.h"

/* One argument ('i') or result column ('t', an attribute of the composite type that is returned) a row. */
static const char functions_sql[] =
    "select p.oid, p.proname, p.provolatile = 'v', p.prorettype = 'void'::regtype, a.name, a.mode,"
    "       a.optional, t.oid, t.typelem, format_type(t.oid, null)"
    "  from pg_catalog.pg_proc p"
    "  left join lateral ("
    "       select i.name, 'i' as mode, i.position > p.pronargs - p.pronargdefaults as optional, i.type, "
    "i.position"
    "         from unnest(p.proargtypes::oid[], p.proargnames) with ordinality i(type, name, position)"
    "        where i.position <= p.pronargs"
    "       union all"
    "       select c.attname, 't', false, c.atttypid, 1000 + c.attnum"
    "         from pg_catalog.pg_type r join pg_catalog.pg_attribute c on c.attrelid = r.typrelid and "
    "c.attnum > 0"
    "        where r.oid = p.prorettype and r.typtype = 'c') a on true"
    "  left join pg_catalog.pg_type t on t.oid = a.type"
    " where p.pronamespace = 'api'::regnamespace order by p.proname, p.oid, a.position";

static const char enums_sql[] = "select format_type(enumtypid, null), enumlabel from pg_catalog.pg_enum";

static const char rows_sql[] =
    "select c.oid::regclass::text, a.attname, a.atttypid, t.typelem, format_type(a.atttypid, null)"
    "  from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
    "  join pg_catalog.pg_type t on t.oid = a.atttypid"
    " where c.relkind = 'c' and c.relnamespace = 'api'::regnamespace order by c.oid, a.attnum";

static const char access_sql[] = "select method, role from session.method_access, unnest(roles) role";

static const char activities_sql[] =
    "select method, processing_activity_id is not null from logbook.method_activity";

static const char constraints_sql[] =
    "select c.conname, d.description from pg_catalog.pg_constraint c"
    "  join pg_catalog.pg_description d on d.objoid = c.oid and d.classoid = 'pg_constraint'::regclass"
    " union select t.tgname, d.description from pg_catalog.pg_trigger t"
    "  join pg_catalog.pg_description d on d.objoid = t.oid and d.classoid = 'pg_trigger'::regclass"
    " union select c.relname, d.description from pg_catalog.pg_class c"
    "  join pg_catalog.pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass"
    "   and d.objsubid = 0 where c.relkind = 'i'";

static bool tells(const PGresult *row, int column)
{
    return PQgetvalue(row, 0, column)[0] == 't';
}

static int connection_failed(const PGconn *connection, struct status *status)
{
    return status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "%.*s",
                      (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
}

static int query(PGconn *connection, const char *sql, PGresult **result, struct status *status)
{
    *result = PQexec(connection, sql);
    if (PQresultStatus(*result) == PGRES_TUPLES_OK)
        return 0;
    if (PQstatus(connection) != CONNECTION_OK)
        return connection_failed(connection, status);
    return status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                      "the database does not hold traject's schema as this daemon knows it: %.*s",
                      (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
}

/* A database of before the function that says so has another schema too. */
static int check_version(PGconn *connection, struct catalog *catalog, struct status *status)
{
    PGresult *applied = PQexec(connection, "select migration, functions from session.applied()");
    bool answers = PQresultStatus(applied) == PGRES_TUPLES_OK;
    if (PQstatus(connection) != CONNECTION_OK) {
        PQclear(applied);
        return connection_failed(connection, status);
    }
    const char *migration = answers ? PQgetvalue(applied, 0, 0) : "";
    int difference = strcmp(migration, TRAJECT_MIGRATION);
    catalog->other_version = answers && strcmp(PQgetvalue(applied, 0, 1), TRAJECT_FUNCTIONS) != 0;
    log_event(catalog->other_version ? LOG_WARNING : LOG_INFO, "schema",
              "database=%s daemon=" TRAJECT_MIGRATION " functions=%s", answers ? migration : "older",
              !answers || catalog->other_version ? "other" : "same");
    int failed = 0;
    if (difference > 0)
        failed =
            status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "the database has migration %s and this daemon knows none after " TRAJECT_MIGRATION
                       "; start the newer version that the database was migrated to",
                       migration);
    else if (difference < 0)
        failed = status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                            "the database was migrated to %s and this daemon needs " TRAJECT_MIGRATION
                            "; run trajectd migrate of this version first",
                            answers ? migration : "nothing, or by a version that does not say to what");
    PQclear(applied);
    return failed;
}

static int check_sealed(PGconn *connection, struct status *status)
{
    PGresult *sealed;
    int failed = query(connection, "select session.is_sealed()", &sealed, status);
    if (!failed && !tells(sealed, 0))
        failed = status_set(
            status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
            "names and words from before this version stand in the database in clear; run trajectd "
            "seal first");
    PQclear(sealed);
    return failed;
}

/* With other keys nothing would open and nobody be found, and whoever is added meanwhile be lost to the right
 * ones. Where only some keys are lacking, most people are served. */
static int check_keys(PGconn *connection, const struct keys *keys, struct status *status)
{
    uint8_t masters[KEYS_MASTERS_MAX * MASTER_ID_BYTES];
    for (size_t i = 0; i < keys->master_count; i++)
        memcpy(masters + i * MASTER_ID_BYTES, keys->masters[i].id, MASTER_ID_BYTES);
    const char *values[] = {(const char *)keys->index_id, (const char *)masters};
    const int lengths[] = {MASTER_ID_BYTES, (int)keys->master_count * MASTER_ID_BYTES}, binary[] = {1, 1};
    PGresult *fit = PQexecParams(connection,
                                 "select index_fits, master_fits, lacking, retired"
                                 "  from session.fit_keys(index_id => $1::bytea, master_ids => $2::bytea)",
                                 2, NULL, values, lengths, binary, 0);
    int failed = 0;
    if (PQresultStatus(fit) != PGRES_TUPLES_OK)
        failed = status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "%.*s",
                            (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
    else if (!tells(fit, 0))
        failed =
            status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "the index key in the key file is not the one that names in this database are found "
                       "by; put this database's key file back");
    else if (!PQgetisnull(fit, 0, 2) && !tells(fit, 1))
        failed =
            status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "what is sealed in this database is so under the master key %s, which the key file "
                       "lacks; put this database's key file back",
                       PQgetvalue(fit, 0, 2));
    else if (tells(fit, 3))
        failed =
            status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "the first master key in the key file was retired by a rotation; put the line of the "
                       "newest one before it");
    else if (!PQgetisnull(fit, 0, 2))
        log_event(LOG_ERROR, "master_key_lacking", "master=%s", PQgetvalue(fit, 0, 2));
    PQclear(fit);
    return failed;
}

int catalog_read(const char *conninfo, const struct keys *keys, struct catalog *catalog,
                 struct status *status)
{
    PGconn *connection = postgres_connect(conninfo);
    int failed;
    if (PQstatus(connection) != CONNECTION_OK) {
        failed = status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "%.*s",
                            (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
    } else {
        PQclear(PQexec(connection, "set search_path to ''"));
        failed = check_version(connection, catalog, status) ||
                 query(connection, functions_sql, &catalog->functions, status) ||
                 query(connection, enums_sql, &catalog->enums, status) ||
                 query(connection, rows_sql, &catalog->rows, status) ||
                 query(connection, access_sql, &catalog->access, status) ||
                 query(connection, activities_sql, &catalog->activities, status) ||
                 query(connection, constraints_sql, &catalog->constraints, status) ||
                 check_sealed(connection, status) || check_keys(connection, keys, status);
    }
    PQfinish(connection);
    return failed ? -1 : 0;
}

void catalog_clear(struct catalog *catalog)
{
    PQclear(catalog->functions);
    PQclear(catalog->enums);
    PQclear(catalog->rows);
    PQclear(catalog->access);
    PQclear(catalog->activities);
    PQclear(catalog->constraints);
    free(catalog->mismatches.data);
}
