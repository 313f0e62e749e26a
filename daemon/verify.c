#include "verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "chain.h"
#include "head.h"
#include "memory.h"

struct key {
    int64_t municipality_id, trajectory_id;
};

struct verify {
    PGconn *connection;
    struct signers signers;
    struct status *status;
    /* The entries, and what they are held against: at that number of the trajectory stands that hash, by a
     * signed head, or by the database's own idea of where the chain ends. Both in the order of trajectories
     * and numbers. And whose each trajectory is, which its chain begins with. */
    struct rows entries, marks, owners;
    struct chain *chain;
    int64_t trajectories, checked, is_signed, heads, held;
    int64_t misfits;
};

/* The columns of `entries` that are looked at; by number, since the table may get more. */
enum {
    ENTRY_MUNICIPALITY,
    ENTRY_TRAJECTORY,
    ENTRY_EVENT,
    ENTRY_SEQUENCE,
    ENTRY_CHAINED,
    ENTRY_NEXT,
    ENTRY_COLUMNS
};
static const char *const entry_names[ENTRY_COLUMNS] = {"municipality_id", "trajectory_id", "event_id",
                                                       "sequence",        "chained",       "next_event_id"};
static const char entry_query[] = "select e.*, lead(e.event_id) over (partition by e.municipality_id, "
                                  "e.trajectory_id order by e.sequence, e.event_id)"
                                  " as next_event_id from traject.event e"
                                  " order by e.municipality_id, e.trajectory_id, e.sequence, e.event_id";

static bool holds(const struct rows *rows, int column, const uint8_t chained[CHAIN_BYTES])
{
    const uint8_t *bytes = rows_bytes(rows, column, CHAIN_BYTES);
    return bytes && memcmp(bytes, chained, CHAIN_BYTES) == 0;
}

enum { MARK_MUNICIPALITY, MARK_TRAJECTORY, MARK_SEQUENCE, MARK_CHAINED, MARK_HEAD };
static const char mark_query[] =
    "select municipality_id, trajectory_id, sequence, chained, head_id from traject.signed_head_trajectory"
    " union all select municipality_id, trajectory_id, sequence, chained, null from traject.chain_head"
    " order by 1, 2, 3, 5 nulls last";

enum { OWNER_MUNICIPALITY, OWNER_TRAJECTORY, OWNER_CLIENT, OWNER_KEY };
static const char owner_query[] =
    "select y.municipality_id, y.trajectory_id, y.client_id, c.key_id from traject.trajectory y"
    " join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id"
    " order by 1, 2";

enum {
    HEAD_MUNICIPALITY,
    HEAD_ID,
    HEAD_STATEMENT,
    HEAD_SIGNATURE,
    HEAD_TRAJECTORY,
    HEAD_SEQUENCE,
    HEAD_CHAINED
};
static const char head_query[] =
    "select municipality_id, head_id, h.statement, h.signature, t.trajectory_id, t.sequence, t.chained"
    " from traject.signed_head h full join traject.signed_head_trajectory t using (municipality_id, head_id)"
    " order by 1, 2, 5";

/* "Veldstad", or its number when its row is gone too. To free. */
static char *name_municipality(struct verify *verify, int64_t municipality_id)
{
    PGresult *found =
        audit_query(verify->connection, verify->status,
                    "select name from traject.municipality where municipality_id = $1", 1, &municipality_id);
    char *name = found && PQntuples(found) ? memory_format("%s", LOG_TEXT(PQgetvalue(found, 0, 0)))
                                           : memory_format("municipality %" PRId64, municipality_id);
    PQclear(found);
    return name;
}

