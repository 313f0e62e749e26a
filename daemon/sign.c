#include "sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "head.h"
#include "memory.h"

struct municipality {
    int64_t municipality_id;
    int64_t in_file; /* the last head in the file; 0 when there is none */
    char *line;      /* and its line */
};

struct sign {
    PGconn *connection;
    EVP_PKEY *key;
    const char *path;
    FILE *file;
    struct municipality *municipalities;
    int count;
    struct status *status;
    bool torn; /* the file could not be written, and may end with half a line */
};

/* Where the chains of a municipality stand that grew since they were last signed. */
static char *query_grown(const char *columns, int64_t municipality_id)
{
    return memory_format(
        "select %s from traject.chain_head h where h.municipality_id = %" PRId64
        " and h.sequence > coalesce((select max(s.sequence) from traject.signed_head_trajectory s"
        " where s.municipality_id = h.municipality_id and s.trajectory_id = h.trajectory_id), 0)"
        " order by h.trajectory_id",
        columns, municipality_id);
}

static int read_municipalities(struct sign *sign)
{
    PGresult *found = audit_query(sign->connection, sign->status,
                                  "select municipality_id from traject.municipality order by 1", 0, NULL);
    if (!found)
        return -1;
    sign->count = PQntuples(found);
    sign->municipalities = memory_new((size_t)sign->count + 1, sizeof *sign->municipalities);
    for (int i = 0; i < sign->count; i++)
        sign->municipalities[i].municipality_id = audit_number(found, i, 0);
    PQclear(found);
    return 0;
}

static int file_failed(struct sign *sign)
{
    sign->torn = true;
    return status_set(sign->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "heads %s: %m", sign->path);
}

/* The file, which nobody else writes meanwhile. */
static int open_file(struct sign *sign)
{
    sign->file = fopen(sign->path, "a+e");
    return !sign->file || flock(fileno(sign->file), LOCK_EX) ? file_failed(sign) : 0;
}

/* The last head of each municipality in the file. */
static int read_file(struct sign *sign)
{
    char *line = NULL;
    off_t whole = 0;
    bool cut = false;
    size_t size = 0;
    ssize_t length;
    rewind(sign->file);
    for (int64_t number = 1; !sign->status->code && (length = getline(&line, &size, sign->file)) > 0;
         number++) {
        struct head head;
        /* Writing was cut off here: that head is in the database, and is copied again. */
        if (line[length - 1] != '\n') {
            cut = true;
            break;
        }
        if (!head_read(line, &head)) {
            status_set(sign->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "%s:%" PRId64 ": this line is no head; put the file right first", sign->path, number);
            break;
        }
        whole += length;
        line[length - 1] = '\0';
        for (int i = 0; i < sign->count; i++) {
            struct municipality *municipality = &sign->municipalities[i];
            if (municipality->municipality_id == head.municipality_id) {
                free(municipality->line);
                municipality->line = memory_copy(line);
                municipality->in_file = head.head_id;
            }
        }
    }
    free(line);
    if (sign->status->code)
        return -1;
    if (ferror(sign->file) || (cut && ftruncate(fileno(sign->file), whole)))
        return file_failed(sign);
    clearerr(sign->file);
    return fseeko(sign->file, 0, SEEK_END) ? file_failed(sign) : 0;
}

/* Appends the heads that the file does not have. */
static int copy_heads(struct sign *sign, const struct municipality *municipality)
{
    struct rows rows;
    const off_t before = ftello(sign->file);
    char *query =
        memory_format("select statement || ' signature=' || encode(signature, 'hex') from traject.signed_head"
                      " where municipality_id = %" PRId64 " and head_id > %" PRId64 " order by head_id",
                      municipality->municipality_id, municipality->in_file);
    rows_open(&rows, sign->connection, "heads", query, sign->status);
    free(query);
    while (!sign->status->code && !rows.end) {
        if (fprintf(sign->file, "%s\n", rows_text(&rows, 0)) < 0)
            file_failed(sign);
        else
            rows_next(&rows, sign->status);
    }
    rows_close(&rows);
    if (!sign->status->code && (fflush(sign->file) || fsync(fileno(sign->file))))
        file_failed(sign);
    if (sign->torn) {
        /* Else verify takes half a line for tampering until the next run; which mends it when this fails. */
        __fpurge(sign->file);
        (void)!ftruncate(fileno(sign->file), before);
    }
    return sign->status->code ? -1 : 0;
}

/* What the database says was signed last is what the file says: else it was changed, and is not signed again.
 */
