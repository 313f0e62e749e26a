#include "queue.h"

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "crowd.h"
#include "memory.h"
#include "metrics.h"

enum {
    /* Of one batch at most: so many calls, and as many as it does in that time, since who comes next waits
     * for it; but so many always, that commits stay few. */
    BATCH_CALLS = 64,
    BATCH_US = 100 * 1000,
    BATCH_CALLS_MIN = 4,
    TURN_CALLS = 16,                      /* at most, of one municipality, or one lane, before the next */
    WAITING_BYTES_MAX = 64 * 1024 * 1024, /* of parameters */
    PARTIES = 1024,                       /* of more municipalities some share their turns */
    LOOKED_AT = 32, /* lanes at most, to find one with many calls: it is done for each that is refused */
    /* What a batch brings stays in memory until it has committed: it takes no more calls when these are
     * expected to bring more than that, */
    BATCH_BYTES_MAX = 4 * 1024 * 1024,
    RESULT_BYTES_FIRST = 1024 * 1024, /* where a method brings that before it was called, */
    RESULT_FADES = 64,                /* and later what it brought at most, less a part for each call since */
    WRITTEN = 8192,                   /* a power of two, so large that two clients seldom share a place */
};

/* The clients, by a hash, whom running writes name: other batches wait for that one here, since in the
 * database two that each hold a client the other wants would be a deadlock, found after a second. */
struct written {
    uint64_t batch;
    unsigned running;
};

TAILQ_HEAD(lane_list, lane);

/* A municipality. In turns by connection alone, whoever opens most of them would be served most. */
struct party {
    TAILQ_ENTRY(party) link; /* among those for which something waits, in the order of their turns */
    struct lane_list lanes;  /* in which something waits, those before the others in which several do */
    struct lane_list ready[POOL_SERVERS];
    size_t ready_count[POOL_SERVERS];
    uint64_t batch; /* the last that it was asked for, */
    size_t each;    /* and how many calls of each lane that takes at a time */
    struct crowd crowds[POOL_SERVERS];
    size_t waiting, share;
};

TAILQ_HEAD(party_list, party);

struct queue {
    bool standby_answers, primary_is_away;
    struct party parties[PARTIES];
    struct party_list turns;
    size_t waiting, waiting_bytes, waiting_max;
    int64_t crowded_ms;
    const struct contract *contract;
    size_t *result_bytes; /* by method: what to expect of a call */
    int64_t call_us;      /* what a call of a batch takes of its time, lately */
    uint64_t batch;       /* the last */
    struct written written[WRITTEN];
};

void lane_init(struct lane *lane)
{
    *lane = (struct lane){0};
    TAILQ_INIT(&lane->waiting);
}

struct queue *queue_new(const struct contract *contract, size_t waiting_max, int64_t crowded_ms)
{
    struct queue *queue = memory_new(1, sizeof *queue);
    queue->contract = contract;
    queue->result_bytes = memory_new(contract->method_count, sizeof *queue->result_bytes);
    for (size_t i = 0; i < contract->method_count; i++)
        queue->result_bytes[i] = RESULT_BYTES_FIRST;
    queue->waiting_max = waiting_max;
    queue->crowded_ms = crowded_ms;
    TAILQ_INIT(&queue->turns);
    for (struct party *party = queue->parties; party < queue->parties + PARTIES; party++) {
        TAILQ_INIT(&party->lanes);
        for (int server = 0; server < POOL_SERVERS; server++)
            TAILQ_INIT(&party->ready[server]);
    }
    return queue;
}

void queue_free(struct queue *queue)
{
    assert(!queue->waiting);
    free(queue->result_bytes);
    free(queue);
}

size_t queue_waiting(const struct queue *queue)
{
    return queue->waiting;
}

size_t queue_waiting_bytes(const struct queue *queue)
{
    return queue->waiting_bytes;
}

/* ---- lanes ---- */

static enum pool_server server_of(const struct queue *queue, const struct call *call)
{
    bool may_be_stale = call->max_staleness_ms && (call->step != CALL_AUTHENTICATE || queue->primary_is_away);
    return queue->standby_answers && may_be_stale ? POOL_STANDBY : POOL_PRIMARY;
}

/* After one was added or taken out. */
static void move_among_peers(struct lane *lane)
{
    TAILQ_REMOVE(&lane->party->lanes, lane, peer);
    if (lane->waiting_count > 1)
        TAILQ_INSERT_HEAD(&lane->party->lanes, lane, peer);
    else
        TAILQ_INSERT_TAIL(&lane->party->lanes, lane, peer);
}

