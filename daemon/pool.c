#include "pool.h"

#include <stdlib.h>

#include "clock.h"
#include "database.h"
#include "kept.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "probe.h"

enum {
    AWAY_MS_MIN = 2000,   /* without a primary, or a word from it, until the standbys answer alone */
    DOUBT_MS_MIN = 500,   /* without a word from it, until it is asked whether it is there */
    SILENT_MS_MIN = 1000, /* without an answer to that: no lock, disk or standby is needed for it */
};

struct pool {
    struct database **databases, **standbys;
    int count, standby_count;
    /* What standbys answered waits until the primary has logged who looked. */
    int last_logged;     /* whose answers were logged last */
    bool log_first;      /* before the calls that wait; in turn, so that neither waits for long */
    int64_t ready_ms;    /* when a connection to the primary was last seen ready */
    bool away;           /* long ago, or it was silent: the standbys answer alone */
    bool silent;         /* as the last tick found it */
    struct probe *probe; /* of the primary, when there are standbys */
    struct kept kept;
    struct queue *queue;
    /* They made room for others, and are answered in the loop's next turn: an answer lets its connection ask
     * more, for which others are refused, and so on through all connections. */
    struct call_list refused;
    struct event *answer_refused;
    uint64_t batches;
    pool_done done;
};

static bool a_standby_answers(const struct pool *pool)
{
    bool answers = false;
    for (int i = 0; i < pool->standby_count && !answers; i++)
        answers = !kept_is_full(&pool->kept) && database_answers(pool->standbys[i]);
    return answers;
}

static void set_servers(struct pool *pool)
{
    queue_set_servers(pool->queue, a_standby_answers(pool), pool->away);
}

static void on_answer_refused(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct pool *pool = context;
    struct call_list refused = TAILQ_HEAD_INITIALIZER(refused);
    struct call *call;
    TAILQ_CONCAT(&refused, &pool->refused, queue);
    while ((call = TAILQ_FIRST(&refused))) {
        TAILQ_REMOVE(&refused, call, queue);
        pool->done(call);
    }
}

static void set_late(const struct pool *pool, struct call *call)
{
    if (pool_count(pool).ready == 0)
        status_set(&call->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                   "the database cannot be reached now; ask again later with the same request_key");
    else if (call->begun)
        call_set_unknown(call);
    else
        status_set(
            &call->status, TRAJECT__V1__CODE__DEADLINE_EXCEEDED, NULL,
            "the request waited for the database until its deadline passed and was not begun; ask again");
}

/* To answer one may let others begin. Some the queue has refused already. */
static void finish_late_ones(struct pool *pool, struct call_list *late)
{
    struct call *call;
    while ((call = TAILQ_FIRST(late))) {
        TAILQ_REMOVE(late, call, queue);
        if (!call->status.code)
            set_late(pool, call);
        pool->done(call);
    }
}

static void run_batch(struct pool *pool, struct database *database, enum pool_server server, int connections)
{
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls), late = TAILQ_HEAD_INITIALIZER(late);
    size_t size = queue_take(pool->queue, server, (size_t)connections, &calls, &late);
    if (size) {
        pool->batches++;
        metrics_observe(server == POOL_STANDBY ? HISTOGRAM_BATCH_ON_STANDBY : HISTOGRAM_BATCH_ON_PRIMARY,
                        (int64_t)size);
        database_run(database, &calls);
    }
    finish_late_ones(pool, &late);
}

static void fill_standby(struct pool *pool, struct database *standby)
{
    if (database_state(standby) == DATABASE_IDLE)
        run_batch(pool, standby, POOL_STANDBY, pool->standby_count);
}

/* Has the primary log what the next standby has answered; false when there is none. */
static bool log_next(struct pool *pool, struct database *database)
{
    for (int i = 1; i <= pool->standby_count; i++) {
        int next = (pool->last_logged + i) % pool->standby_count;
        if (database_state(pool->standbys[next]) == DATABASE_UNLOGGED) {
            pool->last_logged = next;
            database_log(database, pool->standbys[next]);
            fill_standby(pool, pool->standbys[next]);
            return true;
        }
    }
    return false;
}

/* Has the primary log what was answered without it; false when there is nothing to do. */
static bool log_kept(struct pool *pool, struct database *database)
{
    PGresult *looks = kept_next(&pool->kept);
    if (looks)
        database_log_kept(database, looks);
    return looks;
}

static void fill(struct pool *pool, struct database *database)
{
    pool->log_first = !pool->log_first;
    if (pool->log_first && (log_kept(pool, database) || log_next(pool, database)))
        return;
    run_batch(pool, database, POOL_PRIMARY, pool->count);
    if (database_state(database) == DATABASE_IDLE && !log_kept(pool, database))
        log_next(pool, database);
}

