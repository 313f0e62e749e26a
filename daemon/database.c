#include "database.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "postgres.h"
#include "prepared.h"
#include "sqlstate.h"

enum {
    STATEMENT_SECONDS_MAX = 30, /* after that PostgreSQL cancels it */
    SILENCE_MS_MAX = 60000, /* then the server is taken for lost: longer than any one statement may take */
    ATTEMPTS_MAX = 4,
    /* The same of a standby, whose calls the primary can answer instead, before those of the standard wait
     * are late; */
    STANDBY_STATEMENT_SECONDS_MAX = 5,
    STANDBY_SILENCE_MS_MAX = 7000,
    /* and one that is silent for so long is given no more calls. */
    STANDBY_QUIET_MS_MAX = 2000,
};

enum sent_kind {
    SENT_SETUP, /* a statement of the preparation; its rows do not matter */
    SENT_ENTER, /* who calls; its rows do not matter */
    SENT_CALL,  /* its rows are the call's result */
    SENT_LOG,   /* the lines of whom the round's calls looked at; its rows do not matter */
    SENT_LOOKS, /* what is to be logged on the primary: its row is kept for that */
    SENT_SYNC,
};

struct sent {
    enum sent_kind kind;
    struct call *call;
};

struct database {
    struct postgres *postgres;
    const struct contract *contract;
    const struct keys *keys;
    const struct database_events *events;
    void *context;
    bool standby;
    enum database_state state;
    int64_t prepared_ms;    /* when it last began to prepare */
    int64_t since_ms;       /* when the present state or round began, or its last answer came */
    struct call_list batch; /* not yet done */
    bool alone;             /* the batch failed: its calls run one by one */
    bool keying;            /* this round asks for keys only */
    PGresult *looks;        /* of a standby's batch, which the primary has yet to log */
    PGresult *kept;         /* what was answered without it, and it logs now */
    struct sent *sent;      /* what was sent in this round and not yet answered: [head, count) */
    size_t sent_head, sent_count, sent_capacity;
    bool nulls;  /* the last result was a NULL: two in a row before a Sync is answered are an error */
    bool failed; /* something of this round failed */
};

/* ---- losing the server ---- */

/* The count of connections to that server which are in the state. */
static enum metric count_of(const struct database *database, enum database_state state)
{
    return (database->standby ? METRIC_STANDBY_AWAY : METRIC_PRIMARY_AWAY) + state;
}

static void enter_state(struct database *database, enum database_state state)
{
    metrics_add(count_of(database, database->state), -1);
    metrics_add(count_of(database, state), 1);
    database->state = state;
    database->since_ms = clock_ms();
}

static void forget_answers(struct database *database)
{
    struct call *call;
    TAILQ_FOREACH(call, &database->batch, queue)
    {
        PQclear(call->result);
        PQclear(call->failure);
        call->result = call->failure = NULL;
        call->has_key = false;
    }
    PQclear(database->looks);
    database->looks = NULL;
}

/* Hands over the calls without an answer. */
static void give_back(struct database *database, enum database_state state)
{
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    forget_answers(database);
    enter_state(database, state);
    TAILQ_CONCAT(&calls, &database->batch, queue);
    database->events->lost(database, &calls, database->context);
}

static void hand_back_kept(struct database *database, bool logged)
{
    PGresult *kept = database->kept;
    database->kept = NULL;
    database->events->kept(kept, logged, database->context);
}

static void on_lost(void *context)
{
    struct database *database = context;
    database->sent_head = database->sent_count = 0;
    if (database->kept)
        hand_back_kept(database, false);
    metrics_add((database->state == DATABASE_AWAY ? METRIC_UNCONNECTED_OF_PRIMARY : METRIC_LOST_OF_PRIMARY) +
                    database->standby,
                1);
    give_back(database, DATABASE_AWAY);
}

/* Connecting anew prepares everything anew. */
static const char outdated[] = "what it prepared is out of date";

