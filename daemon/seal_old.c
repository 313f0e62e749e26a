#include "seal_old.h"

#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>
#include <openssl/crypto.h>

#include "memory.h"
#include "seal.h"

enum { OLD_VERSION_BYTES = 1 };

/* The columns of entries with words in them, and where what follows from entries has the same words. */
static const struct {
    const char *column;
    enum seal_tokens tokens;
    const char *copy; /* NULL for none */
} columns[] = {
    {"words", SEAL_NOTHING, NULL},         {"reason", SEAL_NOTHING, "stage_spell"},
    {"what", SEAL_LABEL, "item"},          {"by_whom", SEAL_LABEL, "item"},
    {"grouped_as", SEAL_LABEL, "item"},    {"relation", SEAL_NOTHING, "item"},
    {"may_be_told", SEAL_NOTHING, "item"}, {"correction_reason", SEAL_NOTHING, NULL},
};

struct person {
    PGconn *connection;
    const struct keys *keys;
    int64_t municipality_id;
    const char *municipality, *client; /* as bigints in binary */
    struct person_key key;
    struct status *status;
};

/* Runs with parameters in binary; returns rows to clear, or NULL with the status. */
static PGresult *query(PGconn *connection, const char *sql, int count, const char *const *values,
                       const int *lengths, struct status *status)
{
    static const int binary[] = {1, 1, 1, 1, 1};
    PGresult *result = PQexecParams(connection, sql, count, NULL, values, lengths, binary, 1);
    ExecStatusType state = PQresultStatus(result);
    if (state == PGRES_TUPLES_OK || state == PGRES_COMMAND_OK)
        return result;
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    if (constraint && strcmp(constraint, "item_network_person") == 0)
        status_set(
            status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
            "two network people of a client differ in accents or signs alone (%s); end one of them with the "
            "version from before. Nothing was changed",
            PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
    else
        status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "%.*s; nothing was changed",
                   (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
    PQclear(result);
    return NULL;
}

static int run(PGconn *connection, const char *sql, int count, const char *const *values, const int *lengths,
               struct status *status)
{
    PGresult *result = query(connection, sql, count, values, lengths, status);
    PQclear(result);
    return result ? 0 : -1;
}

/* Puts the sealed form in the place of a text wherever that stands in one column of a table. */
static int replace(const struct person *person, const char *table, const char *column, const char *old,
                   int old_length, const struct bytes *sealed)
{
    char *sql =
        memory_format("update traject.%s t set %s = $4::bytea from traject.trajectory y"
                      " where y.municipality_id = $1::bigint and y.client_id = $2::bigint"
                      "   and t.municipality_id = y.municipality_id and t.trajectory_id = y.trajectory_id"
                      "   and t.%s = $3::bytea",
                      table, column, column);
    const char *values[] = {person->municipality, person->client, old, (char *)sealed->data};
    const int lengths[] = {8, 8, old_length, (int)sealed->length};
    int failed = run(person->connection, sql, 4, values, lengths, person->status);
    free(sql);
    return failed;
}

static void seal(const struct person *person, enum seal_tokens tokens, const char *old, int old_length,
                 struct bytes *sealed)
{
    seal_text(person->keys, person->municipality_id, &person->key, tokens, old + OLD_VERSION_BYTES,
              (size_t)(old_length - OLD_VERSION_BYTES), sealed);
}

/* What is the same in a column is sealed once, so that what follows from an entry stays the same as in the
 * entry. */
static int seal_column(const struct person *person, size_t column)
{
    const char *name = columns[column].column;
    char *sql = memory_format(
        "select distinct e.%s::bytea from traject.event e"
        "  join traject.trajectory y on y.municipality_id = e.municipality_id"
        "       and y.trajectory_id = e.trajectory_id"
        " where y.municipality_id = $1::bigint and y.client_id = $2::bigint and get_byte(e.%s, 0) = 0",
        name, name);
    const char *values[] = {person->municipality, person->client};
    PGresult *found = query(person->connection, sql, 2, values, (int[]){8, 8}, person->status);
    int failed = !found;
    free(sql);
    for (int row = 0; !failed && row < PQntuples(found); row++) {
        struct bytes sealed = {0};
        const char *old = PQgetvalue(found, row, 0);
        int length = PQgetlength(found, row, 0);
        seal(person, columns[column].tokens, old, length, &sealed);
        failed = replace(person, "event", name, old, length, &sealed) ||
                 (columns[column].copy && replace(person, columns[column].copy, name, old, length, &sealed));
        bytes_wipe(&sealed);
    }
    PQclear(found);
    return failed;
}

static int seal_name(const struct person *person, const PGresult *found)
{
    uint8_t wrapped[WRAPPED_BYTES];
    struct bytes name = {0}, subject = {0};
    char id[2 * PERSON_KEY_ID_BYTES + 1];
    OPENSSL_buf2hexstr_ex(id, sizeof id, NULL, person->key.id, PERSON_KEY_ID_BYTES, '\0');
    seal_wrap(&person->keys->masters[0], &person->key, wrapped);
    seal_text(person->keys, person->municipality_id, &person->key, SEAL_NOTHING, id, sizeof id - 1, &subject);
    if (!PQgetisnull(found, 0, 2))
        seal(person, SEAL_NAME, PQgetvalue(found, 0, 2), PQgetlength(found, 0, 2), &name);
    const char *key[] = {person->municipality, (char *)person->key.id, (char *)wrapped, (char *)subject.data};
    const char *client[] = {person->municipality, person->client, (char *)person->key.id, (char *)name.data};
    int failed =
        run(person->connection,
            "insert into traject.person_key (municipality_id, key_id, wrapped, data_subject_id)"
            " values ($1::bigint, $2::uuid, $3::bytea, $4::bytea)",
            4, key, (int[]){8, PERSON_KEY_ID_BYTES, WRAPPED_BYTES, (int)subject.length}, person->status) ||
        run(person->connection,
            "update traject.client set key_id = $3::uuid, full_name = $4::bytea"
            " where municipality_id = $1::bigint and client_id = $2::bigint",
            4, client, (int[]){8, 8, PERSON_KEY_ID_BYTES, (int)name.length}, person->status);
    bytes_wipe(&name);
    bytes_wipe(&subject);
    return failed;
}

/* Returns 1 when somebody was sealed, 0 when nobody is left, -1 with the status. */
static int seal_somebody(PGconn *connection, const struct keys *keys, struct status *status)
{
    uint64_t municipality_id;
    PGresult *found = query(connection,
                            "select municipality_id, client_id, full_name::bytea from traject.client"
                            " where key_id is null limit 1",
                            0, NULL, NULL, status);
    int count = found ? PQntuples(found) : -1, failed = count < 0;
    if (count > 0) {
        struct person person = {.connection = connection,
                                .keys = keys,
                                .municipality = PQgetvalue(found, 0, 0),
                                .client = PQgetvalue(found, 0, 1),
                                .status = status};
        memcpy(&municipality_id, person.municipality, sizeof municipality_id);
        person.municipality_id = (int64_t)be64toh(municipality_id);
        seal_new_key(&person.key);
        failed = seal_name(&person, found);
        for (size_t i = 0; i < sizeof columns / sizeof *columns && !failed; i++)
            failed = seal_column(&person, i);
        OPENSSL_cleanse(&person.key, sizeof person.key);
    }
    PQclear(found);
    return failed ? -1 : count;
}

/* Whether all of it was done before: the constraint that everybody has a key is validated as the last of it.
 */
static bool is_done(PGconn *connection, struct status *status)
{
    PGresult *found = query(connection,
                            "select from pg_constraint where conrelid = 'traject.client'::regclass"
                            " and conname = 'client_has_key' and convalidated",
                            0, NULL, NULL, status);
    bool is = found && PQntuples(found);
    PQclear(found);
    return is;
}

/* What stood there in clear still does, in rows that nobody sees any more. */
static int clear_files(PGconn *connection, struct status *status)
{
    static const char *const commands[] = {
        "vacuum (full) traject.client, traject.event, traject.item, traject.stage_spell",
        "alter table traject.client validate constraint client_has_key"};
    int failed = 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands && !failed; i++) {
        PGresult *result = PQexec(connection, commands[i]);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            failed = status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                                "%.*s; names and words are sealed, but the database's files still hold what "
                                "stood there in clear: run it again",
                                (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
        PQclear(result);
    }
    return failed;
}

/* Returns 1 when somebody was sealed, 0 when nobody had to be, -1 with the status. */
static int seal_all(PGconn *connection, const struct keys *keys, struct status *status)
{
    long total = 0;
    int some = run(connection, "begin", 0, NULL, NULL, status) ||
                       run(connection, "set local session_replication_role = replica", 0, NULL, NULL, status)
                   ? -1
                   : 1;
    while (some > 0 && (some = seal_somebody(connection, keys, status)) > 0)
        total += some;
    if (!some && total)
        some = run(connection, "call traject.chain_anew()", 0, NULL, NULL, status);
    if (some || run(connection, "commit", 0, NULL, NULL, status))
        return -1;
    if (total)
        printf("Sealed the names and words of %ld persons. Backups, and the log of the database from before, "
               "still hold them in clear.\n",
               total);
    return total > 0;
}

int seal_old_run(const struct config *config, const char *conninfo, struct status *status)
{
    struct keys *keys = NULL;
    if (!conninfo)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                          "--database is missing; give a superuser's connection string");
    if (keys_read(config->master_key, &keys, status))
        return -1;
    PGconn *connection = PQconnectdb(conninfo);
    int some;
    if (PQstatus(connection) != CONNECTION_OK)
        some = status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "%.*s",
                          (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
    else if (is_done(connection, status))
        some = 0;
    else if (status->code || (some = seal_all(connection, keys, status)) < 0 ||
             clear_files(connection, status))
        some = -1;
    if (!some)
        puts("All names and words are sealed already.");
    PQfinish(connection);
    keys_free(keys);
    return some < 0 ? -1 : 0;
}
