#include "database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "sqlstate.h"

enum {
    STATEMENT_SECONDS_MAX = 30, /* after that PostgreSQL cancels it */
    SILENCE_MS_MAX = 60000,     /* then the server is taken for lost: longer than any statement may take */
    CONNECT_MS_MAX = 10000,
    RETRY_MS_MIN = 100,
    RETRY_MS_MAX = 5000,
    ATTEMPTS_MAX = 4,
};

enum sent_kind {
    SENT_SETUP, /* a statement of the preparation; its rows do not matter */
    SENT_ENTER, /* who calls; its rows do not matter */
    SENT_CALL,  /* its rows are the call's result */
    SENT_SYNC,
};

struct sent {
    enum sent_kind kind;
    struct call *call;
};

struct database {
    struct event_base *base;
    char *conninfo;
    const struct contract *contract;
    const struct database_events *events;
    void *context;
    enum database_state state;
    int64_t since_ms; /* when the present state or round began */
    int64_t retry_ms; /* how long to wait before connecting again */
    PGconn *connection;
    int watched; /* a dup of libpq's socket, which libpq may close on its own; -1 when none */
    struct event *readable, *writable, *retry;
    struct call_list batch; /* not yet done */
    bool alone;             /* the batch failed: its calls run one by one */
    struct sent *sent;      /* what was sent in this round and not yet answered: [head, count) */
    size_t sent_head, sent_count, sent_capacity;
    bool nulls;  /* the last result was a NULL: two in a row before a Sync is answered are an error */
    bool failed; /* something of this round failed */
};

static void connect_now(struct database *database);
static void on_socket(evutil_socket_t fd, short what, void *context);

/* ---- losing and finding the server ---- */

static void unwatch(struct database *database)
{
    if (database->readable)
        event_free(database->readable);
    if (database->writable)
        event_free(database->writable);
    if (database->watched >= 0)
        close(database->watched);
    database->readable = database->writable = NULL;
    database->watched = -1;
}

/* Returns -1 when there is no socket to watch or no descriptor left. */
static int watch(struct database *database)
{
    unwatch(database);
    int fd = PQsocket(database->connection);
    if (fd < 0 || (database->watched = dup(fd)) < 0)
        return -1;
    evutil_make_socket_closeonexec(database->watched);
    database->readable =
        event_new(database->base, database->watched, EV_READ | EV_PERSIST, on_socket, database);
    database->writable = event_new(database->base, database->watched, EV_WRITE, on_socket, database);
    return 0;
}

static void enter_state(struct database *database, enum database_state state)
{
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
    }
}

static void lose(struct database *database, const char *why)
{
    /* libpq's own message may quote data, so only its cause is logged, and only before any data. */
    const char *detail = database->state == DATABASE_CONNECTING ? PQerrorMessage(database->connection) : "";
    log_event(LOG_WARNING, "database_lost", "why=%s%s%s retry_ms=%lld", LOG_TEXT(why),
              *detail ? " detail=" : "", *detail ? LOG_TEXT(detail) : "", (long long)database->retry_ms);
    unwatch(database);
    PQfinish(database->connection);
    database->connection = NULL;
    forget_answers(database);
    database->sent_head = database->sent_count = 0;
    enter_state(database, DATABASE_FAILED);

    /* Jitter, so that many connections do not come back in the same instant. */
    uint32_t random;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    int64_t wait = database->retry_ms / 2 + random % (database->retry_ms / 2 + 1);
    event_add(database->retry, &(struct timeval){wait / 1000, wait % 1000 * 1000});
    database->retry_ms = database->retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : database->retry_ms * 2;

    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    TAILQ_CONCAT(&calls, &database->batch, queue);
    database->events->lost(database, &calls, database->context);
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    connect_now(context);
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
    return PQsendQueryPrepared(database->connection, name, count, values, lengths, formats, 1);
}

static int send_sync(struct database *database)
{
    note(database, SENT_SYNC, NULL);
    return PQpipelineSync(database->connection);
}

static const int binary[] = {1, 1, 1, 1};

static int send_enter(struct database *database, struct call *call)
{
    bool keyed = call->step == CALL_FUNCTION && call->method->writes;
    const char *values[] = {(char *)call->token_sha256, keyed ? (char *)call->request_key : NULL,
                            call->method->full_name, (char *)call->body_sha256};
    const int lengths[] = {SHA256_BYTES, UUID_BYTES, (int)strlen(values[2]), SHA256_BYTES};
    return send_statement(database, SENT_ENTER, call, "enter", 4, values, lengths, binary);
}

