#include "pool.h"

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "database.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"

enum {
    BATCH_CALLS = 64,                     /* at most, of one batch */
    TURN_CALLS = 16,                      /* at most, of one municipality, or one lane, before the next */
    WAITING_BYTES_MAX = 64 * 1024 * 1024, /* of parameters in the queue */
    ATTEMPTS_MAX = 4,
    AWAY_MS_MIN = 2000,               /* without a primary, until the standbys answer alone */
    KEPT_BYTES_MAX = 4 * 1024 * 1024, /* of what was answered so; then no more is begun */
    KEPT_RETRY_MS = 1000,
    PARTIES = 1024, /* of more municipalities some share their turns */
    WRITTEN = 8192, /* a power of two, so large that two clients seldom share a place */
};

/* The clients, by a hash, whom running writes name: other batches wait for that one here, since in the
 * database two that each hold a client the other wants would be a deadlock, found after a second. */
struct written {
    uint64_t batch;
    unsigned running;
};

/* What a standby has answered alone. */
struct kept {
    TAILQ_ENTRY(kept) link;
    PGresult *looks;
};

TAILQ_HEAD(lane_list, lane);

/* A municipality. In turns by connection alone, whoever opens most of them would be served most. */
struct party {
    TAILQ_ENTRY(party) link; /* among those for which something waits, in the order of their turns */
    struct lane_list lanes;  /* in which something waits */
    struct lane_list ready[POOL_SERVERS];
    size_t waiting, share;
};

TAILQ_HEAD(party_list, party);

struct pool {
    struct database **databases, **standbys;
    int count, standby_count;
    bool standby_answers; /* one of them does */
    /* What standbys answered waits until the primary has logged who looked. */
    int last_logged;  /* whose answers were logged last */
    bool log_first;   /* before the calls that wait; in turn, so that neither waits for long */
    int64_t ready_ms; /* when a connection to the primary was last seen ready */
    bool away;        /* long ago: the standbys answer alone */
    TAILQ_HEAD(, kept) kept;
    bool logging_kept;
    size_t kept_lines, kept_bytes; /* those being logged included */
    int64_t kept_retry_ms;         /* not before, since it failed */
    struct party parties[PARTIES];
    struct party_list turns;
    size_t waiting, waiting_bytes, waiting_max;
    uint64_t batches;
    struct written written[WRITTEN];
    pool_done done;
};

void lane_init(struct lane *lane)
{
    *lane = (struct lane){0};
    TAILQ_INIT(&lane->waiting);
}

static enum pool_server server_of(const struct pool *pool, const struct call *call)
{
    bool may_be_stale = call->max_staleness_ms && (call->step != CALL_AUTHENTICATE || pool->away);
    return pool->standby_answers && may_be_stale ? POOL_STANDBY : POOL_PRIMARY;
}

/* A lane is in a ready list exactly when it has something to start and may. */
static void lane_update(struct pool *pool, struct lane *lane)
{
    bool may = lane->waiting_count > 0 && !lane->running && !lane->held;
    enum pool_server ready = may ? server_of(pool, TAILQ_FIRST(&lane->waiting)) : POOL_NONE;
    if (ready != lane->ready) {
        if (lane->ready)
            TAILQ_REMOVE(&lane->party->ready[lane->ready], lane, link);
        if (ready)
            TAILQ_INSERT_TAIL(&lane->party->ready[ready], lane, link);
        lane->ready = ready;
    }
    if (lane->party && !lane->waiting_count) {
        TAILQ_REMOVE(&lane->party->lanes, lane, peer);
        lane->party = NULL;
    }
}

/* Which server is to serve those that wait may be another one. */
static void update_lanes(struct pool *pool)
{
    struct party *party;
    struct lane *lane;
    TAILQ_FOREACH(party, &pool->turns, link)
    {
        TAILQ_FOREACH(lane, &party->lanes, peer)
        lane_update(pool, lane);
    }
}

