#include "database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "looks.h"
#include "memory.h"
#include "metrics.h"
#include "pipeline.h"
#include "postgres.h"
#include "prepared.h"
#include "sqlstate.h"

enum {
    STATEMENT_SECONDS_MAX = 30, /* after that PostgreSQL cancels it */
    SILENCE_MS_MAX = 60000, /* then the server is taken for lost: longer than any one statement may take */
    /* The same of a standby, whose calls the primary can answer instead, before those of the standard wait
     * are late; */
    STANDBY_STATEMENT_SECONDS_MAX = 5,
    STANDBY_SILENCE_MS_MAX = 7000,
    /* and one that is silent for so long is given no more calls. */
    STANDBY_QUIET_MS_MAX = 2000,
};

struct database {
    struct postgres *postgres;
    const struct contract *contract;
    const struct keys *keys;
    const struct database_events *events;
    void *context;
    bool standby;
    enum database_state state;
    int64_t since_ms;       /* when the present state or round began, or its last answer came */
    int64_t heard_ms;       /* when its last answer came */
    struct call_list batch; /* not yet done */
    bool alone;             /* the batch failed: its calls run one by one */
    bool keying;            /* this round asks for keys only, */
    bool asking;            /* or only whether what it prepared is out of date; */
    bool outdated;          /* it is, as far as is known */
    PGresult *applied;      /* what the database was migrated to when it prepared its statements */
    PGresult *looks;        /* of a standby's batch, which the primary has yet to log */
    PGresult *kept;         /* what was answered without it, and it logs now */
    struct pipeline pipeline;
    bool nulls;  /* the last result was a NULL: two in a row before a Sync is answered are an error */
    bool failed; /* something of this round failed: */
    struct call *failing; /* that call, or NULL when it was the round as a whole */
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
    call_forget_answer(call);
    PQclear(database->looks);
    database->looks = NULL;
}

/* What a standby has not answered. */
static void leave_to_primary(struct database *database)
{
    struct call *call;
    TAILQ_FOREACH(call, &database->batch, queue)
    call->max_staleness_ms = 0;
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
    database->pipeline.head = database->pipeline.count = 0;
    database->asking = false;
    if (database->kept)
        hand_back_kept(database, false);
    metrics_add((database->state == DATABASE_AWAY ? METRIC_UNCONNECTED_OF_PRIMARY : METRIC_LOST_OF_PRIMARY) +
                    database->standby,
                1);
    if (database->standby)
        leave_to_primary(database);
    give_back(database, DATABASE_AWAY);
}

/* The loss that follows is no attempt: a call may meet all connections to a demoted primary, or all that
 * prepared too long ago, one after another. */
static void forgive(struct database *database)
{
    struct call *call;
    TAILQ_FOREACH(call, &database->batch, queue)
    call->attempts--;
}

/* Connecting anew prepares everything anew. */
static void lose_outdated(struct database *database)
{
    forgive(database);
    postgres_lose(database->postgres, "what it prepared is out of date");
}

/* ---- sending ---- */

/* When calls go alone a round has only the first. */
static struct call *next_in_round(const struct database *database, struct call *call)
{
    return database->alone ? NULL : TAILQ_NEXT(call, queue);
}

static void begin_round(struct database *database)
{
    database->failed = database->nulls = false;
    database->failing = NULL;
    database->since_ms = clock_ms();
}

static void end_round(struct database *database, int sent)
{
    if (sent && pipeline_send_sync(&database->pipeline))
        postgres_flush(database->postgres);
    else
        postgres_lose(database->postgres, "sending failed");
}

/* So stale as every call of the batch allows. */
static uint32_t max_staleness_ms(const struct database *database)
{
    const struct call *call;
    uint32_t max_ms = UINT32_MAX;
    TAILQ_FOREACH(call, &database->batch, queue)
    max_ms = call->max_staleness_ms < max_ms ? call->max_staleness_ms : max_ms;
    return max_ms;
}

/* Sends the next round: the whole batch, or its first call when they go alone. Keys that are needed come
 * first, in a round of their own. */