/* The loss that follows is no attempt: a call may meet all connections to a demoted primary, or all that
 * prepared too long ago, one after another. */
static void forgive(struct database *database)
{
    struct call *call;
    TAILQ_FOREACH(call, &database->batch, queue)
    call->attempts--;
}

static void lose(struct database *database, const char *why)
{
    postgres_lose(database->postgres, why);
}

/* ---- sending ---- */

static void note(struct database *database, enum sent_kind kind, struct call *call)
{
    if (database->sent_count == database->sent_capacity) {
        database->sent_capacity = database->sent_capacity * 2 + 64;
        database->sent = memory_resize(database->sent, database->sent_capacity, sizeof *database->sent);
    }
    database->sent[database->sent_count++] = (struct sent){kind, call};
}

/* Each send function returns 1, or 0 when the connection is gone, as libpq does. */
static int send_statement(struct database *database, enum sent_kind kind, struct call *call, const char *name,
                          int count, const char *const *values, const int *lengths, const int *formats)
{
    note(database, kind, call);
    return PQsendQueryPrepared(postgres_connection(database->postgres), name, count, values, lengths, formats,
                               1);
}

static int send_sync(struct database *database)
{
    note(database, SENT_SYNC, NULL);
    return PQpipelineSync(postgres_connection(database->postgres));
}

enum { ENTER_VALUES = 8 };
static const int binary[ENTER_VALUES] = {1, 1, 1, 1, 1, 1, 1, 1};

static int length_of(const char *text)
{
    return text ? (int)strlen(text) : 0;
}

static const char *certificate_of(const struct call *call)
{
    return call->credentials.has_certificate ? (const char *)call->credentials.certificate_sha256 : NULL;
}

/* Who calls; for a write with its request_key, so that it happens once. */
static int send_enter(struct database *database, struct call *call, bool keyed)
{
    const uint32_t waited_ms = htobe32((uint32_t)(clock_ms() - call->received_ms));
    const struct trace *trace = &call->trace;
    const char *values[ENTER_VALUES] = {(char *)call->credentials.token_sha256,
                                        keyed ? (char *)call->request_key : NULL,
                                        call->method->full_name,
                                        (char *)call->body_sha256,
                                        (char *)&waited_ms,
                                        trace->traceparent,
                                        trace->foreign_entity,
                                        certificate_of(call)};
    const int lengths[ENTER_VALUES] = {SHA256_BYTES,
                                       UUID_BYTES,
                                       (int)strlen(values[2]),
                                       SHA256_BYTES,
                                       sizeof waited_ms,
                                       length_of(trace->traceparent),
                                       length_of(trace->foreign_entity),
                                       SHA256_BYTES};
    return send_statement(database, SENT_ENTER, call, database->standby ? "enter_on_standby" : "enter",
                          ENTER_VALUES, values, lengths, binary);
}

/* So stale as every call of the batch allows. */
static int send_begin(struct database *database)
{
    const struct call *call;
    uint32_t max_ms = UINT32_MAX;
    TAILQ_FOREACH(call, &database->batch, queue)
    max_ms = call->max_staleness_ms < max_ms ? call->max_staleness_ms : max_ms;
    const uint64_t value = htobe64(max_ms);
    return send_statement(database, SENT_ENTER, NULL, "begin_on_standby", 1, (const char *[]){(char *)&value},
                          (int[]){sizeof value}, binary);
}

/* The lines of whom the round's calls looked at, or on a standby what there is to log. */
static int send_looks(struct database *database)
{
    return send_statement(database, database->standby ? SENT_LOOKS : SENT_LOG, NULL,
                          database->standby ? "standby_looks" : "log_looks", 0, NULL, NULL, NULL);
}

/* The columns of standby_looks. log_kept_looks takes the first two, log_standby_looks the first three. */
enum { LOOKS_NOTED, LOOKS_AT, LOOKS_SEEN_BEFORE, LOOKS_STALENESS_MS, LOOKS_LINES };
enum { LOOKS_LOGGED = LOOKS_SEEN_BEFORE + 1, LOOKS_LOGGED_OF_KEPT = LOOKS_AT + 1 };