static void check_standbys(struct pool *pool)
{
    bool answers = false;
    for (int i = 0; i < pool->standby_count && !answers; i++)
        answers = pool->kept_bytes < KEPT_BYTES_MAX && database_answers(pool->standbys[i]);
    if (answers == pool->standby_answers)
        return;
    pool->standby_answers = answers;
    update_lanes(pool);
}

static size_t bytes_of(const struct call *call)
{
    return call->parameters.data.capacity + call->body.capacity;
}

/* Both limits in one figure: who fills the queue with few large calls holds as much as with many small. */
static size_t share_of(const struct pool *pool, const struct call *call)
{
    return bytes_of(call) + WAITING_BYTES_MAX / pool->waiting_max;
}

static struct party *party_of(struct pool *pool, const struct call *call)
{
    return &pool->parties[(uint64_t)call->municipality_id % PARTIES];
}

static void lane_add(struct pool *pool, struct call *call, bool first)
{
    struct lane *lane = call->lane;
    struct party *party = party_of(pool, call);
    call->queued_us = clock_us();
    if (!lane->party) {
        lane->party = party;
        TAILQ_INSERT_TAIL(&party->lanes, lane, peer);
    }
    assert(lane->party == party);
    if (first)
        TAILQ_INSERT_HEAD(&lane->waiting, call, queue);
    else
        TAILQ_INSERT_TAIL(&lane->waiting, call, queue);
    if (!party->waiting++)
        TAILQ_INSERT_TAIL(&pool->turns, party, link);
    party->share += share_of(pool, call);
    lane->share += share_of(pool, call);
    lane->waiting_count++;
    pool->waiting++;
    pool->waiting_bytes += bytes_of(call);
    lane_update(pool, lane);
}

/* Then the lane is to be updated. */
static void lane_take(struct pool *pool, struct call *call)
{
    struct lane *lane = call->lane;
    struct party *party = lane->party;
    TAILQ_REMOVE(&lane->waiting, call, queue);
    if (!--party->waiting)
        TAILQ_REMOVE(&pool->turns, party, link);
    party->share -= share_of(pool, call);
    lane->share -= share_of(pool, call);
    lane->waiting_count--;
    pool->waiting--;
    pool->waiting_bytes -= bytes_of(call);
}

/* NULL for a read, and for a write that names no client. */
static struct written *written_by(struct pool *pool, const struct call *call)
{
    const char *client_number;
    int length;
    if (!call->method || !call->method->writes)
        return NULL;
    call_persons(call, PERSON_CLIENT_NUMBER + 1, &client_number, &length);
    if (!client_number)
        return NULL;
    /* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
    uint32_t hash = 2166136261u ^ (uint32_t)call->municipality_id;
    for (int i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)client_number[i]) * 16777619u;
    return &pool->written[hash % WRITTEN];
}

/* What a database connection takes at a time. */
struct batch {
    enum pool_server server;
    uint64_t number;
    int64_t now_ms;
    size_t size, limit;
    struct call_list calls, late; /* late: its deadline has passed */
};

/* Nobody is to hear that a call was not begun which a database has given back. */
static bool is_late(const struct call *call, int64_t now_ms)
{
    return !call->begun && call->deadline_ms <= now_ms;
}

/* Begins the first call of a lane; false when there is none that may. */
static bool take_first(struct pool *pool, struct lane *lane, struct batch *batch)
{
    struct call *call;
    while ((call = TAILQ_FIRST(&lane->waiting)) && is_late(call, batch->now_ms)) {
        lane_take(pool, call);
        TAILQ_INSERT_TAIL(&batch->late, call, queue);
    }
    if (!call || server_of(pool, call) != batch->server)
        return false;
    struct written *written = written_by(pool, call);
    if (written && written->running && written->batch != batch->number)
        return false;
    if (written) {
        written->batch = batch->number;
        written->running++;
    }
    call->written = written;
    call->begun = true;
    call->begun_us = clock_us();
    metrics_observe(HISTOGRAM_WAIT, call->begun_us - call->queued_us);
    lane_take(pool, call);
    TAILQ_INSERT_TAIL(&batch->calls, call, queue);
    lane->running++;
    call->running = true;
    batch->size++;
    return true;
}

static void take_turn(struct pool *pool, struct party *party, struct batch *batch)
{
    size_t until = batch->size + TURN_CALLS < batch->limit ? batch->size + TURN_CALLS : batch->limit;
    struct lane *next;
    for (struct lane *lane = TAILQ_FIRST(&party->ready[batch->server]); lane && batch->size < until;
         lane = next) {
        next = TAILQ_NEXT(lane, link);
        while (batch->size < until && take_first(pool, lane, batch))
            ;
        lane_update(pool, lane);
    }
}

/* It is no longer in a batch. */
static void leave_batch(struct call *call)
{
    if (call->written)
        call->written->running--;
    call->written = NULL;
    call->lane->running--;
    call->running = false;
    metrics_observe(HISTOGRAM_DATABASE, clock_us() - call->begun_us);
}

static void refuse_late(struct pool *pool, struct call *call)
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
    pool->done(call);
}