static void set_ready(struct lane *lane, enum pool_server server)
{
    if (server == lane->ready)
        return;
    struct party *party = lane->party;
    if (lane->ready) {
        TAILQ_REMOVE(&party->ready[lane->ready], lane, link);
        party->ready_count[lane->ready]--;
    }
    if (server) {
        TAILQ_INSERT_TAIL(&party->ready[server], lane, link);
        party->ready_count[server]++;
    }
    lane->ready = server;
}

static void set_crowd(struct lane *lane, enum pool_server server)
{
    if (server == lane->crowd && lane->waiting_count == lane->crowd_calls)
        return;
    struct crowd *crowds = lane->party->crowds;
    if (server)
        crowd_enter(&crowds[server], lane->waiting_count, clock_ms());
    if (lane->crowd)
        crowd_leave(&crowds[lane->crowd], lane->crowd_calls);
    lane->crowd = server;
    lane->crowd_calls = lane->waiting_count;
}

/* A lane is in a ready list exactly when it has something to start and may. */
static void lane_update(struct queue *queue, struct lane *lane)
{
    if (!lane->party)
        return;
    const struct call *first = TAILQ_FIRST(&lane->waiting);
    enum pool_server server = first && !lane->held ? server_of(queue, first) : POOL_NONE;
    set_ready(lane, lane->running ? POOL_NONE : server);
    set_crowd(lane, first && first->watcher ? POOL_NONE : server);
    if (!first) {
        TAILQ_REMOVE(&lane->party->lanes, lane, peer);
        lane->party = NULL;
    }
}

void queue_set_servers(struct queue *queue, bool standby_answers, bool primary_is_away)
{
    if (standby_answers == queue->standby_answers && primary_is_away == queue->primary_is_away)
        return;
    queue->standby_answers = standby_answers;
    queue->primary_is_away = primary_is_away;
    struct party *party;
    struct lane *lane;
    TAILQ_FOREACH(party, &queue->turns, link)
    {
        TAILQ_FOREACH(lane, &party->lanes, peer)
        lane_update(queue, lane);
    }
}

static size_t bytes_of(const struct call *call)
{
    return call->parameters.data.capacity + call->body.capacity;
}

/* Both limits in one figure: who fills the queue with few large calls holds as much as with many small. */
static size_t share_of(const struct queue *queue, const struct call *call)
{
    return bytes_of(call) + WAITING_BYTES_MAX / queue->waiting_max;
}

static struct party *party_of(struct queue *queue, const struct call *call)
{
    return &queue->parties[(uint64_t)call->municipality_id % PARTIES];
}

static void lane_add(struct queue *queue, struct call *call, bool first)
{
    struct lane *lane = call->lane;
    struct party *party = party_of(queue, call);
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
        TAILQ_INSERT_TAIL(&queue->turns, party, link);
    party->share += share_of(queue, call);
    lane->share += share_of(queue, call);
    if (++lane->waiting_count == 2)
        move_among_peers(lane);
    queue->waiting++;
    queue->waiting_bytes += bytes_of(call);
    lane_update(queue, lane);
}

/* Then the lane is to be updated. */
static void lane_take(struct queue *queue, struct call *call)
{
    struct lane *lane = call->lane;
    struct party *party = lane->party;
    TAILQ_REMOVE(&lane->waiting, call, queue);
    if (!--party->waiting)
        TAILQ_REMOVE(&queue->turns, party, link);
    party->share -= share_of(queue, call);
    lane->share -= share_of(queue, call);
    if (--lane->waiting_count == 1)
        move_among_peers(lane);
    queue->waiting--;
    queue->waiting_bytes -= bytes_of(call);
}

void queue_add(struct queue *queue, struct call *call)
{
    lane_add(queue, call, false);
}

void queue_withdraw(struct queue *queue, struct lane *lane, struct call_list *calls)
{
    struct call *call;
    while ((call = TAILQ_FIRST(&lane->waiting))) {
        lane_take(queue, call);
        TAILQ_INSERT_TAIL(calls, call, queue);
    }
    lane_update(queue, lane);
}

void queue_expire(struct queue *queue, struct lane *lane, int64_t now_ms, struct call_list *late)
{
    struct call *call, *next;
    for (call = TAILQ_FIRST(&lane->waiting); call; call = next) {
        next = TAILQ_NEXT(call, queue);
        if (call->deadline_ms > now_ms)
            continue;
        lane_take(queue, call);
        TAILQ_INSERT_TAIL(late, call, queue);
    }
    lane_update(queue, lane);
}

void queue_hold(struct queue *queue, struct lane *lane, bool held)
{
    lane->held = held;
    lane_update(queue, lane);
}

/* ---- room ---- */

static bool is_full(const struct queue *queue)
{
    return queue->waiting >= queue->waiting_max || queue->waiting_bytes >= WAITING_BYTES_MAX;
}

static int refuse(const struct queue *queue, struct status *status)
{
    return status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                      "%zu requests are waiting already; ask again in a moment", queue->waiting);
}