static int send_looks_of(struct database *database, const char *name, int count, const PGresult *looks)
{
    const char *values[LOOKS_LOGGED];
    int lengths[LOOKS_LOGGED];
    for (int column = 0; column < count; column++) {
        values[column] = PQgetvalue(looks, 0, column);
        lengths[column] = PQgetlength(looks, 0, column);
    }
    return send_statement(database, SENT_LOG, NULL, name, count, values, lengths, binary);
}

/* Asks for the key of whom the words of a call are about. */
static int send_key(struct database *database, struct call *call)
{
    enum { COUNT = 2 + PERSON_EVENT_ID + 1 };
    const char *values[COUNT] = {(char *)call->credentials.token_sha256, certificate_of(call)};
    int lengths[COUNT] = {SHA256_BYTES, SHA256_BYTES};
    call_persons(call, PERSON_EVENT_ID + 1, values + 2, lengths + 2);
    return send_statement(database, SENT_CALL, call, "subject_key", COUNT, values, lengths, binary);
}

static int send_refused(struct database *database, struct call *call)
{
    const char *values[PERSONS];
    int lengths[PERSONS];
    call_persons(call, PERSONS, values, lengths);
    return send_statement(database, SENT_CALL, call, "refused", PERSONS, values, lengths, binary);
}

static int send_new_key(struct database *database, struct call *call)
{
    const char *values[] = {call->new_key.length ? (char *)call->new_key.data : ""};
    return send_statement(database, SENT_ENTER, call, "new_key", 1, values,
                          (int[]){(int)call->new_key.length}, binary);
}

static int send_call(struct database *database, struct call *call)
{
    const struct method *method = call->method;
    if (call->step == CALL_AUTHENTICATE) {
        const char *values[] = {(char *)call->credentials.token_sha256, certificate_of(call)};
        const int lengths[] = {SHA256_BYTES, SHA256_BYTES};
        return send_statement(database, SENT_CALL, call, "authenticate", 2, values, lengths, binary);
    }
    if (!send_enter(database, call, call->step == CALL_FUNCTION && method->writes))
        return 0;
    if (method->names && call->step == CALL_FUNCTION && !send_new_key(database, call))
        return 0;
    if (call->step == CALL_REFUSED)
        return send_refused(database, call);
    if (call->step == CALL_REPLAY) {
        const char *values[] = {(char *)call->request_key};
        return send_statement(database, SENT_CALL, call, method->replay_name, 1, values, (int[]){UUID_BYTES},
                              binary);
    }
    struct parameters *parameters = &call->parameters;
    if (method->writes) {
        size_t at = method->argument_count;
        const char *values[] = {(char *)call->request_key, method->full_name, (char *)call->body_sha256};
        const int lengths[] = {UUID_BYTES, (int)strlen(method->full_name), SHA256_BYTES};
        memcpy(parameters->values + at, values, sizeof values);
        memcpy(parameters->lengths + at, lengths, sizeof lengths);
        memcpy(parameters->formats + at, binary, sizeof lengths);
    }
    return send_statement(database, SENT_CALL, call, method->call_name, parameters->count, parameters->values,
                          parameters->lengths, parameters->formats);
}

/* When calls go alone a round has only the first. */
static struct call *next_in_round(const struct database *database, struct call *call)
{
    return database->alone ? NULL : TAILQ_NEXT(call, queue);
}

static void end_round(struct database *database, int sent)
{
    if (sent && send_sync(database))
        postgres_flush(database->postgres);
    else
        lose(database, "sending failed");
}

/* Sends the next round: the whole batch, or its first call when they go alone. Keys that are needed come
 * first, in a round of their own. */