static void run_batch(struct pool *pool, struct database *database, enum pool_server server, int connections)
{
    struct batch batch = {.server = server, .number = pool->batches + 1, .now_ms = clock_ms()};
    TAILQ_INIT(&batch.calls);
    TAILQ_INIT(&batch.late);
    /* All that waits, in one batch, would run on one connection while the others have nothing to do. */
    size_t count = (size_t)connections;
    batch.limit = (pool->waiting + count - 1) / count;
    if (batch.limit > BATCH_CALLS)
        batch.limit = BATCH_CALLS;
    struct party *party, *last = NULL;
    /* Round after round, until in a whole one nobody had anything to begin. */
    while (batch.size < batch.limit && (party = TAILQ_FIRST(&pool->turns)) && party != last) {
        size_t size = batch.size;
        take_turn(pool, party, &batch);
        if (batch.size > size)
            last = NULL;
        else if (!last)
            last = party;
        if (party->waiting) {
            TAILQ_REMOVE(&pool->turns, party, link);
            TAILQ_INSERT_TAIL(&pool->turns, party, link);
        } else if (party == last) {
            last = NULL;
        }
    }
    if (batch.size) {
        pool->batches++;
        metrics_observe(server == POOL_STANDBY ? HISTOGRAM_BATCH_ON_STANDBY : HISTOGRAM_BATCH_ON_PRIMARY,
                        (int64_t)batch.size);
        database_run(database, &batch.calls);
    }
    struct call *call;
    while ((call = TAILQ_FIRST(&batch.late))) {
        TAILQ_REMOVE(&batch.late, call, queue);
        refuse_late(pool, call);
    }
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

/* Has the primary log what was answered without it, one batch at a time, since that can be much; false when
 * there is nothing to do. */
static bool log_kept(struct pool *pool, struct database *database)
{
    struct kept *kept = TAILQ_FIRST(&pool->kept);
    if (!kept || pool->logging_kept || clock_ms() < pool->kept_retry_ms)
        return false;
    pool->logging_kept = true;
    PGresult *looks = kept->looks;
    TAILQ_REMOVE(&pool->kept, kept, link);
    free(kept);
    database_log_kept(database, looks);
    return true;
}

static void keep(struct pool *pool, PGresult *looks)
{
    struct kept *kept = memory_new(1, sizeof *kept);
    kept->looks = looks;
    TAILQ_INSERT_TAIL(&pool->kept, kept, link);
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
    check_standbys(pool);
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
    log_event(LOG_WARNING, away ? "primary_away" : "primary_back", "standby_answers=%d kept_lines=%zu",
              pool->standby_answers, pool->kept_lines);
    update_lanes(pool);
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
    if (!looks)
        return;
    pool->kept_lines += database_looks_lines(looks);
    pool->kept_bytes += PQresultMemorySize(looks);
    keep(pool, looks);
    if (pool->kept_bytes >= KEPT_BYTES_MAX)
        log_event(LOG_WARNING, "kept_full", "lines=%zu", pool->kept_lines);
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
    pool->logging_kept = false;
    if (!logged) {
        pool->kept_retry_ms = clock_ms() + KEPT_RETRY_MS;
        keep(pool, looks);
        return;
    }
    pool->kept_lines -= database_looks_lines(looks);
    pool->kept_bytes -= PQresultMemorySize(looks);
    PQclear(looks);
}

static void on_done(struct call *call, void *context)
{
    struct pool *pool = context;
    leave_batch(call);
    lane_update(pool, call->lane);
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
            on_done(call, pool);
            continue;
        }
        call->lost |= counted && call->method && call->method->writes;
        if (!counted || ++call->attempts < ATTEMPTS_MAX) {
            metrics_retry(counted ? "08" : "standby");
            leave_batch(call);
            lane_add(pool, call, true);
            continue;
        }
        status_set(&call->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                   "the database was lost %d times during this request; ask again with the same request_key",
                   call->attempts);
        on_done(call, pool);
    }
    serve(pool);
}