static int check_last(struct sign *sign, const struct municipality *municipality)
{
    if (!municipality->line)
        return 0;
    PGresult *found =
        audit_query(sign->connection, sign->status,
                    "select statement || ' signature=' || encode(signature, 'hex') from traject.signed_head"
                    " where municipality_id = $1 and head_id = $2",
                    2, (const int64_t[]){municipality->municipality_id, municipality->in_file});
    if (!found)
        return -1;
    bool same = PQntuples(found) && strcmp(PQgetvalue(found, 0, 0), municipality->line) == 0;
    PQclear(found);
    return same ? 0
                : status_set(sign->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                             "head %" PRId64 " of municipality %" PRId64
                             " is another one in %s than in the database, or gone there; "
                             "nothing is signed: see what trajectd verify says",
                             municipality->in_file, municipality->municipality_id, sign->path);
}

/* The digest of the head after the one with `digest`. */
static int make_digest(struct sign *sign, int64_t municipality_id, uint8_t digest[CHAIN_BYTES])
{
    struct rows rows;
    EVP_MD_CTX *making = EVP_MD_CTX_new();
    char *query = query_grown("h.trajectory_id, h.sequence, h.chained", municipality_id);
    rows_open(&rows, sign->connection, "grown", query, sign->status);
    free(query);
    head_digest_begin(making, digest);
    while (!sign->status->code && !rows.end) {
        const uint8_t *chained = rows_bytes(&rows, 2, CHAIN_BYTES);
        if (chained)
            head_digest_add(making, rows_number(&rows, 0), rows_number(&rows, 1), chained);
        rows_next(&rows, sign->status);
    }
    head_digest_end(making, digest);
    EVP_MD_CTX_free(making);
    rows_close(&rows);
    return sign->status->code ? -1 : audit_command(sign->connection, sign->status, "close grown");
}

static int store(struct sign *sign, int64_t municipality_id, int64_t head_id, const char *statement)
{
    uint8_t signature[SIGNATURE_BYTES];
    char hex[SIGNATURE_HEX];
    head_sign(sign->key, statement, signature);
    head_hex(signature, sizeof signature, hex);
    char *columns =
             memory_format("h.municipality_id, %" PRId64 ", h.trajectory_id, h.sequence, h.chained", head_id),
         *grown = query_grown(columns, municipality_id),
         *literal = PQescapeLiteral(sign->connection, statement, strlen(statement)),
         *command = literal
                        ? memory_format("insert into traject.signed_head values (%" PRId64 ", %" PRId64
                                        ", %s, decode('%s', 'hex'));"
                                        " insert into traject.signed_head_trajectory"
                                        " (municipality_id, head_id, trajectory_id, sequence, chained) %s",
                                        municipality_id, head_id, literal, hex, grown)
                        : NULL;
    int result = command
                     ? audit_command(sign->connection, sign->status, command)
                     : status_set(sign->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "audit_database: %.*s",
                                  (int)strcspn(PQerrorMessage(sign->connection), "\n"),
                                  PQerrorMessage(sign->connection));
    free(columns);
    free(grown);
    PQfreemem(literal);
    free(command);
    return result;
}

/* What is kept as the end of a chain is where its entries end: else it was made up, and is not signed. */
static int check_ends(struct sign *sign, const struct municipality *municipality)
{
    char *grown = query_grown("h.*", municipality->municipality_id),
         *query = memory_format(
             "select g.trajectory_id from (%s) g left join lateral"
             " (select e.sequence, e.chained from traject.event e"
             " where e.municipality_id = g.municipality_id"
             " and e.trajectory_id = g.trajectory_id order by e.sequence desc limit 1) l on true"
             " where (l.sequence, l.chained) is distinct from (g.sequence, g.chained)"
             " order by 1 limit 1",
             grown);
    PGresult *found = audit_query(sign->connection, sign->status, query, 0, NULL);
    free(grown);
    free(query);
    if (found && PQntuples(found))
        status_set(
            sign->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
            "the entries of trajectory %" PRId64 " of municipality %" PRId64
            " do not end where its chain does, as kept; nothing is signed: see what trajectd verify says",
            audit_number(found, 0, 0), municipality->municipality_id);
    PQclear(found);
    return sign->status->code ? -1 : 0;
}