static int send_call(struct database *database, struct call *call)
{
    const struct method *method = call->method;
    if (call->step == CALL_AUTHENTICATE) {
        const char *values[] = {(char *)call->token_sha256};
        return send_statement(database, SENT_CALL, call, "authenticate", 1, values, (int[]){SHA256_BYTES},
                              binary);
    }
    if (!send_enter(database, call))
        return 0;
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

static void flush(struct database *database)
{
    int result = PQflush(database->connection);
    if (result < 0)
        lose(database, "the server closed the connection");
    else if (result > 0)
        event_add(database->writable, NULL);
}

/* Sends the next round: the whole batch, or its first call when they go alone. */
static void send_round(struct database *database)
{
    database->failed = false;
    database->nulls = false;
    database->since_ms = clock_ms();
    int sent = 1;
    struct call *call;
    TAILQ_FOREACH(call, &database->batch, queue)
    {
        sent = sent && send_call(database, call);
        if (database->alone)
            break;
    }
    if (sent && send_sync(database))
        flush(database);
    else
        lose(database, "sending failed");
}

/* ---- the ends of a round ---- */

static void finish_first(struct database *database)
{
    struct call *call = TAILQ_FIRST(&database->batch);
    TAILQ_REMOVE(&database->batch, call, queue);
    database->events->done(call, database->context);
}

/* Is the failed call worth another round: it was answered before, or others were in its way. */
static bool run_again(struct call *call)
{
    const char *sqlstate = sqlstate_of(call->failure);
    if (call->step == CALL_FUNCTION && sqlstate_is_answered(sqlstate)) {
        call->step = CALL_REPLAY;
        return true;
    }
    return sqlstate_is_passing(sqlstate) && ++call->attempts < ATTEMPTS_MAX;
}

static void round_done(struct database *database)
{
    if (database->state == DATABASE_PREPARING) {
        if (database->failed) {
            lose(database, "preparing the statements failed");
            return;
        }
        database->retry_ms = RETRY_MS_MIN;
        log_event(LOG_INFO, "database_ready", "backend=%d", PQbackendPID(database->connection));
    } else if (!database->failed && !database->alone) {
        while (!TAILQ_EMPTY(&database->batch))
            finish_first(database);
    } else if (!database->alone && TAILQ_NEXT(TAILQ_FIRST(&database->batch), queue)) {
        /* The batch has changed nothing. */
        forget_answers(database);
        database->alone = true;
        send_round(database);
        return;
    } else {
        struct call *call = TAILQ_FIRST(&database->batch);
        if (!call->failure || !run_again(call)) {
            if (call->failure)
                sqlstate_to_status(call->failure, database->contract, call->method, &call->status);
            finish_first(database);
        }
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
        log_event(LOG_ERROR, "database_setup_failed", "sqlstate=%s message=%s", sqlstate_of(result),
                  LOG_TEXT(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    if (!call || call->failure)
        PQclear(result);
    else
        call->failure = result;
}

static void take_result(struct database *database, PGresult *result)
{
    struct sent *sent = &database->sent[database->sent_head];
    /* At a Sync the error is the commit's own: it belongs to all of the round. */
    struct call *call = sent->kind == SENT_SYNC ? TAILQ_FIRST(&database->batch) : sent->call;
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        if (sent->kind == SENT_CALL) {
            call->result = result;
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
        fail_call(database, call, result);
        return;
    }
    PQclear(result);
}

/* Returns false when the connection is to be given up. */
static bool take_results(struct database *database)
{
    while (database->sent_head < database->sent_count && !PQisBusy(database->connection)) {
        PGresult *result = PQgetResult(database->connection);
        if (result) {
            database->nulls = false;
            if (sqlstate_is_loss(sqlstate_of(result))) {
                PQclear(result);
                return false;
            }
            take_result(database, result);
            if (!database->connection)
                return true;
        } else if (database->sent[database->sent_head].kind == SENT_SYNC) {
            if (database->nulls || PQstatus(database->connection) != CONNECTION_OK)
                return false;
            database->nulls = true;
        } else {
            database->sent_head++;
        }
    }
    return PQstatus(database->connection) == CONNECTION_OK;
}

/* ---- connecting ---- */

static void prepare(struct database *database)
{
    static const struct {
        const char *name, *sql;
    } fixed[] = {
        {"authenticate", "select * from session.authenticate(token_sha256 => $1::bytea)"},
        {"enter",
         "select session.enter(token_sha256 => $1::bytea, request_key => $2::uuid, method => $3::text, "
         "body_sha256 => $4::bytea)"},
    };
    enter_state(database, DATABASE_PREPARING);
    PGconn *connection = database->connection;
    int sent = PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1;
    char *settings =
        memory_format("select set_config('statement_timeout', '%ds', false), set_config('lock_timeout', "
                      "'%ds', false), set_config('idle_in_transaction_session_timeout', '%ds', false)",
                      STATEMENT_SECONDS_MAX, STATEMENT_SECONDS_MAX / 3, STATEMENT_SECONDS_MAX);
    note(database, SENT_SETUP, NULL);
    sent = sent && PQsendQueryParams(connection, settings, 0, NULL, NULL, NULL, NULL, 0);
    free(settings);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed && sent; i++) {
        note(database, SENT_SETUP, NULL);
        sent = PQsendPrepare(connection, fixed[i].name, fixed[i].sql, 0, NULL);
    }
    for (size_t i = 0; i < database->contract->method_count && sent; i++) {
        const struct method *method = &database->contract->methods[i];
        note(database, SENT_SETUP, NULL);
        sent = PQsendPrepare(connection, method->call_name, method->call_sql, 0, NULL);
        if (sent && method->replay_sql) {
            note(database, SENT_SETUP, NULL);
            sent = PQsendPrepare(connection, method->replay_name, method->replay_sql, 0, NULL);
        }
    }
    database->failed = false;
    if (!sent || !send_sync(database) || watch(database)) {
        lose(database, "preparing the statements could not be sent");
        return;
    }
    event_add(database->readable, NULL);
    flush(database);
}

static void continue_connecting(struct database *database)
{
    PostgresPollingStatusType polled = PQconnectPoll(database->connection);
    if (polled == PGRES_POLLING_OK) {
        prepare(database);
        return;
    }
    /* The socket may be another one after each step. */
    if (polled == PGRES_POLLING_FAILED || watch(database)) {
        lose(database, "connecting failed");
        return;
    }
    event_add(polled == PGRES_POLLING_READING ? database->readable : database->writable, NULL);
}

/* A notice may quote data, and libpq would print it to the log. */
static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context, (void)notice;
}

static void connect_now(struct database *database)
{
    enter_state(database, DATABASE_CONNECTING);
    database->connection = PQconnectStart(database->conninfo);
    PQsetNoticeReceiver(database->connection, ignore_notice, NULL);
    if (!database->connection || PQstatus(database->connection) == CONNECTION_BAD || watch(database))
        lose(database, "connecting failed");
    else
        event_add(database->writable, NULL);
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    struct database *database = context;
    if (database->state == DATABASE_CONNECTING) {
        continue_connecting(database);
        return;
    }
    /* The server may be waiting for us to read before it reads on, so every turn does both. */
    if (what & EV_READ && !PQconsumeInput(database->connection)) {
        lose(database, "the server closed the connection");
        return;
    }
    if (!take_results(database)) {
        lose(database, "the server is shutting down or gone");
        return;
    }
    if (database->connection && what & EV_WRITE)
        flush(database);
}

/* ---- what the pool calls ---- */

struct database *database_new(struct event_base *base, const char *conninfo, const struct contract *contract,
                              const struct database_events *events, void *context)
{
    struct database *database = memory_new(1, sizeof *database);
    *database = (struct database){.base = base,
                                  .conninfo = memory_copy(conninfo),
                                  .contract = contract,
                                  .events = events,
                                  .context = context,
                                  .watched = -1,
                                  .retry_ms = RETRY_MS_MIN,
                                  .state = DATABASE_FAILED};
    TAILQ_INIT(&database->batch);
    database->retry = evtimer_new(base, on_retry, database);
    event_add(database->retry, &(struct timeval){0, 0});
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

void database_tick(struct database *database, int64_t now_ms)
{
    int64_t limit_ms = database->state == DATABASE_CONNECTING ? CONNECT_MS_MAX
                       : database->state == DATABASE_IDLE     ? INT64_MAX
                       : database->state == DATABASE_FAILED   ? INT64_MAX
                                                              : SILENCE_MS_MAX;
    if (now_ms - database->since_ms > limit_ms)
        lose(database, "no answer for too long");
}

void database_free(struct database *database)
{
    unwatch(database);
    PQfinish(database->connection);
    event_free(database->retry);
    free(database->conninfo);
    free(database->sent);
    free(database);
}