static void serve(struct pool *pool)
{
    set_servers(pool);
    for (int i = 0; i < pool->count; i++) {
        if (database_state(pool->databases[i]) == DATABASE_IDLE)
            fill(pool, pool->databases[i]);
    }
    for (int i = 0; i < pool->standby_count; i++)
        fill_standby(pool, pool->standbys[i]);
}

static void set_away(struct pool *pool, bool away)
{
    if (away == pool->away)
        return;
    pool->away = away;
    set_servers(pool);
    log_event(LOG_WARNING, away ? "primary_away" : "primary_back", "standby_answers=%d kept_lines=%zu",
              a_standby_answers(pool), pool->kept.lines);
}

/* What it has done may let calls start that wait for another one, also on another server. */
static void on_idle(struct database *database, void *context)
{
    (void)database;
    struct pool *pool = context;
    pool->ready_ms = clock_ms();
    set_away(pool, false);
    serve(pool);
}

static void on_standby_idle(struct database *standby, void *context)
{
    (void)standby;
    serve(context);
}

static void answer_alone(struct pool *pool, struct database *standby)
{
    PGresult *looks = database_answer(standby);
    if (looks)
        kept_add(&pool->kept, looks);
}

static void on_unlogged(struct database *standby, void *context)
{
    struct pool *pool = context;
    for (int i = 0; i < pool->count && database_state(standby) == DATABASE_UNLOGGED; i++) {
        if (database_state(pool->databases[i]) == DATABASE_IDLE)
            fill(pool, pool->databases[i]);
    }
    if (database_state(standby) == DATABASE_UNLOGGED && pool->away) {
        answer_alone(pool, standby);
        serve(pool);
    }
}

static void on_kept(PGresult *looks, bool logged, void *context)
{
    struct pool *pool = context;
    kept_logged(&pool->kept, looks, logged);
}

static void on_done(struct call *call, void *context)
{
    struct pool *pool = context;
    queue_leave_batch(pool->queue, call);
    pool->done(call);
}

/* They wait again, first in their lanes; `counted` for as long as they have not been lost too often. */
static void take_back(struct pool *pool, struct call_list *calls, bool counted)
{
    struct call *call;
    while ((call = TAILQ_LAST(calls, call_list))) {
        TAILQ_REMOVE(calls, call, queue);
        /* Nobody waits, or its status is set and only the log of a refusal was lost with the database. */
        if (call->abandoned || call->status.code) {
            if (call->step == CALL_REFUSED)
                log_event(LOG_ERROR, "refusal_not_logged",
                          "method=%s why=\"the database was lost before it said so\" trace_id=%s",
                          call->method->full_name, call->trace.id);
            on_done(call, pool);
            continue;
        }
        call->lost |= counted && call->method && call->method->writes;
        if (!counted || ++call->attempts < CALL_ATTEMPTS_MAX) {
            metrics_retry(counted ? "08" : "standby");
            queue_put_back(pool->queue, call);
            continue;
        }
        status_set(&call->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                   "the database was lost %d times during this request; ask again with the same request_key",
                   call->attempts);
        on_done(call, pool);
    }
    serve(pool);
}

static void on_refused(struct database *standby, struct call_list *calls, void *context)
{
    (void)standby;
    take_back(context, calls, false);
}

/* Where it is idle it has refused to log who looked on a standby. */
static void on_lost(struct database *database, struct call_list *calls, void *context)
{
    take_back(context, calls, database_state(database) != DATABASE_IDLE);
}

static const struct database_events events = {on_idle, on_done, on_lost, NULL, on_kept};
static const struct database_events standby_events = {on_standby_idle, on_done, on_refused, on_unlogged,
                                                      NULL};

struct pool *pool_new(struct event_base *base, const char *primary, const char *standby, int connections,
                      size_t waiting_max, int64_t crowded_ms, const struct contract *contract,
                      const struct keys *keys, pool_done done)
{
    struct pool *pool = memory_new(1, sizeof *pool);
    kept_init(&pool->kept);
    pool->ready_ms = clock_ms();
    TAILQ_INIT(&pool->refused);
    pool->answer_refused = evtimer_new(base, on_answer_refused, pool);
    pool->queue = queue_new(contract, waiting_max, crowded_ms);
    pool->done = done;
    pool->databases = memory_new((size_t)connections, sizeof(struct database *));
    for (; pool->count < connections; pool->count++)
        pool->databases[pool->count] = database_new(base, primary, false, contract, keys, &events, pool);
    pool->probe = standby ? probe_new(base, primary) : NULL;
    pool->standbys = memory_new((size_t)connections, sizeof(struct database *));
    for (; standby && pool->standby_count < connections; pool->standby_count++)
        pool->standbys[pool->standby_count] =
            database_new(base, standby, true, contract, keys, &standby_events, pool);
    return pool;
}

