#include "migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "memory.h"
#include "sqlstate.h"

enum {
    PAUSE_MS = 2000,    /* in which those who waited behind a lock that was not to be had go on */
    ATTEMPTS_MAX = 100, /* so some five minutes */
    CHECKSUM_TEXT = 2 * SHA256_DIGEST_LENGTH + 1,
};

/* Whatever is set for whoever runs it. */
static const char settings_sql[] = "set statement_timeout = 0; set lock_timeout = 0;"
                                   "set idle_in_transaction_session_timeout = 0;"
                                   "set client_min_messages = warning";

/* Who asks for a table that a migration waits for waits behind it, so it waits for a moment only. */
static const char begin_sql[] = "begin; set local lock_timeout = '1s'";

static const char applied_sql[] =
    "create schema if not exists migration authorization traject_owner;"
    "create table if not exists migration.applied ("
    "    name text primary key, checksum text not null, applied_at timestamptz not null default now());"
    "alter table migration.applied owner to traject_owner";

/* The functions, in the order in which they are made; a folder is all that is in it. */
static const char *const parts[] = {"drop.sql", "types.sql",  "internal",       "session",
                                    "api",      "access.sql", "processing.sql", "calls.sql"};

struct file {
    char *name; /* within the folder */
    struct bytes text;
};

struct files {
    struct file *list;
    size_t count;
};

static int __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("trajectd migrate: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return -1;
}

static int first_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

/* ---- what is in the folder */

static int read_file(const char *path, struct bytes *text)
{
    char part[65536];
    size_t got;
    FILE *file = fopen(path, "re");
    if (!file)
        return complain("%s: %s; give the folder sql of this version with --sql", path, strerror(errno));
    while ((got = fread(part, 1, sizeof part, file)) > 0)
        bytes_append(text, part, got);
    bool failed = ferror(file);
    fclose(file);
    bytes_append(text, "", 1);
    text->length--;
    if (failed || strlen((char *)text->data) != text->length)
        return complain("%s cannot be read whole; install it again", path);
    return 0;
}

static int add_file(const char *folder, char *name, struct files *files)
{
    char *path = memory_format("%s/%s", folder, name);
    files->list = memory_resize(files->list, files->count + 1, sizeof *files->list);
    struct file *file = &files->list[files->count++];
    *file = (struct file){.name = name};
    int failed = read_file(path, &file->text);
    free(path);
    return failed;
}

static int is_sql(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

/* By their bytes: the order of migrations may not depend on the language of who runs them. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(const char *folder, const char *name, struct files *files)
{
    char *path = memory_format("%s/%s", folder, name);
    struct dirent **entries;
    int count = scandir(path, &entries, is_sql, by_name), failed = 0;
    if (count < 0)
        failed = complain("%s: %s; give the folder sql of this version with --sql", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (!failed)
            failed = add_file(folder, memory_format("%s/%s", name, entries[i]->d_name), files);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(path);
    return failed;
}

static int read_functions(const char *folder, struct files *files)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !failed; i++)
        failed = strchr(parts[i], '.') ? add_file(folder, memory_copy(parts[i]), files)
                                       : add_folder(folder, parts[i], files);
    return failed;
}

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->list[i].name);
        free(files->list[i].text.data);
    }
    free(files->list);
}

/* Of all of them, one after the other. */
static void checksum(const struct file *list, size_t count, char text[CHECKSUM_TEXT])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct bytes all = {0};
    for (size_t i = 0; i < count; i++)
        bytes_append(&all, list[i].text.data, list[i].text.length);
    SHA256(all.data, all.length, digest);
    free(all.data);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* ---- the database */

/* One transaction: all of it is applied, or nothing. */
struct work {
    const char *role; /* who runs it; NULL for who connected */
    const struct file *files;
    size_t count;
    const char *name, *checksum; /* what is recorded as applied then; NULL for nothing */
};

enum outcome { DONE, FAILED, LOCKED };

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static void complain_database(const PGconn *connection)
{
    const char *message = PQerrorMessage(connection);
    complain("%.*s; when that is mended, run it again", first_line(message), message);
}

static PGresult *query(PGconn *connection, const char *sql, int count, const char *const *values)
{
    PGresult *result = PQexecParams(connection, sql, count, NULL, values, NULL, NULL, 0);
    if (succeeded(result))
        return result;
    complain_database(connection);
    PQclear(result);
    return NULL;
}

static enum outcome run(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    enum outcome outcome = succeeded(result) ? DONE : FAILED;
    if (outcome == FAILED)
        complain_database(connection);
    PQclear(result);
    return outcome;
}

/* PostgreSQL counts characters, from 1. */
static int line_of(const char *text, int position)
{
    int line = 1;
    for (; *text && position > 1; text++) {
        line += *text == '\n';
        /* All but the first byte of a character of UTF-8 begin with the bits 10. */
        position -= (text[1] & 0xc0) != 0x80;
    }
    return line;
}

static void complain_file(const PGconn *connection, const char *folder, const struct file *file,
                          const PGresult *result)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *more[] = {PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
                          PQresultErrorField(result, PG_DIAG_CONTEXT)};
    message = message ? message : PQerrorMessage(connection);
    char *line =
        position ? memory_format(", line %d", line_of((char *)file->text.data, atoi(position))) : NULL;
    char *text =
        memory_format("%s/%s%s: %.*s", folder, file->name, line ? line : "", first_line(message), message);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        char *shorter = text;
        if (more[i]) {
            text = memory_format("%s (%.*s)", shorter, first_line(more[i]), more[i]);
            free(shorter);
        }
    }
    complain("%s; nothing of it was kept. Mend that and run it again", text);
    free(text);
    free(line);
}