/* What a standby cannot answer, the primary is to answer. */
static void on_refused(struct database *standby, struct call_list *calls, void *context)
{
    (void)standby;
    struct call *call;
    TAILQ_FOREACH(call, calls, queue)
    call->max_staleness_ms = 0;
    take_back(context, calls, false);
}

/* The primary refuses to log who looked on a standby, or is gone: then a standby may answer once more. */
static void on_lost(struct database *database, struct call_list *calls, void *context)
{
    if (database_state(database) == DATABASE_IDLE)
        on_refused(database, calls, context);
    else
        take_back(context, calls, true);
}

static const struct database_events events = {on_idle, on_done, on_lost, NULL, on_kept};
static const struct database_events standby_events = {on_standby_idle, on_done, on_refused, on_unlogged,
                                                      NULL};

struct pool *pool_new(struct event_base *base, const char *primary, const char *standby, int connections,
                      size_t waiting_max, const struct contract *contract, const struct keys *keys,
                      pool_done done)
{
    struct pool *pool = memory_new(1, sizeof *pool);
    TAILQ_INIT(&pool->kept);
    pool->ready_ms = clock_ms();
    TAILQ_INIT(&pool->turns);
    for (struct party *party = pool->parties; party < pool->parties + PARTIES; party++) {
        TAILQ_INIT(&party->lanes);
        for (int server = 0; server < POOL_SERVERS; server++)
            TAILQ_INIT(&party->ready[server]);
    }
    pool->waiting_max = waiting_max;
    pool->done = done;
    pool->databases = memory_new((size_t)connections, sizeof(struct database *));
    for (; pool->count < connections; pool->count++)
        pool->databases[pool->count] = database_new(base, primary, false, contract, keys, &events, pool);
    pool->standbys = memory_new((size_t)connections, sizeof(struct database *));
    for (; standby && pool->standby_count < connections; pool->standby_count++)
        pool->standbys[pool->standby_count] =
            database_new(base, standby, true, contract, keys, &standby_events, pool);
    return pool;
}

static int refuse(const struct pool *pool, struct status *status)
{
    return status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                      "%zu requests are waiting already; ask again in a moment", pool->waiting);
}

static bool is_full(const struct pool *pool)
{
    return pool->waiting >= pool->waiting_max || pool->waiting_bytes >= WAITING_BYTES_MAX;
}

/* The newest call of the municipality, then of the lane there, that holds most of the queue; NULL when that
 * of `call` would hold as much, or when that one may have been done. The newest, since those that a
 * connection sent before it do not depend on it.
 */
static struct call *to_refuse_for(struct pool *pool, const struct call *call)
{
    struct party *own = party_of(pool, call), *party, *most = own;
    TAILQ_FOREACH(party, &pool->turns, link)
    most = party->share > most->share ? party : most;
    if (most != own && most->share <= own->share + share_of(pool, call))
        return NULL;
    struct lane *lane, *longest = TAILQ_FIRST(&most->lanes);
    TAILQ_FOREACH(lane, &most->lanes, peer)
    longest = lane->share > longest->share ? lane : longest;
    if (!longest || (most == own && longest->share <= call->lane->share + share_of(pool, call)))
        return NULL;
    struct call *newest = TAILQ_LAST(&longest->waiting, call_list);
    return newest->begun ? NULL : newest;
}