int pool_submit(struct pool *pool, struct call *call, struct status *status)
{
    call->begun = false; /* a watcher's call comes time after time */
    int failed = queue_make_room(pool->queue, call, &pool->refused, status);
    if (!TAILQ_EMPTY(&pool->refused) && !evtimer_pending(pool->answer_refused, NULL))
        evtimer_add(pool->answer_refused, &(struct timeval){0});
    if (failed)
        return failed;
    queue_add(pool->queue, call);
    serve(pool);
    return 0;
}

void pool_withdraw(struct pool *pool, struct lane *lane, struct call_list *calls)
{
    queue_withdraw(pool->queue, lane, calls);
}

void pool_hold(struct pool *pool, struct lane *lane, bool held)
{
    queue_hold(pool->queue, lane, held);
    serve(pool);
}

void pool_expire(struct pool *pool, struct lane *lane, int64_t now_ms)
{
    struct call_list late = TAILQ_HEAD_INITIALIZER(late);
    queue_expire(pool->queue, lane, now_ms, &late);
    finish_late_ones(pool, &late);
}

/* For how long somebody has waited for the primary, and nobody heard of it; 0 when nobody waits. What
 * standbys have answered waits beside something that the primary does, or it would be logged. */
static int64_t unheard_ms(const struct pool *pool, int64_t now_ms)
{
    int64_t awaited_ms = now_ms, heard_ms = 0;
    for (int i = 0; i < pool->count; i++) {
        const struct database *database = pool->databases[i];
        if (database_state(database) == DATABASE_BUSY && database_since_ms(database) < awaited_ms)
            awaited_ms = database_since_ms(database);
        if (database_heard_ms(database) > heard_ms)
            heard_ms = database_heard_ms(database);
    }
    return now_ms - (awaited_ms > heard_ms ? awaited_ms : heard_ms);
}

/* Where somebody waits for it, and standbys could answer, it is asked whether it is there. */
static bool primary_is_silent(struct pool *pool, int64_t now_ms)
{
    if (!pool->probe)
        return false;
    probe_tick(pool->probe, now_ms);
    if (!a_standby_answers(pool) || unheard_ms(pool, now_ms) <= DOUBT_MS_MIN)
        return false;
    probe_ask(pool->probe);
    return unheard_ms(pool, now_ms) > AWAY_MS_MIN && probe_silent_ms(pool->probe, now_ms) > SILENT_MS_MIN;
}

/* Of all connections: those at rest would hang as well, one after another. The first that is there again is
 * what brings it back. */
static void give_up_primary(struct pool *pool)
{
    set_away(pool, true);
    probe_give_up(pool->probe);
    for (enum database_state state = DATABASE_PREPARING; state <= DATABASE_BUSY; state++) {
        for (int i = 0; i < pool->count; i++) {
            if (database_state(pool->databases[i]) == state)
                database_give_up(pool->databases[i]);
        }
    }
}

bool pool_tick(struct pool *pool, int64_t now_ms)
{
    for (int i = 0; i < pool->count; i++)
        database_tick(pool->databases[i], now_ms);
    /* Twice in a row: where the machine has paused, its answers are on their way. */
    bool was_silent = pool->silent;
    pool->silent = primary_is_silent(pool, now_ms);
    bool given_up = was_silent && pool->silent;
    if (given_up)
        give_up_primary(pool);
    bool ready = pool_count(pool).ready;
    if (ready)
        pool->ready_ms = now_ms;
    set_away(pool, !ready && (pool->away || now_ms - pool->ready_ms > AWAY_MS_MIN));
    for (int i = 0; i < pool->standby_count; i++) {
        database_tick(pool->standbys[i], now_ms);
        if (database_state(pool->standbys[i]) == DATABASE_UNLOGGED && pool->away)
            answer_alone(pool, pool->standbys[i]);
    }
    serve(pool);
    return given_up;
}

struct pool_counts pool_count(const struct pool *pool)
{
    struct pool_counts counts = {.connections = pool->count,
                                 .standby_connections = pool->standby_count,
                                 .waiting = queue_waiting(pool->queue),
                                 .waiting_bytes = queue_waiting_bytes(pool->queue),
                                 .batches = pool->batches};
    for (int i = 0; i < pool->count; i++) {
        enum database_state state = database_state(pool->databases[i]);
        counts.ready += state == DATABASE_IDLE || state == DATABASE_BUSY;
    }
    for (int i = 0; i < pool->standby_count; i++)
        counts.standby_ready += database_answers(pool->standbys[i]);
    return counts;
}

bool pool_keeps(const struct pool *pool)
{
    return pool->kept.lines > 0;
}

void pool_free(struct pool *pool)
{
    on_answer_refused(-1, 0, pool);
    kept_clear(&pool->kept);
    for (int i = 0; i < pool->count; i++)
        database_free(pool->databases[i]);
    for (int i = 0; i < pool->standby_count; i++)
        database_free(pool->standbys[i]);
    if (pool->probe)
        probe_free(pool->probe);
    event_free(pool->answer_refused);
    queue_free(pool->queue);
    free(pool->databases);
    free(pool->standbys);
    free(pool);
}