static void send_round(struct database *database)
{
    begin_round(database);
    database->keying = false;
    struct pipeline *pipeline = &database->pipeline;
    int sent = !database->standby || pipeline_send_begin(pipeline, max_staleness_ms(database));
    struct call *call;
    for (call = TAILQ_FIRST(&database->batch); call; call = next_in_round(database, call))
        database->keying = database->keying || call_lacks_key(call);
    for (call = TAILQ_FIRST(&database->batch); call && sent; call = next_in_round(database, call)) {
        sent = call == TAILQ_FIRST(&database->batch) || pipeline_send_flush_request(pipeline);
        if (sent && !database->keying)
            sent = pipeline_send_call(pipeline, call);
        else if (sent && call_lacks_key(call))
            sent = pipeline_send_key(pipeline, call);
    }
    if (sent && !database->keying)
        sent = pipeline_send_looks(pipeline);
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

/* The call has run for the last time. Its refusal is logged in a transaction of its own: what it did is
 * undone. */
static void conclude(struct database *database, struct call *call)
{
    if (call->step == CALL_REFUSED && call->failure)
        log_event(LOG_ERROR, "refusal_not_logged", "method=%s sqlstate=%s trace_id=%s",
                  call->method->full_name, sqlstate_of(call->failure), call->trace.id);
    else
        call_set_outcome(call, database->contract);
    if (call_wants_refusal(call))
        call->step = CALL_REFUSED;
    else
        finish_first(database);
}

/* Who looked on a standby is logged: now its answers may go out. */
static void answer_stale(struct database *database, struct call_list *calls, const PGresult *looks)
{
    int64_t staleness_ms = looks_staleness_ms(looks);
    struct call *call;
    metrics_set(METRIC_STALENESS_MS, staleness_ms);
    metrics_set(METRIC_STALENESS_SEEN_AT, time(NULL));
    while ((call = TAILQ_FIRST(calls))) {
        TAILQ_REMOVE(calls, call, queue);
        call->staleness_ms = staleness_ms;
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

static const struct call *first_failed(const struct database *database)
{
    const struct call *call = TAILQ_FIRST(&database->batch);
    while (call && !call->failure)
        call = TAILQ_NEXT(call, queue);
    return call;
}

/* Whether it may have failed for what the connection prepared before an upgrade. */
static bool may_be_outdated(const struct database *database)
{
    const struct call *call = database->failed ? first_failed(database) : NULL;
    return call && call->step != CALL_REFUSED &&
           sqlstate_kind(sqlstate_of(call->failure)) == SQLSTATE_OUTDATED;
}

static void ask_if_outdated(struct database *database)
{
    struct call *failing = database->failing;
    begin_round(database);
    database->failing = failing;
    database->asking = database->outdated = true;
    end_round(database, pipeline_send_applied(&database->pipeline));
}

/* What the database answers of that while a connection prepares is kept, and later held against it. */
static void take_applied(struct database *database, PGresult *applied)
{
    if (database->state == DATABASE_PREPARING) {
        PQclear(database->applied);
        database->applied = applied;
        return;
    }
    database->outdated = false;
    for (int column = 0; column < PQnfields(applied); column++)
        database->outdated |=
            strcmp(PQgetvalue(applied, 0, column), PQgetvalue(database->applied, 0, column)) != 0;
    PQclear(applied);
}

/* To the primary goes the call that failed; where the record is too old, those that allow the least; where it
 * was none of them, all. Those before the one that failed run again without it, so that each runs twice at
 * most, however many fail. */
static void give_back_failed(struct database *database, enum sqlstate_kind kind)
{
    struct call_list before = TAILQ_HEAD_INITIALIZER(before);
    struct call *call, *failing = database->failing;
    forget_answers(database);
    while (failing && (call = TAILQ_FIRST(&database->batch)) != failing) {
        TAILQ_REMOVE(&database->batch, call, queue);
        TAILQ_INSERT_TAIL(&before, call, queue);
    }
    const uint32_t least_ms = max_staleness_ms(database);
    TAILQ_FOREACH(call, &database->batch, queue)
    {
        if (failing ? call == failing : kind != SQLSTATE_STALE || call->max_staleness_ms == least_ms)
            call->max_staleness_ms = 0;
    }
    give_back(database, TAILQ_EMPTY(&before) ? DATABASE_IDLE : DATABASE_BUSY);
    if (!TAILQ_EMPTY(&before)) {
        TAILQ_CONCAT(&database->batch, &before, queue);
        send_round(database);
    }
}

static void round_done(struct database *database)
{
    bool logged = !database->standby && database->looks;
    if (database->asking) {
        database->asking = false;
        database->failed = true; /* as what it asked about */
        if (database->outdated) {
            lose_outdated(database);
            return;
        }
    } else if (may_be_outdated(database)) {
        ask_if_outdated(database);
        return;
    }
    if (database->state == DATABASE_BUSY && (database->standby || logged) && database->failed) {
        const char *sqlstate = sqlstate_of(first_failed(database)->failure);
        log_event(LOG_INFO, "standby_not_used", "sqlstate=%s logging=%d", sqlstate, logged);
        metrics_add(METRIC_STANDBY_NOT_USED, 1);
        if (was_promoted(database))
            postgres_lose(database->postgres, "it is no standby any more");
        else
            give_back_failed(database, sqlstate_kind(sqlstate));
        return;
    }
    if (database->state == DATABASE_PREPARING) {
        if (database->failed) {
            postgres_lose(database->postgres, "preparing the statements failed");
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
        if (!call->failure || !call_runs_again(call))
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

static void take_time(struct database *database, const PGresult *logged)
{
    int64_t calls = 0, took_us = looks_took_us(logged);
    struct call *call;
    for (call = TAILQ_FIRST(&database->batch); call; call = next_in_round(database, call))
        calls++;
    for (call = TAILQ_FIRST(&database->batch); call; call = next_in_round(database, call))
        call->database_us = took_us / calls + 1;
}

/* It took too long, in a lock or as a whole. */
static bool is_impatient(const char *sqlstate)
{
    return strcmp(sqlstate, "55P03") == 0 || strcmp(sqlstate, "57014") == 0;
}

static void take_result(struct database *database, PGresult *result)
{
    struct sent *sent = &database->pipeline.sent[database->pipeline.head];
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
        if (sent->kind == SENT_LOOKED)
            take_time(database, result);
        if (sent->kind == SENT_APPLIED) {
            take_applied(database, result);
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
        database->pipeline.head = database->pipeline.count = 0;
        round_done(database);
        return;
    default:
        /* The one lock that entering waits for is of who has its request_key, and may be doing it. */
        if (sent->kind == SENT_ENTER && sent->call && is_impatient(sqlstate_of(result)))
            sent->call->lost = sent->call->method->writes;
        if (!database->failed)
            database->failing = sent->call;
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
    while (database->pipeline.head < database->pipeline.count && !PQisBusy(connection)) {
        PGresult *result = PQgetResult(connection);
        if (result) {
            database->nulls = false;
            database->since_ms = database->heard_ms = clock_ms();
            if (must_leave(database, sqlstate_kind(sqlstate_of(result)))) {
                if (*PQresultErrorMessage(result) && !PQresultErrorField(result, PG_DIAG_SQLSTATE))
                    log_event(LOG_ERROR, "answer_not_read", "why=%s", LOG_TEXT(PQresultErrorMessage(result)));
                PQclear(result);
                return false;
            }
            take_result(database, result);
            if (!postgres_connection(database->postgres))
                return true;
        } else if (database->pipeline.sent[database->pipeline.head].kind == SENT_SYNC) {
            if (database->nulls || PQstatus(connection) != CONNECTION_OK)
                return false;
            database->nulls = true;
        } else {
            database->pipeline.head++;
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
    int count = -1;
    /* Before the statements: an upgrade between them is noticed then. */
    if (PQenterPipelineMode(connection) && pipeline_send_applied(&database->pipeline))
        count = prepared_send(connection, database->contract,
                              database->standby ? STANDBY_STATEMENT_SECONDS_MAX : STATEMENT_SECONDS_MAX,
                              STATEMENT_SECONDS_MAX);
    for (int i = 0; i < count; i++)
        pipeline_note(&database->pipeline, SENT_SETUP, NULL);
    begin_round(database);
    if (count > 0 && pipeline_send_sync(&database->pipeline))
        postgres_flush(database->postgres);
    else
        postgres_lose(database->postgres, "preparing the statements could not be sent");
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
    database->pipeline = (struct pipeline){.postgres = database->postgres, .standby = standby};
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
    begin_round(database);
    end_round(database, pipeline_send_looks_of(&database->pipeline, "log_standby_looks", LOOKS_LOGGED,
                                               database->looks));
}

PGresult *database_answer(struct database *standby)
{
    assert(standby->state == DATABASE_UNLOGGED);
    if (looks_write(standby->looks)) {
        leave_to_primary(standby);
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

void database_log_kept(struct database *database, PGresult *looks)
{
    assert(database->state == DATABASE_IDLE);
    database->kept = looks;
    enter_state(database, DATABASE_BUSY);
    begin_round(database);
    end_round(database,
              pipeline_send_looks_of(&database->pipeline, "log_kept_looks", LOOKS_LOGGED_OF_KEPT, looks));
}

int64_t database_since_ms(const struct database *database)
{
    return database->since_ms;
}

int64_t database_heard_ms(const struct database *database)
{
    return database->heard_ms;
}

void database_give_up(struct database *database)
{
    postgres_lose(database->postgres, "it says nothing, to nobody");
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
        postgres_lose(database->postgres, "no answer for too long");
    postgres_tick(database->postgres, now_ms);
}

void database_free(struct database *database)
{
    postgres_free(database->postgres);
    /* What still ran, which nobody waits for. */
    while (!TAILQ_EMPTY(&database->batch))
        finish_first(database);
    PQclear(database->applied);
    PQclear(database->looks);
    PQclear(database->kept);
    free(database->pipeline.sent);
    free(database);
}
