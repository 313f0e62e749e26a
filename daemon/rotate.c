#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "memory.h"
#include "seal.h"

enum { POLL_MS = 200, PATIENCE_MS = 3000, ID_HEX = 2 * MASTER_ID_BYTES + 1, KEY_HEX = 2 * KEY_BYTES + 1 };

static int __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("trajectd rotate: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return -1;
}

static int complain_database(const PGconn *connection)
{
    const char *message = PQerrorMessage(connection);
    return complain("%.*s; nothing is lost, run it again to go on", (int)strcspn(message, "\n"), message);
}

/* ---- the key file */

/* Room for all of it at once: what a text outgrows is freed as it stands. */
static struct bytes new_text(void)
{
    struct bytes text = {0};
    bytes_extend(&text, KEYS_FILE_MAX);
    text.length = 0;
    return text;
}

static void put_key(struct bytes *text, const char *word, const uint8_t key[KEY_BYTES])
{
    char hex[KEY_HEX];
    OPENSSL_buf2hexstr_ex(hex, sizeof hex, NULL, key, KEY_BYTES, '\0');
    bytes_append(text, word, strlen(word));
    bytes_append(text, hex, sizeof hex - 1);
    bytes_append(text, "\n", 1);
    OPENSSL_cleanse(hex, sizeof hex);
}

static int write_all(int file, const struct bytes *text)
{
    size_t written = 0;
    while (written < text->length) {
        ssize_t some = write(file, text->data + written, text->length - written);
        if (some < 0)
            return -1;
        written += (size_t)some;
    }
    return fsync(file);
}