static enum outcome run_file(PGconn *connection, const char *folder, const struct file *file)
{
    PGresult *result = PQexec(connection, (char *)file->text.data);
    enum outcome outcome = succeeded(result)                                        ? DONE
                           : sqlstate_kind(sqlstate_of(result)) == SQLSTATE_PASSING ? LOCKED
                                                                                    : FAILED;
    if (outcome == FAILED)
        complain_file(connection, folder, file, result);
    PQclear(result);
    if (outcome == DONE && PQtransactionStatus(connection) != PQTRANS_INTRANS) {
        complain("%s/%s ends the transaction that it runs in; take that out and look at what it did", folder,
                 file->name);
        outcome = FAILED;
    }
    return outcome;
}

static enum outcome record(PGconn *connection, const char *name, const char *checksum)
{
    PGresult *result =
        query(connection,
              "insert into migration.applied (name, checksum) values ($1, $2) on conflict (name)"
              " do update set checksum = excluded.checksum, applied_at = now()",
              2, (const char *[]){name, checksum});
    PQclear(result);
    return result ? DONE : FAILED;
}

static enum outcome try(PGconn *connection, const char *folder, const struct work *work)
{
    enum outcome outcome = run(connection, begin_sql);
    if (outcome == DONE && work->role) {
        char *sql = memory_format("set local role %s", work->role);
        outcome = run(connection, sql);
        free(sql);
    }
    for (size_t i = 0; i < work->count && outcome == DONE; i++)
        outcome = run_file(connection, folder, &work->files[i]);
    if (outcome == DONE && work->name)
        outcome = record(connection, work->name, work->checksum);
    if (outcome == DONE)
        return run(connection, "commit");
    PQclear(PQexec(connection, "rollback"));
    return outcome;
}

/* The lock that was waited for is not known any more; that of the oldest transaction it is most often. */
static int tell_who_is_in_the_way(PGconn *connection)
{
    PGresult *oldest = query(connection,
                             "select pid, coalesce(nullif(application_name, ''), backend_type),"
                             "       date_trunc('second', xact_start)"
                             "  from pg_catalog.pg_stat_activity"
                             " where datname = current_database() and pid <> pg_backend_pid()"
                             "   and xact_start is not null order by xact_start limit 1",
                             0, NULL);
    if (oldest && PQntuples(oldest))
        complain("waiting for a lock; the oldest transaction is that of process %s (%s), since %s",
                 PQgetvalue(oldest, 0, 0), PQgetvalue(oldest, 0, 1), PQgetvalue(oldest, 0, 2));
    PQclear(oldest);
    return oldest ? 0 : -1;
}

static int apply(PGconn *connection, const char *folder, const struct work *work)
{
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        enum outcome outcome = try(connection, folder, work);
        if (outcome != LOCKED)
            return outcome == DONE ? 0 : -1;
        if (attempt == 0 && tell_who_is_in_the_way(connection))
            return -1;
        nanosleep(&(struct timespec){PAUSE_MS / 1000, PAUSE_MS % 1000 * 1000000L}, NULL);
    }
    return complain("other transactions held a lock each of the %d times that it was asked for; run it again "
                    "when they have ended, or end them with pg_terminate_backend",
                    ATTEMPTS_MAX);
}

/* ---- the parts of a migration */