int pool_submit(struct pool *pool, struct call *call, struct status *status)
{
    /* Watchers, of which many are woken at once, leave room for what people ask. */
    if (call->watcher && (is_full(pool) || pool->waiting >= (pool->waiting_max + 1) / 2))
        return refuse(pool, status);
    struct call_list refused = TAILQ_HEAD_INITIALIZER(refused);
    struct call *other = NULL;
    call->begun = false; /* a watcher's call comes time after time */
    while (is_full(pool) && (other = to_refuse_for(pool, call))) {
        refuse(pool, &other->status);
        lane_take(pool, other);
        lane_update(pool, other->lane);
        TAILQ_INSERT_TAIL(&refused, other, queue);
    }
    int result = is_full(pool) ? refuse(pool, status) : 0;
    if (!result)
        lane_add(pool, call, false);
    /* Only now: what is asked next may come with these answers. */
    while ((other = TAILQ_FIRST(&refused))) {
        TAILQ_REMOVE(&refused, other, queue);
        pool->done(other);
    }
    if (!result)
        serve(pool);
    return result;
}

void pool_withdraw(struct pool *pool, struct lane *lane, struct call_list *calls)
{
    struct call *call;
    while ((call = TAILQ_FIRST(&lane->waiting))) {
        lane_take(pool, call);
        TAILQ_INSERT_TAIL(calls, call, queue);
    }
    lane_update(pool, lane);
}

void pool_hold(struct pool *pool, struct lane *lane, bool held)
{
    lane->held = held;
    lane_update(pool, lane);
    serve(pool);
}

void pool_expire(struct pool *pool, struct lane *lane, int64_t now_ms)
{
    struct call *call, *next;
    struct call_list late = TAILQ_HEAD_INITIALIZER(late);
    for (call = TAILQ_FIRST(&lane->waiting); call; call = next) {
        next = TAILQ_NEXT(call, queue);
        if (call->deadline_ms > now_ms)
            continue;
        lane_take(pool, call);
        TAILQ_INSERT_TAIL(&late, call, queue);
    }
    lane_update(pool, lane);
    /* To answer one may let others begin. */
    while ((call = TAILQ_FIRST(&late))) {
        TAILQ_REMOVE(&late, call, queue);
        refuse_late(pool, call);
    }
}

void pool_tick(struct pool *pool, int64_t now_ms)
{
    for (int i = 0; i < pool->count; i++)
        database_tick(pool->databases[i], now_ms);
    if (pool_count(pool).ready)
        pool->ready_ms = now_ms;
    set_away(pool, now_ms - pool->ready_ms > AWAY_MS_MIN);
    for (int i = 0; i < pool->standby_count; i++) {
        database_tick(pool->standbys[i], now_ms);
        if (database_state(pool->standbys[i]) == DATABASE_UNLOGGED && pool->away)
            answer_alone(pool, pool->standbys[i]);
    }
    serve(pool);
}

struct pool_counts pool_count(const struct pool *pool)
{
    struct pool_counts counts = {.connections = pool->count,
                                 .standby_connections = pool->standby_count,
                                 .waiting = pool->waiting,
                                 .waiting_bytes = pool->waiting_bytes,
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
    return pool->kept_lines > 0;
}

void pool_free(struct pool *pool)
{
    struct kept *kept;
    assert(!pool->waiting);
    if (pool->kept_lines)
        log_event(LOG_ERROR, "looks_not_logged",
                  "lines=%zu why=\"the primary did not come back; who looked stands in this log only, as "
                  "looked_without_primary\"",
                  pool->kept_lines);
    while ((kept = TAILQ_FIRST(&pool->kept))) {
        TAILQ_REMOVE(&pool->kept, kept, link);
        PQclear(kept->looks);
        free(kept);
    }
    for (int i = 0; i < pool->count; i++)
        database_free(pool->databases[i]);
    for (int i = 0; i < pool->standby_count; i++)
        database_free(pool->standbys[i]);
    free(pool->databases);
    free(pool->standbys);
    free(pool);
}