/* The newest, since those that a connection sent before it do not depend on it; NULL when it may have been
 * done. */
static struct call *newest_of(const struct lane *lane)
{
    struct call *newest = TAILQ_LAST(&lane->waiting, call_list);
    return newest->begun ? NULL : newest;
}

/* The newest call of the municipality, then of the lane there, that holds most of the queue; NULL when that
 * of `call` would hold as much. */
static struct call *newest_of_most(struct queue *queue, const struct party *own, const struct call *call)
{
    const struct party *party, *most = own;
    TAILQ_FOREACH(party, &queue->turns, link)
    most = party->share > most->share ? party : most;
    if (most != own && most->share <= own->share + share_of(queue, call))
        return NULL;
    const struct lane *lane, *longest = TAILQ_FIRST(&most->lanes);
    TAILQ_FOREACH(lane, &most->lanes, peer)
    longest = lane->share > longest->share ? lane : longest;
    if (!longest || (most == own && longest->share <= call->lane->share + share_of(queue, call)))
        return NULL;
    return newest_of(longest);
}

/* In a crowded municipality: the newest call of a lane with several, for `call` of a lane with none. */
static struct call *newest_of_several(const struct party *own, const struct call *call)
{
    const struct lane *longest = TAILQ_FIRST(&own->lanes), *lane = longest;
    if (call->lane->waiting_count)
        return NULL;
    for (int i = 0; i < LOOKED_AT && lane && lane->waiting_count > 1; i++) {
        longest = lane->waiting_count > longest->waiting_count ? lane : longest;
        lane = TAILQ_NEXT(lane, peer);
    }
    return longest->waiting_count > 1 ? newest_of(longest) : NULL;
}

static void take_out(struct queue *queue, struct call *call, struct call_list *refused)
{
    refuse(queue, &call->status);
    lane_take(queue, call);
    lane_update(queue, call->lane);
    TAILQ_INSERT_TAIL(refused, call, queue);
}

int queue_make_room(struct queue *queue, const struct call *call, struct call_list *refused,
                    struct status *status)
{
    struct party *own = party_of(queue, call);
    struct crowd *crowd = &own->crowds[server_of(queue, call)];
    struct call *other;
    if (call->watcher) {
        /* Of these many are woken at once: they leave room for what people ask. */
        if (is_full(queue) || queue->waiting >= (queue->waiting_max + 1) / 2)
            return refuse(queue, status);
        return 0;
    }
    if (crowd_is_too_large(crowd, queue->crowded_ms, clock_ms())) {
        if (is_full(queue) || !(other = newest_of_several(own, call)))
            return refuse(queue, status);
        take_out(queue, other, refused);
    }
    while (is_full(queue) && (other = newest_of_most(queue, own, call)))
        take_out(queue, other, refused);
    return is_full(queue) ? refuse(queue, status) : 0;
}

/* ---- batches ---- */

/* NULL for a read, and for a write that names no client. */
static struct written *written_by(struct queue *queue, const struct call *call)
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
    return &queue->written[hash % WRITTEN];
}

struct batch {
    enum pool_server server;
    int64_t now_ms;
    size_t size, limit, bytes, connections;
    struct call_list *calls, *late;
    struct party *too_large; /* what it has to begin had no room: it is to be the first next time */
};

/* NULL for what brings next to nothing. */
static size_t *result_bytes_of(struct queue *queue, const struct call *call)
{
    return call->method ? &queue->result_bytes[call->method - queue->contract->methods] : NULL;
}

static void note_result(struct queue *queue, const struct call *call)
{
    size_t *expected = result_bytes_of(queue, call);
    if (!expected || !call->result)
        return;
    size_t bytes = PQresultMemorySize(call->result);
    *expected -= *expected / RESULT_FADES;
    *expected = bytes > *expected ? bytes : *expected;
}

/* Nobody is to hear that a call was not begun which a database has given back. */
static bool is_late(const struct call *call, int64_t now_ms)
{
    return !call->begun && call->deadline_ms <= now_ms;
}