static char *name_trajectory(struct verify *verify, struct key key)
{
    PGresult *found = audit_query(
        verify->connection, verify->status,
        "select c.client_number, t.ordinal::bigint from traject.trajectory t"
        " join traject.client c on c.municipality_id = t.municipality_id and c.client_id = t.client_id"
        " where t.municipality_id = $1 and t.trajectory_id = $2",
        2, (const int64_t[]){key.municipality_id, key.trajectory_id});
    char *name = found && PQntuples(found)
                     ? memory_format("client %s, trajectory %" PRId64, LOG_TEXT(PQgetvalue(found, 0, 0)),
                                     audit_number(found, 0, 1))
                     : memory_format("trajectory number %" PRId64 ", which is gone", key.trajectory_id);
    PQclear(found);
    return name;
}

static bool misfit(struct verify *verify, struct key key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says what does not fit; always false. */
static bool misfit(struct verify *verify, struct key key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *what = memory_format_list(format, arguments);
    va_end(arguments);
    char *municipality = name_municipality(verify, key.municipality_id);
    char *trajectory =
        key.trajectory_id && !verify->status->code ? name_trajectory(verify, key) : memory_copy("");
    printf("%s%s%s: %s\n", municipality, *trajectory ? ", " : "", trajectory, what);
    free(what);
    free(municipality);
    free(trajectory);
    verify->misfits++;
    return false;
}

/* ---- entries ---- */

static int entry_column(const struct verify *verify, int which)
{
    return PQfnumber(verify->entries.page, entry_names[which]);
}

static int64_t entry_number(const struct verify *verify, int which)
{
    return rows_number(&verify->entries, entry_column(verify, which));
}

static struct key entry_key(const struct verify *verify)
{
    return (struct key){entry_number(verify, ENTRY_MUNICIPALITY), entry_number(verify, ENTRY_TRAJECTORY)};
}

static struct key mark_key(const struct verify *verify)
{
    return (struct key){rows_number(&verify->marks, MARK_MUNICIPALITY),
                        rows_number(&verify->marks, MARK_TRAJECTORY)};
}

static struct key owner_key(const struct verify *verify)
{
    return (struct key){rows_number(&verify->owners, OWNER_MUNICIPALITY),
                        rows_number(&verify->owners, OWNER_TRAJECTORY)};
}

static int compare(struct key a, struct key b)
{
    if (a.municipality_id != b.municipality_id)
        return a.municipality_id < b.municipality_id ? -1 : 1;
    return a.trajectory_id < b.trajectory_id ? -1 : a.trajectory_id > b.trajectory_id;
}

/* Where a trajectory stands while its entries pass. */
struct passing {
    struct key key;
    int64_t sequence, signed_up_to;
    uint8_t chained[CHAIN_BYTES];
    bool ended; /* the chain ends here, as the database keeps it */
};

static bool marks_fit(struct verify *verify, struct passing *passing, int64_t event_id)
{
    struct rows *marks = &verify->marks;
    while (!verify->status->code && !marks->end && compare(mark_key(verify), passing->key) == 0 &&
           rows_number(marks, MARK_SEQUENCE) <= passing->sequence) {
        bool is_signed = !PQgetisnull(marks->page, marks->row, MARK_HEAD);
        if (rows_number(marks, MARK_SEQUENCE) != passing->sequence ||
            !holds(marks, MARK_CHAINED, passing->chained)) {
            if (!is_signed)
                return misfit(verify, passing->key,
                              "entry %" PRId64 " (number %" PRId64 ") is not where its chain ends, as kept",
                              event_id, passing->sequence);
            return misfit(verify, passing->key,
                          "entry %" PRId64 " (number %" PRId64 ") or one before it, after number %" PRId64
                          ", is not what was signed in head %" PRId64
                          ": it was changed and the chain made anew",
                          event_id, passing->sequence, passing->signed_up_to, rows_number(marks, MARK_HEAD));
        }
        passing->ended = !is_signed;
        if (is_signed)
            passing->signed_up_to = passing->sequence;
        rows_next(marks, verify->status);
    }
    return true;
}

static bool entry_fits(struct verify *verify, struct passing *passing)
{
    struct rows *entries = &verify->entries;
    int64_t event_id = entry_number(verify, ENTRY_EVENT), sequence = entry_number(verify, ENTRY_SEQUENCE),
            expected = passing->sequence + 1;
    if (sequence < expected)
        return misfit(verify, passing->key,
                      "entry %" PRId64 " (number %" PRId64 ") was inserted: there is one of that number",
                      event_id, sequence);
    if (sequence > expected)
        return misfit(verify, passing->key,
                      "before entry %" PRId64 " (number %" PRId64 ") %" PRId64 " %s missing", event_id,
                      sequence, sequence - expected, sequence - expected == 1 ? "is" : "are");
    if (passing->ended)
        return misfit(verify, passing->key,
                      "entry %" PRId64 " (number %" PRId64 ") was inserted after the end of the chain",
                      event_id, sequence);
    chain_link(verify->chain, entries->page, entries->row, passing->chained, passing->chained);
    if (!holds(entries, entry_column(verify, ENTRY_CHAINED), passing->chained)) {
        int64_t next = entry_number(verify, ENTRY_NEXT);
        return misfit(verify, passing->key, "entry %" PRId64 " (number %" PRId64 ") %s", event_id, sequence,
                      next && next < event_id ? "is out of order, or was inserted"
                      : sequence > 1          ? "was changed"
                                              : "was changed, or its trajectory was given to another client");
    }
    passing->sequence = sequence;
    return marks_fit(verify, passing, event_id);
}

/* Begins the chain of a trajectory with whose it is; of one that is gone nothing can fit. */
static void begin_chain(struct verify *verify, struct passing *passing)
{
    struct rows *owners = &verify->owners;
    while (!verify->status->code && !owners->end && compare(owner_key(verify), passing->key) < 0)
        rows_next(owners, verify->status);
    if (!verify->status->code && !owners->end && compare(owner_key(verify), passing->key) == 0)
        chain_origin(verify->chain, passing->key.municipality_id, passing->key.trajectory_id,
                     rows_number(owners, OWNER_CLIENT), rows_bytes(owners, OWNER_KEY, KEY_ID_BYTES),
                     passing->chained);
}

/* All of one trajectory: the entries, and what they are held against. */
static void verify_trajectory(struct verify *verify, struct key key)
{
    struct passing passing = {.key = key};
    bool fits = true;
    begin_chain(verify, &passing);
    while (!verify->status->code && !verify->entries.end && compare(entry_key(verify), key) == 0) {
        fits = fits && entry_fits(verify, &passing);
        verify->checked++;
        rows_next(&verify->entries, verify->status);
    }
    while (!verify->status->code && !verify->marks.end && compare(mark_key(verify), key) == 0) {
        if (fits)
            fits = misfit(
                verify, key, "entries after number %" PRId64 " are missing: there were %" PRId64 "%s",
                passing.sequence, rows_number(&verify->marks, MARK_SEQUENCE),
                PQgetisnull(verify->marks.page, verify->marks.row, MARK_HEAD) ? "" : " when it was signed");
        passing.ended = true;
        rows_next(&verify->marks, verify->status);
    }
    verify->is_signed += passing.signed_up_to;
    if (fits && !passing.ended)
        misfit(verify, key, "where its chain ends is not kept any more");
    verify->trajectories++;
}

static void verify_entries(struct verify *verify)
{
    if (rows_open(&verify->entries, verify->connection, "entries", entry_query, verify->status) ||
        rows_open(&verify->marks, verify->connection, "marks", mark_query, verify->status) ||
        rows_open(&verify->owners, verify->connection, "owners", owner_query, verify->status))
        return;
    verify->chain = chain_new(verify->entries.page);
    while (!verify->status->code && !(verify->entries.end && verify->marks.end)) {
        struct key key = verify->entries.end ? mark_key(verify) : entry_key(verify);
        if (!verify->entries.end && !verify->marks.end && compare(mark_key(verify), key) < 0)
            key = mark_key(verify);
        verify_trajectory(verify, key);
    }
}

/* ---- signed heads ---- */

/* The head whose trajectories pass. */
struct passing_head {
    struct head head;
    EVP_MD_CTX *digest;
    uint8_t made[CHAIN_BYTES]; /* the digest of the head before it, of the same municipality */
    bool fits;                 /* so far, in this municipality */
};

/* Begins with what stands in its own row. */
static bool head_begins(struct verify *verify, struct passing_head *passing, struct key key, int64_t head_id)
{
    struct rows *rows = &verify->entries;
    bool first = passing->head.municipality_id != key.municipality_id;
    int64_t expected = first ? 1 : passing->head.head_id + 1;
    if (first)
        memset(passing->made, 0, sizeof passing->made);
    head_digest_begin(passing->digest, passing->made);
    passing->head.municipality_id = key.municipality_id;
    passing->head.head_id = head_id;
    verify->heads++;
    if (!first && !passing->fits)
        return false;
    if (head_id != expected)
        return misfit(verify, key, "signed head %" PRId64 " is missing before head %" PRId64, expected,
                      head_id);
    const char *statement = rows_text(rows, HEAD_STATEMENT);
    struct head said = {0};
    if (!head_is_signed(&verify->signers, statement, (const uint8_t *)rows_text(rows, HEAD_SIGNATURE),
                        (size_t)PQgetlength(rows->page, rows->row, HEAD_SIGNATURE)) ||
        !head_read(statement, &said) || said.municipality_id != key.municipality_id ||
        said.head_id != head_id)
        return misfit(verify, key, "head %" PRId64 " does not bear its signature", head_id);
    memcpy(passing->head.digest, said.digest, sizeof said.digest);
    return true;
}

static void head_ends(struct verify *verify, struct passing_head *passing)
{
    char made[HEAD_HEX];
    if (!passing->head.head_id)
        return;
    head_digest_end(passing->digest, passing->made);
    head_hex(passing->made, CHAIN_BYTES, made);
    if (passing->fits && strcmp(made, passing->head.digest) != 0)
        passing->fits = misfit(verify, (struct key){.municipality_id = passing->head.municipality_id},
                               "the trajectories of head %" PRId64 " are not those that were signed",
                               passing->head.head_id);
}

static void verify_heads(struct verify *verify)
{
    struct passing_head passing = {.digest = EVP_MD_CTX_new()};
    struct rows *rows = &verify->entries;
    rows_close(rows);
    rows_open(rows, verify->connection, "heads", head_query, verify->status);
    while (!verify->status->code && !rows->end) {
        struct key key = {.municipality_id = rows_number(rows, HEAD_MUNICIPALITY)};
        int64_t head_id = rows_number(rows, HEAD_ID);
        if (passing.head.municipality_id != key.municipality_id || passing.head.head_id != head_id) {
            head_ends(verify, &passing);
            passing.fits = head_begins(verify, &passing, key, head_id);
        }
        const uint8_t *chained = rows_bytes(rows, HEAD_CHAINED, CHAIN_BYTES);
        if (chained)
            head_digest_add(passing.digest, rows_number(rows, HEAD_TRAJECTORY),
                            rows_number(rows, HEAD_SEQUENCE), chained);
        rows_next(rows, verify->status);
    }
    if (!verify->status->code)
        head_ends(verify, &passing);
    EVP_MD_CTX_free(passing.digest);
}

/* ---- the file outside of the database ---- */

/* The last head of each municipality in the file so far. */
struct last {
    int count;
    struct key_of_head {
        int64_t municipality_id, head_id;
    } * heads;
};

/* From the first to the last head in the file none is left out. */
static void verify_order(struct verify *verify, struct last *last, const char *path, int64_t number,
                         const struct head *head)
{
    int i = 0;
    while (i < last->count && last->heads[i].municipality_id != head->municipality_id)
        i++;
    if (i == last->count) {
        last->heads = memory_resize(last->heads, (size_t)++last->count, sizeof *last->heads);
        last->heads[i] = (struct key_of_head){head->municipality_id, head->head_id};
    }
    int64_t before = last->heads[i].head_id;
    if (head->head_id > before + 1)
        misfit(verify, (struct key){.municipality_id = head->municipality_id},
               "head %" PRId64 " is missing before %s:%" PRId64, before + 1, path, number);
    if (head->head_id > before)
        last->heads[i].head_id = head->head_id;
}

/* Is the head of a line in the database as it stands here. */
static void verify_line(struct verify *verify, struct last *last, const char *path, int64_t number,
                        char *line)
{
    struct head head = {0};
    uint8_t signature[SIGNATURE_BYTES];
    bool is_head = head_split(line, signature) && head_read(line, &head);
    struct key key = {.municipality_id = head.municipality_id};
    if (!is_head || !head_is_signed(&verify->signers, line, signature, sizeof signature)) {
        printf("%s:%" PRId64 ": this line does not bear its signature\n", path, number);
        verify->misfits++;
        return;
    }
    PGresult *found = audit_query(
        verify->connection, verify->status,
        "select statement, signature from traject.signed_head where municipality_id = $1 and head_id = $2", 2,
        (const int64_t[]){head.municipality_id, head.head_id});
    if (!found)
        return;
    if (PQntuples(found) == 0)
        misfit(verify, key, "head %" PRId64 " is missing: it stands at %s:%" PRId64, head.head_id, path,
               number);
    else if (strcmp(PQgetvalue(found, 0, 0), line) != 0)
        misfit(verify, key, "head %" PRId64 " is another one than at %s:%" PRId64, head.head_id, path,
               number);
    else
        verify->held++;
    PQclear(found);
    verify_order(verify, last, path, number, &head);
}

static void verify_file(struct verify *verify, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        status_set(verify->status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "heads %s: %m", path);
        return;
    }
    struct last last = {0};
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int64_t number = 0;
    while (!verify->status->code && (length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        verify_line(verify, &last, path, ++number, line);
    }
    if (ferror(file) && !verify->status->code)
        status_set(verify->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "heads %s: %m", path);
    else if (!number && verify->heads && !verify->status->code) {
        printf("%s is empty, and the database has %" PRId64 " signed heads\n", path, verify->heads);
        verify->misfits++;
    }
    free(last.heads);
    free(line);
    fclose(file);
}

int verify_run(const struct config *config, const char *heads, struct status *status)
{
    struct verify verify = {.status = status};
    heads = heads ? heads : config->heads;
    if (!config->audit_database || !config->signing_public_key)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                          "%s is missing from the configuration; verify needs it",
                          config->audit_database ? "signing_public_key" : "audit_database");
    if (head_read_signers("signing_public_key", config->signing_public_key, &verify.signers, status) == 0)
        verify.connection = audit_connect(config->audit_database, status);
    if (verify.connection) {
        verify_entries(&verify);
        if (!status->code)
            verify_heads(&verify);
        if (!status->code && heads)
            verify_file(&verify, heads);
    }
    if (!status->code && !verify.misfits) {
        printf("Verified: %" PRId64 " entries of %" PRId64
               " trajectories stand as they were recorded; %" PRId64 " of them are in %" PRId64
               " signed heads, ",
               verify.checked, verify.trajectories, verify.is_signed, verify.heads);
        if (heads)
            printf("%" PRId64 " of which are in %s.\n", verify.held, heads);
        else
            puts("and no file of heads was given.");
    }
    rows_close(&verify.entries);
    rows_close(&verify.marks);
    rows_close(&verify.owners);
    chain_free(verify.chain);
    PQfinish(verify.connection);
    head_clear_signers(&verify.signers);
    return status->code ? -1 : verify.misfits ? 1 : 0;
}