static void send_round(struct database *database)
{
    database->failed = false;
    database->nulls = false;
    database->keying = false;
    database->since_ms = clock_ms();
    int sent = !database->standby || send_begin(database);
    struct call *call;
    for (call = TAILQ_FIRST(&database->batch); call; call = next_in_round(database, call))
        database->keying = database->keying || call_lacks_key(call);
    for (call = TAILQ_FIRST(&database->batch); call && sent; call = next_in_round(database, call)) {
        /* Else PostgreSQL keeps all answers until the Sync, and calls that are slow together look like a lost
         * server. */
        sent = call == TAILQ_FIRST(&database->batch) ||
               PQsendFlushRequest(postgres_connection(database->postgres));
        if (sent && !database->keying)
            sent = send_call(database, call);
        else if (sent && call_lacks_key(call))
            sent = send_key(database, call);
    }
    if (sent && !database->keying)
        sent = send_looks(database);
    end_round(database, sent);
}

/* ---- the ends of a round ---- */

static void finish_first(struct database *database)
{
    struct call *call = TAILQ_FIRST(&database->batch);
    TAILQ_REMOVE(&database->batch, call, queue);
    database->events->done(call, database->context);
}

/* The keys have come: of what cannot be sealed the refusal is logged, the rest goes on. */
static void keys_done(struct database *database)
{
    struct call *call, *next;
    for (call = TAILQ_FIRST(&database->batch); call; call = next) {
        next = TAILQ_NEXT(call, queue);
        if (!call_lacks_key(call) || !call->result)
            continue;
        int failed = call_seal(call, database->keys);
        PQclear(call->result);
        call->result = NULL;
        if (failed && call_wants_refusal(call)) {
            call->step = CALL_REFUSED;
        } else if (failed) {
            TAILQ_REMOVE(&database->batch, call, queue);
            database->events->done(call, database->context);
        }
    }
}

/* Is the failed call worth another round: it was answered before, or others were in its way. */
static bool run_again(struct call *call)
{
    enum sqlstate_kind kind = sqlstate_kind(sqlstate_of(call->failure));
    if (call->step == CALL_FUNCTION && kind == SQLSTATE_ANSWERED) {
        call->step = CALL_REPLAY;
        return true;
    }
    if (kind != SQLSTATE_PASSING || ++call->attempts >= ATTEMPTS_MAX)
        return false;
    metrics_retry(sqlstate_of(call->failure));
    return true;
}

/* Whether it failed for what the connection prepared before the functions were made anew. Where it fails
 * again on what was prepared since, that is not the cause. */
static bool meets_outdated(const struct database *database, struct call *call)
{
    if (!call->failure || call->step == CALL_REFUSED ||
        sqlstate_kind(sqlstate_of(call->failure)) != SQLSTATE_OUTDATED)
        return false;
    if (!call->outdated_ms)
        call->outdated_ms = clock_ms();
    return database->prepared_ms < call->outdated_ms;
}

/* Whether that says nothing of whether an attempt before was done. */
static bool is_of_this_attempt(Traject__V1__Code code)
{
    return code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED || code == TRAJECT__V1__CODE__ABORTED ||
           code == TRAJECT__V1__CODE__PERMISSION_DENIED || code == TRAJECT__V1__CODE__UNAUTHENTICATED;
}

/* The call has run for the last time. Its refusal is logged in a transaction of its own: what it did is
 * undone. */
static void conclude(struct database *database, struct call *call)
{
    if (call->step == CALL_REFUSED && call->failure)
        log_event(LOG_ERROR, "refusal_not_logged", "method=%s sqlstate=%s trace_id=%s",
                  call->method->full_name, sqlstate_of(call->failure), call->trace.id);
    else if (call->failure)
        sqlstate_to_status(call->failure, database->contract, call->method, call->trace.id, &call->status);
    if (call->lost && is_of_this_attempt(call->status.code))
        call_set_unknown(call);
    if (call_wants_refusal(call))
        call->step = CALL_REFUSED;
    else
        finish_first(database);
}