/* Begins the first call of a lane; false when there is none that may. */
static bool take_first(struct queue *queue, struct lane *lane, struct batch *batch)
{
    struct call *call;
    while ((call = TAILQ_FIRST(&lane->waiting))) {
        if (!call->begun && !call->watcher &&
            crowd_waits_too_long(&lane->party->crowds[batch->server], queue->crowded_ms,
                                 call->queued_us / 1000, batch->now_ms))
            refuse(queue, &call->status);
        else if (!is_late(call, batch->now_ms))
            break;
        lane_take(queue, call);
        TAILQ_INSERT_TAIL(batch->late, call, queue);
    }
    if (!call || server_of(queue, call) != batch->server)
        return false;
    const size_t *bytes = result_bytes_of(queue, call);
    if (bytes && batch->size && batch->bytes + *bytes > BATCH_BYTES_MAX) {
        batch->too_large = lane->party;
        return false;
    }
    struct written *written = written_by(queue, call);
    if (written && written->running && written->batch != queue->batch)
        return false;
    if (written) {
        written->batch = queue->batch;
        written->running++;
    }
    call->written = written;
    call->begun = true;
    call->begun_us = clock_us();
    call->database_us = 0;
    metrics_observe(HISTOGRAM_WAIT, call->begun_us - call->queued_us);
    if (!call->watcher)
        crowd_begin(&lane->party->crowds[batch->server], queue->crowded_ms, batch->now_ms);
    lane_take(queue, call);
    TAILQ_INSERT_TAIL(batch->calls, call, queue);
    lane->running++;
    call->running = true;
    batch->size++;
    batch->bytes += bytes ? *bytes : 0;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of many lanes each gives few, so that all come to their turn; of few each gives many. */
static size_t calls_of_each(const struct party *party, const struct batch *batch)
{
    size_t lanes = party->ready_count[batch->server];
    size_t each = lanes ? batch->limit * batch->connections / lanes : 0;
    return each ? least(each, TURN_CALLS) : 1;
}

static void take_turn(struct queue *queue, struct party *party, struct batch *batch)
{
    size_t until = least(batch->size + TURN_CALLS, batch->limit);
    if (party->batch != queue->batch) {
        party->batch = queue->batch;
        party->each = calls_of_each(party, batch);
    }
    struct lane *next;
    for (struct lane *lane = TAILQ_FIRST(&party->ready[batch->server]); lane && batch->size < until;
         lane = next) {
        next = TAILQ_NEXT(lane, link);
        size_t until_next = least(batch->size + party->each, until);
        while (batch->size < until_next && take_first(queue, lane, batch))
            ;
        lane_update(queue, lane);
    }
}

static size_t batch_limit(const struct queue *queue, size_t connections)
{
    size_t in_time = least(BATCH_US / (size_t)(queue->call_us + 1), BATCH_CALLS);
    /* All that waits, in one batch, would run on one connection while the others have nothing to do. */
    size_t each = (queue->waiting + connections - 1) / connections;
    return least(each, in_time < BATCH_CALLS_MIN ? BATCH_CALLS_MIN : in_time);
}

static void note_time(struct queue *queue, const struct call *call, int64_t took_us)
{
    /* Who waited for a lock, or for a server that was lost, says nothing of the others. */
    int64_t most_us = BATCH_US / BATCH_CALLS_MIN, each_us = call->database_us;
    if (!each_us)
        each_us = took_us / (int64_t)call->batch_size;
    queue->call_us += ((each_us < most_us ? each_us : most_us) - queue->call_us) / BATCH_CALLS;
}

size_t queue_take(struct queue *queue, enum pool_server server, size_t connections, struct call_list *calls,
                  struct call_list *late)
{
    struct batch batch = {.server = server,
                          .now_ms = clock_ms(),
                          .limit = batch_limit(queue, connections),
                          .connections = connections,
                          .calls = calls,
                          .late = late};
    struct party *party, *last = NULL;
    struct call *call;
    queue->batch++;
    /* Round after round, until in a whole one nobody had anything to begin. */
    while (batch.size < batch.limit && (party = TAILQ_FIRST(&queue->turns)) && party != last) {
        size_t size = batch.size;
        take_turn(queue, party, &batch);
        if (batch.size > size)
            last = NULL;
        else if (!last)
            last = party;
        if (party->waiting) {
            TAILQ_REMOVE(&queue->turns, party, link);
            TAILQ_INSERT_TAIL(&queue->turns, party, link);
        } else if (party == last) {
            last = NULL;
        }
    }
    if (batch.too_large && batch.too_large->waiting) {
        TAILQ_REMOVE(&queue->turns, batch.too_large, link);
        TAILQ_INSERT_HEAD(&queue->turns, batch.too_large, link);
    }
    TAILQ_FOREACH(call, calls, queue)
    call->batch_size = batch.size;
    return batch.size;
}

void queue_leave_batch(struct queue *queue, struct call *call)
{
    if (call->written)
        call->written->running--;
    call->written = NULL;
    note_result(queue, call);
    call->lane->running--;
    call->running = false;
    int64_t took_us = clock_us() - call->begun_us;
    note_time(queue, call, took_us);
    metrics_observe(HISTOGRAM_DATABASE, took_us);
    lane_update(queue, call->lane);
}

void queue_put_back(struct queue *queue, struct call *call)
{
    queue_leave_batch(queue, call);
    lane_add(queue, call, true);
}