static int check_encoding(PGconn *connection)
{
    const char *encoding = PQparameterStatus(connection, "server_encoding");
    if (encoding && strcmp(encoding, "UTF8") == 0)
        return 0;
    return complain("the database is encoded in %s, which cannot hold every name; make one with: createdb"
                    " --template template0 --encoding UTF8 --locale C.UTF-8 NAME",
                    encoding ? encoding : "nothing known");
}

static int make_roles(PGconn *connection, const char *folder)
{
    struct files files = {0};
    int failed = add_file(folder, memory_copy("roles.sql"), &files);
    if (!failed)
        failed = apply(connection, folder, &(struct work){.files = files.list, .count = files.count}) ||
                 run(connection, applied_sql) != DONE;
    free_files(&files);
    return failed;
}

/* NULL when nothing of that name was applied. */
static const char *applied_checksum(const PGresult *applied, const char *name)
{
    for (int row = 0; row < PQntuples(applied); row++) {
        if (strcmp(PQgetvalue(applied, row, 0), name) == 0)
            return PQgetvalue(applied, row, 1);
    }
    return NULL;
}

static const char *base_name(const struct file *file)
{
    return strrchr(file->name, '/') + 1;
}

/* What the database has and this version does not: it is newer. */
static int check_not_newer(const struct files *migrations, const PGresult *applied)
{
    for (int row = 0; row < PQntuples(applied); row++) {
        const char *name = PQgetvalue(applied, row, 0);
        bool known = strcmp(name, "functions") == 0;
        for (size_t i = 0; i < migrations->count && !known; i++)
            known = strcmp(name, base_name(&migrations->list[i])) == 0;
        if (!known)
            return complain(
                "the database has migration %s, which this version does not know; use a newer version", name);
    }
    return 0;
}

static int apply_migrations(PGconn *connection, const char *folder, const struct files *migrations,
                            const PGresult *applied)
{
    int failed = 0;
    for (size_t i = 0; i < migrations->count && !failed; i++) {
        const struct file *file = &migrations->list[i];
        const char *name = base_name(file), *before = applied_checksum(applied, name);
        char sum[CHECKSUM_TEXT];
        checksum(file, 1, sum);
        if (before && strcmp(before, sum) != 0)
            return complain("%s was changed after it was applied; put it back and add a new migration", name);
        if (before)
            continue;
        printf("applying %s\n", name);
        fflush(stdout);
        failed =
            apply(connection, folder,
                  &(struct work){
                      .role = "traject_owner", .files = file, .count = 1, .name = name, .checksum = sum});
    }
    return failed;
}

/* They hold no data, so they are made anew as a whole when one of them changed. */
static int make_functions(PGconn *connection, const char *folder, const struct files *files,
                          const PGresult *applied)
{
    const char *before = applied_checksum(applied, "functions");
    char sum[CHECKSUM_TEXT];
    checksum(files->list, files->count, sum);
    if (before && strcmp(before, sum) == 0)
        return 0;
    puts("making the functions");
    fflush(stdout);
    return apply(connection, folder,
                 &(struct work){.role = "traject_owner",
                                .files = files->list,
                                .count = files->count,
                                .name = "functions",
                                .checksum = sum});
}

static int migrate(PGconn *connection, const char *folder)
{
    struct files migrations = {0}, functions = {0};
    PGresult *applied = NULL;
    int failed =
        add_folder(folder, "schema", &migrations) || read_functions(folder, &functions) ||
        check_encoding(connection) ||
        /* Another one that runs is waited for, and its work found done. */
        run(connection, "select pg_advisory_lock(hashtext('traject migrate'))") != DONE ||
        make_roles(connection, folder) ||
        !(applied =
              query(connection, "select name, checksum from migration.applied order by name", 0, NULL)) ||
        check_not_newer(&migrations, applied) || apply_migrations(connection, folder, &migrations, applied) ||
        make_functions(connection, folder, &functions, applied);
    PQclear(applied);
    free_files(&migrations);
    free_files(&functions);
    return failed ? 1 : 0;
}

int migrate_run(const char *conninfo, const char *folder)
{
    PGconn *connection = PQconnectdb(conninfo);
    int exit_code = 1;
    if (PQstatus(connection) != CONNECTION_OK || PQsetClientEncoding(connection, "UTF8"))
        complain_database(connection);
    else if (run(connection, settings_sql) == DONE)
        exit_code = migrate(connection, folder);
    PQfinish(connection);
    return exit_code;
}