/* Who looked on a standby is logged: now its answers may go out. */
static void answer_stale(struct database *database, struct call_list *calls, const PGresult *looks)
{
    uint64_t staleness_ms;
    struct call *call;
    memcpy(&staleness_ms, PQgetvalue(looks, 0, LOOKS_STALENESS_MS), sizeof staleness_ms);
    metrics_set(METRIC_STALENESS_MS, (int64_t)be64toh(staleness_ms));
    metrics_set(METRIC_STALENESS_SEEN_AT, time(NULL));
    while ((call = TAILQ_FIRST(calls))) {
        TAILQ_REMOVE(calls, call, queue);
        call->staleness_ms = (int64_t)be64toh(staleness_ms);
        database->events->done(call, database->context);
    }
}

static void looks_logged(struct database *database)
{
    PGresult *looks = database->looks;
    database->looks = NULL;
    answer_stale(database, &database->batch, looks);
    PQclear(looks);
}

/* It keeps its connections then. */
static bool was_promoted(const struct database *database)
{
    const char *standby = PQparameterStatus(postgres_connection(database->postgres), "in_hot_standby");
    return database->standby && standby && strcmp(standby, "off") == 0;
}

static void round_done(struct database *database)
{
    bool logged = !database->standby && database->looks;
    if (database->state == DATABASE_BUSY && (database->standby || logged) && database->failed) {
        const struct call *call = TAILQ_FIRST(&database->batch);
        while (TAILQ_NEXT(call, queue) && !call->failure)
            call = TAILQ_NEXT(call, queue);
        log_event(LOG_INFO, "standby_not_used", "sqlstate=%s logging=%d", sqlstate_of(call->failure), logged);
        metrics_add(METRIC_STANDBY_NOT_USED, 1);
        if (was_promoted(database))
            lose(database, "it is no standby any more");
        else if (sqlstate_kind(sqlstate_of(call->failure)) == SQLSTATE_OUTDATED) {
            forgive(database);
            lose(database, outdated);
        } else
            give_back(database, DATABASE_IDLE);
        return;
    }
    if (database->state == DATABASE_PREPARING) {
        if (database->failed) {
            lose(database, "preparing the statements failed");
            return;
        }
        postgres_succeeded(database->postgres);
        log_event(LOG_INFO, database->standby ? "standby_ready" : "database_ready", "backend=%d",
                  PQbackendPID(postgres_connection(database->postgres)));
    } else if (database->kept) {
        hand_back_kept(database, !database->failed);
    } else if (database->standby) {
        enter_state(database, DATABASE_UNLOGGED);
        database->events->unlogged(database, database->context);
        return;
    } else if (logged) {
        looks_logged(database);
    } else if (!database->failed && database->keying) {
        keys_done(database);
        if (!TAILQ_EMPTY(&database->batch)) {
            send_round(database);
            return;
        }
    } else if (!database->failed && !database->alone) {
        while (!TAILQ_EMPTY(&database->batch))
            finish_first(database);
    } else if (!database->alone && TAILQ_NEXT(TAILQ_FIRST(&database->batch), queue)) {
        /* The batch has changed nothing. */
        metrics_add(METRIC_BATCHES_FAILED, 1);
        forget_answers(database);
        database->alone = true;
        send_round(database);
        return;
    } else {
        struct call *call = TAILQ_FIRST(&database->batch);
        if (meets_outdated(database, call)) {
            forgive(database);
            lose(database, outdated);
            return;
        }
        if (!call->failure || !run_again(call))
            conclude(database, call);
        forget_answers(database);
        if (!TAILQ_EMPTY(&database->batch)) {
            database->alone = true;
            send_round(database);
            return;
        }
    }
    database->alone = false;
    enter_state(database, DATABASE_IDLE);
    database->events->idle(database, database->context);
}