/* A file's name is as safe on the disk as its folder. */
static int sync_folder(const char *path)
{
    char *copy = memory_copy(path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = folder < 0 || fsync(folder);
    if (folder >= 0)
        close(folder);
    free(copy);
    return failed;
}

/* In the place of the old file, for the same people; whole or not at all. */
static int write_keys(const char *path, const struct keys *keys)
{
    struct bytes text = new_text();
    struct stat old;
    char *fresh = memory_format("%s.new", path);
    put_key(&text, "index ", keys->index);
    for (size_t i = 0; i < keys->master_count; i++)
        put_key(&text, "master ", keys->masters[i].key);
    int failed = stat(path, &old), file = -1;
    if (!failed) {
        unlink(fresh);
        file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        failed = file < 0 || fchown(file, old.st_uid, old.st_gid) || fchmod(file, old.st_mode & ALLPERMS) ||
                 write_all(file, &text) || rename(fresh, path) || sync_folder(path);
    }
    int error = errno;
    if (file >= 0)
        close(file);
    if (failed) {
        unlink(fresh);
        errno = error;
        complain("the key file cannot be written: %s", strerror(errno));
    }
    bytes_wipe(&text);
    free(fresh);
    return failed ? -1 : 0;
}

/* Backups of before need it; whoever removes it makes those of erased persons unreadable for good. */
static int retire(const char *path, const struct keys *keys)
{
    struct bytes text = new_text();
    char *retired = memory_format("%s.retired", path), id[MASTER_ID_TEXT], when[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    for (size_t i = 1; i < keys->master_count; i++) {
        keys_id_text(keys->masters[i].id, id);
        char *line = memory_format("# %s, replaced on %s\n", id, when);
        bytes_append(&text, line, strlen(line));
        put_key(&text, "master ", keys->masters[i].key);
        free(line);
    }
    int file = open(retired, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int failed = file < 0 || write_all(file, &text) || sync_folder(path);
    if (failed)
        complain("the old key cannot be put away: %s", strerror(errno));
    if (file >= 0)
        close(file);
    bytes_wipe(&text);
    free(retired);
    return failed ? -1 : 0;
}

/* A new master key before the others. */
static int add_master(const char *path, struct keys *keys)
{
    struct keys *made = NULL;
    struct status status = {0};
    uint8_t key[KEY_BYTES];
    if (RAND_priv_bytes(key, sizeof key) != 1)
        return complain("there is no randomness for a new key");
    struct bytes text = new_text();
    put_key(&text, "index ", keys->index);
    put_key(&text, "master ", key);
    put_key(&text, "master ", keys->masters[0].key);
    OPENSSL_cleanse(key, sizeof key);
    int failed = keys_parse((char *)text.data, text.length, path, &made, &status) || write_keys(path, made);
    bytes_wipe(&text);
    status_clear(&status);
    if (!failed)
        *keys = *made;
    keys_free(made);
    return failed ? -1 : 0;
}

/* ---- the daemons and the database */

static PGresult *query(PGconn *connection, const char *sql, const char *parameter)
{
    PGresult *result = PQexecParams(connection, sql, parameter ? 1 : 0, NULL, &parameter, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    PQclear(result);
    complain_database(connection);
    return NULL;
}

static int run(PGconn *connection, const char *sql, const char *parameter)
{
    PGresult *result = query(connection, sql, parameter);
    PQclear(result);
    return result ? 0 : -1;
}

/* Waits until each daemon says, by its listening connection's name, that it wraps with the new key: who does
 * not know it could not read what is wrapped with it. One of which only other connections are seen has lost
 * that one, and says so when it is back. */
static int await_daemons(PGconn *connection, const char *id)
{
    char *name = memory_format("trajectd %s", id);
    int result = -1, waited_ms = 0;
    for (;;) {
        PGresult *late = query(connection,
                               "select coalesce(client_addr::text, 'this machine') from pg_stat_activity a"
                               " where datname = current_database()"
                               "   and (application_name like 'trajectd %' and application_name <> $1"
                               "        or application_name like 'trajectd/%'"
                               "           and not exists (select from pg_stat_activity l"
                               "                where l.datname = current_database()"
                               "                  and l.application_name like 'trajectd %'"
                               "                  and l.client_addr is not distinct from a.client_addr))",
                               name);
        if (!late)
            break;
        int count = PQntuples(late);
        if (count && waited_ms == PATIENCE_MS)
            complain("waiting for the daemon on %s to read the key file; send it SIGHUP, or restart it when "
                     "its key is a systemd credential",
                     PQgetvalue(late, 0, 0));
        PQclear(late);
        if (!count) {
            result = 0;
            break;
        }
        if (run(connection, "notify traject, 'keys'", NULL))
            break;
        nanosleep(&(struct timespec){0, POLL_MS * 1000000L}, NULL);
        waited_ms += POLL_MS;
    }
    free(name);
    return result;
}

/* Returns 1 when the first master key, which wraps, is one that an earlier rotation put out of use, as in a
 * key file that came back from a copy; 0 when not, or -1. */
static int is_retired(PGconn *connection, const struct keys *keys)
{
    char id[MASTER_ID_TEXT];
    keys_id_text(keys->masters[0].id, id);
    PGresult *found =
        query(connection, "select from traject.retired_master where master_id = decode($1, 'hex')", id);
    int result = found ? PQntuples(found) : -1;
    PQclear(found);
    return result;
}

/* What the key file does not open cannot be wrapped anew, and another master key would not change that. */
static int check_known(PGconn *connection, const char *path, const struct keys *keys)
{
    int retired = is_retired(connection, keys);
    if (retired < 0)
        return -1;
    PGresult *found = query(connection,
                            "select encode(substring(wrapped for 8), 'hex'), count(*) from traject.person_key"
                            " where wrapped is not null group by 1 order by 1",
                            NULL);
    int result = found ? 0 : -1;
    for (int row = 0; !result && row < PQntuples(found); row++) {
        uint8_t id[MASTER_ID_BYTES];
        size_t length;
        if (OPENSSL_hexstr2buf_ex(id, sizeof id, &length, PQgetvalue(found, row, 0), '\0') != 1 ||
            length != sizeof id || !keys_master(keys, id))
            result = complain("the keys of %s persons are wrapped by the master key %s, which %s does not "
                              "have; put its line there, %s the others (%s.retired or a copy of the key "
                              "file has it), and run it again",
                              PQgetvalue(found, row, 1), PQgetvalue(found, row, 0), path,
                              retired ? "before" : "after", path);
    }
    PQclear(found);
    if (!result && retired)
        result =
            complain("the first master key in %s was retired by an earlier rotation; put the line of the "
                     "newest one before it, and run it again",
                     path);
    return result;
}

static int wrap_anew(PGconn *connection, const struct keys *keys, const PGresult *found, int row)
{
    struct person_key key;
    struct status status = {0};
    uint8_t wrapped[WRAPPED_BYTES];
    const char *values[] = {PQgetvalue(found, row, 0), PQgetvalue(found, row, 1), (char *)wrapped};
    const int lengths[] = {8, PERSON_KEY_ID_BYTES, WRAPPED_BYTES}, formats[] = {1, 1, 1};
    memcpy(key.id, values[1], sizeof key.id);
    if (PQgetlength(found, row, 2) != WRAPPED_BYTES)
        return complain("the key of a person has %d bytes and not %d; restore that row from a backup",
                        PQgetlength(found, row, 2), WRAPPED_BYTES);
    if (seal_unwrap(keys, (const uint8_t *)PQgetvalue(found, row, 2), &key, &status)) {
        complain(
            "%s; put the master key that wrapped it into the key file, or restore that row from a backup",
            status.message);
        status_clear(&status);
        return -1;
    }
    seal_wrap(&keys->masters[0], &key, wrapped);
    OPENSSL_cleanse(&key, sizeof key);
    PGresult *done = PQexecParams(connection,
                                  "update traject.person_key set wrapped = $3::bytea"
                                  " where municipality_id = $1::bigint and key_id = $2::uuid",
                                  3, NULL, values, lengths, formats, 1);
    int failed = PQresultStatus(done) != PGRES_COMMAND_OK;
    PQclear(done);
    return failed ? complain_database(connection) : 0;
}

/* Returns how many keys were wrapped anew, 0 when none is left, or -1. */
static int wrap_some(PGconn *connection, const struct keys *keys)
{
    const char *values[] = {(const char *)keys->masters[0].id};
    PGresult *found = PQexecParams(connection,
                                   "select municipality_id, key_id, wrapped from traject.person_key"
                                   " where wrapped is not null and substring(wrapped for 8) <> $1::bytea"
                                   " limit 500 for update",
                                   1, NULL, values, (int[]){MASTER_ID_BYTES}, (int[]){1}, 1);
    int count = PQresultStatus(found) == PGRES_TUPLES_OK ? PQntuples(found) : complain_database(connection);
    for (int row = 0; row < count; row++) {
        if (wrap_anew(connection, keys, found, row))
            count = -1;
    }
    PQclear(found);
    return count;
}

/* Nobody adds a key until this is committed; who made one with the old master key is refused after it, and
 * makes it again. */
static int wrap_last(PGconn *connection, const struct keys *keys, long *total)
{
    int some = run(connection, "begin", NULL) ||
                       run(connection, "lock table traject.person_key in share row exclusive mode", NULL)
                   ? -1
                   : 1;
    while (some > 0 && (some = wrap_some(connection, keys)) > 0)
        *total += some;
    for (size_t i = 1; i < keys->master_count && !some; i++) {
        char id[MASTER_ID_TEXT];
        keys_id_text(keys->masters[i].id, id);
        some = run(connection,
                   "insert into traject.retired_master (master_id) values (decode($1, 'hex'))"
                   " on conflict do nothing",
                   id);
    }
    return some ? -1 : run(connection, "commit", NULL);
}

static int rotate(PGconn *connection, const char *key_file, struct keys *keys)
{
    char id[MASTER_ID_TEXT];
    long total = 0;
    int some;
    if (check_known(connection, key_file, keys))
        return -1;
    if (keys->master_count > 1)
        puts("Going on with a rotation that was begun before.");
    else if (add_master(key_file, keys))
        return -1;
    keys_id_text(keys->masters[0].id, id);
    printf("The new master key is %s.\n", id);
    fflush(stdout);
    if (await_daemons(connection, id))
        return -1;
    do {
        if (run(connection, "begin", NULL) || (some = wrap_some(connection, keys)) < 0 ||
            run(connection, "commit", NULL))
            return -1;
        total += some;
    } while (some);
    if (wrap_last(connection, keys, &total))
        return -1;
    if (retire(key_file, keys))
        return -1;
    keys->master_count = 1;
    if (write_keys(key_file, keys) || run(connection, "notify traject, 'keys'", NULL))
        return -1;
    printf("Wrapped the keys of %ld persons anew. The old master key is in %s.retired: backups of before "
           "need it, and "
           "whoever was erased can be read in them as long as it exists. Destroy it when those backups are "
           "gone.\n",
           total, key_file);
    return 0;
}

int rotate_run(const struct config *config, const char *conninfo, struct status *status)
{
    struct keys *keys = NULL;
    if (!conninfo)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                          "--database is missing; give a superuser's connection string");
    /* The file itself, where the name is a link to it. */
    char *path = realpath(config->master_key, NULL);
    if (!path)
        return status_set(status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "master_key %s: %s", config->master_key,
                          strerror(errno));
    PGconn *connection = PQconnectdb(conninfo);
    int failed = -1;
    /* Waits for another rotation that runs, and then finds its keys. */
    if (PQstatus(connection) != CONNECTION_OK)
        complain_database(connection);
    else if (!run(connection, "select pg_advisory_lock(hashtext('traject master key'))", NULL) &&
             !keys_read(path, &keys, status))
        failed = rotate(connection, path, keys);
    PQfinish(connection);
    keys_free(keys);
    free(path);
    return status->code ? -1 : failed ? 1 : 0;
}