/* Makes and signs a head when anything was recorded since the last one; `made` is its statement, to free. */
static int sign_municipality(struct sign *sign, const struct municipality *municipality, char **made)
{
    char *grown = query_grown("1", municipality->municipality_id),
         *query = memory_format(
             "select m.name, count(*), sum(h.sequence)::bigint, exists (%s)::int::bigint,"
             " to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), l.head_id, l.statement"
             " from traject.municipality m"
             " join traject.chain_head h on h.municipality_id = m.municipality_id"
             " left join lateral (select s.head_id, s.statement from traject.signed_head s"
             " where s.municipality_id = m.municipality_id order by s.head_id desc limit 1) l on true"
             " where m.municipality_id = $1 group by m.name, l.head_id, l.statement",
             grown);
    PGresult *found = audit_query(sign->connection, sign->status, query, 1, &municipality->municipality_id);
    free(grown);
    free(query);
    if (!found)
        return -1;
    if (PQntuples(found) && audit_number(found, 0, 3)) {
        struct head last = {0};
        uint8_t digest[CHAIN_BYTES] = {0};
        char hex[HEAD_HEX];
        int64_t head_id = audit_number(found, 0, 5) + 1;
        if (head_id > 1 &&
            (!head_read(PQgetvalue(found, 0, 6), &last) || !head_bytes(last.digest, digest, sizeof digest)))
            status_set(sign->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                       "head %" PRId64 " of municipality %" PRId64 " is none; see what trajectd verify says",
                       head_id - 1, municipality->municipality_id);
        else if (make_digest(sign, municipality->municipality_id, digest) == 0) {
            head_hex(digest, sizeof digest, hex);
            char *statement = memory_format(
                "municipality=%" PRId64 " head=%" PRId64 " made_at=%s trajectories=%" PRId64
                " entries=%" PRId64 " digest=%s name=%s",
                municipality->municipality_id, head_id, PQgetvalue(found, 0, 4), audit_number(found, 0, 1),
                audit_number(found, 0, 2), hex, LOG_TEXT(PQgetvalue(found, 0, 0)));
            if (store(sign, municipality->municipality_id, head_id, statement) == 0)
                *made = statement;
            else
                free(statement);
        }
    }
    PQclear(found);
    return sign->status->code ? -1 : 0;
}

/* The database first: what is signed there and did not get to the file, the next time copies. */
static int sign_and_copy(struct sign *sign, const struct municipality *municipality)
{
    char *statement = NULL;
    int failed = audit_begin(sign->connection, sign->status) || check_last(sign, municipality) ||
                 check_ends(sign, municipality) || sign_municipality(sign, municipality, &statement) ||
                 audit_command(sign->connection, sign->status, "commit");
    if (!failed && statement)
        puts(statement);
    free(statement);
    return failed || audit_begin(sign->connection, sign->status) || copy_heads(sign, municipality) ||
           audit_command(sign->connection, sign->status, "commit");
}

/* What is wrong with one municipality does not keep the others from being signed. Returns the exit code, or
 * -1 with the status. */
static int sign_all(struct sign *sign)
{
    int exit_code = 0;
    if (read_municipalities(sign) || audit_command(sign->connection, sign->status, "commit") ||
        read_file(sign))
        return -1;
    for (int i = 0; i < sign->count; i++) {
        if (sign_and_copy(sign, &sign->municipalities[i]) == 0)
            continue;
        if (sign->torn || PQstatus(sign->connection) != CONNECTION_OK)
            return -1;
        fprintf(stderr, "trajectd sign: %s\n", sign->status->message);
        status_clear(sign->status);
        exit_code = 1;
        if (audit_command(sign->connection, sign->status, "rollback"))
            return -1;
    }
    return exit_code;
}

/* What is signed with another key than verify knows would never verify. */
static int check_signer(const struct config *config, const EVP_PKEY *key, struct status *status)
{
    struct signers signers;
    if (!config->signing_public_key)
        return 0;
    if (head_read_signers("signing_public_key", config->signing_public_key, &signers, status))
        return -1;
    bool known = head_has_signer(&signers, key);
    head_clear_signers(&signers);
    return known
               ? 0
               : status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                            "signing_key %s is none of those in signing_public_key %s; put the right key "
                            "back, or add the public key of a new one to that file, after those from before",
                            config->signing_key, config->signing_public_key);
}

int sign_run(const struct config *config, const char *option, struct status *status)
{
    (void)option;
    struct sign sign = {.path = config->heads, .status = status};
    const char *missing = !config->audit_database ? "audit_database"
                          : !config->signing_key  ? "signing_key"
                          : !config->heads        ? "heads"
                                                  : NULL;
    if (missing)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                          "%s is missing from the configuration; sign needs it", missing);
    sign.key = head_signing_key("signing_key", config->signing_key, status);
    int exit_code = -1;
    /* The file first: what another run signs while it is waited for is seen in the database. */
    if (sign.key && check_signer(config, sign.key, status) == 0 && open_file(&sign) == 0)
        sign.connection = audit_connect(config->audit_database, status);
    if (sign.connection)
        exit_code = sign_all(&sign);
    if (sign.file)
        fclose(sign.file);
    for (int i = 0; i < sign.count; i++)
        free(sign.municipalities[i].line);
    free(sign.municipalities);
    PQfinish(sign.connection);
    EVP_PKEY_free(sign.key);
    return exit_code;
}