static void fail_call(struct database *database, struct call *call, PGresult *result)
{
    database->failed = true;
    if (!call)
        log_event(LOG_ERROR, database->kept ? "kept_looks_not_logged" : "database_setup_failed",
                  "sqlstate=%s message=%s", sqlstate_of(result),
                  LOG_TEXT(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    if (!call || call->failure)
        PQclear(result);
    else
        call->failure = result;
}

/* It took too long, in a lock or as a whole. */
static bool is_impatient(const char *sqlstate)
{
    return strcmp(sqlstate, "55P03") == 0 || strcmp(sqlstate, "57014") == 0;
}

static void take_result(struct database *database, PGresult *result)
{
    struct sent *sent = &database->sent[database->sent_head];
    /* An error of the logs, or at a Sync of the commit, belongs to all of the round. */
    struct call *call = sent->call ? sent->call : TAILQ_FIRST(&database->batch);
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        if (sent->kind == SENT_CALL) {
            call->result = result;
            return;
        }
        if (sent->kind == SENT_LOOKS) {
            database->looks = result;
            return;
        }
        break;
    case PGRES_COMMAND_OK:
        break;
    case PGRES_PIPELINE_ABORTED:
        database->failed = true;
        break;
    case PGRES_PIPELINE_SYNC:
        assert(sent->kind == SENT_SYNC);
        PQclear(result);
        database->sent_head = database->sent_count = 0;
        round_done(database);
        return;
    default:
        /* The one lock that entering waits for is of who has its request_key, and may be doing it. */
        if (sent->kind == SENT_ENTER && sent->call && is_impatient(sqlstate_of(result)))
            sent->call->lost = sent->call->method->writes;
        fail_call(database, call, result);
        return;
    }
    PQclear(result);
}

/* Whether this server is not the one to answer what was sent to it. A standby is always read-only. */
static bool must_leave(struct database *database, enum sqlstate_kind kind)
{
    if (kind != SQLSTATE_READ_ONLY || database->standby)
        return kind == SQLSTATE_LOST || postgres_committed_alone(database->postgres);
    forgive(database);
    return true;
}

/* Returns false when the connection is to be given up. */
static bool on_received(void *context)
{
    struct database *database = context;
    PGconn *connection = postgres_connection(database->postgres);
    while (database->sent_head < database->sent_count && !PQisBusy(connection)) {
        PGresult *result = PQgetResult(connection);
        if (result) {
            database->nulls = false;
            database->since_ms = clock_ms();
            if (must_leave(database, sqlstate_kind(sqlstate_of(result)))) {
                PQclear(result);
                return false;
            }
            take_result(database, result);
            if (!postgres_connection(database->postgres))
                return true;
        } else if (database->sent[database->sent_head].kind == SENT_SYNC) {
            if (database->nulls || PQstatus(connection) != CONNECTION_OK)
                return false;
            database->nulls = true;
        } else {
            database->sent_head++;
        }
    }
    return PQstatus(connection) == CONNECTION_OK;
}

/* ---- preparing ---- */

static void on_connected(void *context)
{
    struct database *database = context;
    PGconn *connection = postgres_connection(database->postgres);
    enter_state(database, DATABASE_PREPARING);
    database->prepared_ms = database->since_ms;
    int count = -1;
    if (PQenterPipelineMode(connection))
        count = prepared_send(connection, database->contract,
                              database->standby ? STANDBY_STATEMENT_SECONDS_MAX : STATEMENT_SECONDS_MAX,
                              STATEMENT_SECONDS_MAX);
    for (int i = 0; i < count; i++)
        note(database, SENT_SETUP, NULL);
    database->failed = false;
    if (count > 0 && send_sync(database))
        postgres_flush(database->postgres);
    else
        lose(database, "preparing the statements could not be sent");
}

/* ---- what the pool calls ---- */

static const struct postgres_events postgres_events = {"database_lost", "read-write", on_connected,
                                                       on_received, on_lost};
static const struct postgres_events standby_events = {"standby_lost", "standby", on_connected, on_received,
                                                      on_lost};

struct database *database_new(struct event_base *base, const char *conninfo, bool standby,
                              const struct contract *contract, const struct keys *keys,
                              const struct database_events *events, void *context)
{
    struct database *database = memory_new(1, sizeof *database);
    *database = (struct database){.contract = contract,
                                  .keys = keys,
                                  .events = events,
                                  .context = context,
                                  .standby = standby,
                                  .state = DATABASE_AWAY};
    TAILQ_INIT(&database->batch);
    metrics_add(count_of(database, DATABASE_AWAY), 1);
    database->postgres = postgres_new(base, conninfo, standby ? &standby_events : &postgres_events, database);
    return database;
}

enum database_state database_state(const struct database *database)
{
    return database->state;
}

void database_run(struct database *database, struct call_list *batch)
{
    assert(database->state == DATABASE_IDLE && !TAILQ_EMPTY(batch));
    TAILQ_CONCAT(&database->batch, batch, queue);
    enter_state(database, DATABASE_BUSY);
    send_round(database);
}

void database_log(struct database *database, struct database *standby)
{
    assert(database->state == DATABASE_IDLE && standby->state == DATABASE_UNLOGGED);
    TAILQ_CONCAT(&database->batch, &standby->batch, queue);
    database->looks = standby->looks;
    standby->looks = NULL;
    enter_state(standby, DATABASE_IDLE);
    enter_state(database, DATABASE_BUSY);
    database->failed = database->nulls = false;
    end_round(database, send_looks_of(database, "log_standby_looks", LOOKS_LOGGED, database->looks));
}

/* Returns 0, or -1 when the log does not take all of it. */
static int write_lines(const PGresult *looks)
{
    int failed = 0;
    const char *line = PQgetvalue(looks, 0, LOOKS_LINES);
    while (*line && !failed) {
        int length = (int)strcspn(line, "\n");
        /* At a level that no configuration leaves out. */
        failed = log_event(LOG_ERROR, "looked_without_primary", "%.*s", length, line);
        line += length + (line[length] == '\n');
    }
    return failed;
}

PGresult *database_answer(struct database *standby)
{
    assert(standby->state == DATABASE_UNLOGGED);
    if (write_lines(standby->looks)) {
        give_back(standby, DATABASE_IDLE);
        return NULL;
    }
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    PGresult *looks = standby->looks;
    standby->looks = NULL;
    TAILQ_CONCAT(&calls, &standby->batch, queue);
    enter_state(standby, DATABASE_IDLE);
    answer_stale(standby, &calls, looks);
    if (!PQgetisnull(looks, 0, LOOKS_LINES))
        return looks;
    PQclear(looks);
    return NULL;
}

size_t database_looks_lines(const PGresult *looks)
{
    size_t lines = 1;
    for (const char *c = PQgetvalue(looks, 0, LOOKS_LINES); *c; c++)
        lines += *c == '\n';
    return lines;
}

void database_log_kept(struct database *database, PGresult *looks)
{
    assert(database->state == DATABASE_IDLE);
    database->kept = looks;
    enter_state(database, DATABASE_BUSY);
    database->failed = database->nulls = false;
    end_round(database, send_looks_of(database, "log_kept_looks", LOOKS_LOGGED_OF_KEPT, looks));
}

bool database_answers(const struct database *database)
{
    return database->state >= DATABASE_IDLE &&
           (database->state != DATABASE_BUSY || clock_ms() - database->since_ms <= STANDBY_QUIET_MS_MAX);
}

void database_tick(struct database *database, int64_t now_ms)
{
    int64_t silence_ms_max = database->standby ? STANDBY_SILENCE_MS_MAX : SILENCE_MS_MAX;
    bool awaited = database->state == DATABASE_PREPARING || database->state == DATABASE_BUSY;
    if (awaited && now_ms - database->since_ms > silence_ms_max)
        lose(database, "no answer for too long");
    postgres_tick(database->postgres, now_ms);
}

void database_free(struct database *database)
{
    postgres_free(database->postgres);
    PQclear(database->looks);
    PQclear(database->kept);
    free(database->sent);
    free(database);
}
