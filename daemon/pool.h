/* A few connections to PostgreSQL in pipeline mode, and the queue before them.
 *
 * A database connection that becomes free takes what waits as one batch, in turn from every municipality and
 * there in turn from every lane: one implicit transaction, one commit. When a call of the batch fails nothing
 * of it has happened, and each is run again on its own.
 *
 * Calls that may be answered stale go to a standby while one answers; what a standby cannot answer, for
 * whatever cause, goes to the primary. Its answers wait until the primary has logged who looked; while there
 * is none, who looked is written to the daemon's log, and kept for the primary to log when it is back. */
#ifndef TRAJECT_POOL_H
#define TRAJECT_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "call.h"
#include "contract.h"
#include "queue.h"

struct pool;

/* Called once for every submitted call, with its result or status set. The call is the callee's. */
typedef void (*pool_done)(struct call *call);

/* Starts `connections` connections to `primary`, and to `standby` when that is not NULL. `waiting_max` and
 * `crowded_ms` are the queue's. `contract` and `keys` must outlive the pool. */
struct pool *pool_new(struct event_base *base, const char *primary, const char *standby, int connections,
                      size_t waiting_max, int64_t crowded_ms, const struct contract *contract,
                      const struct keys *keys, pool_done done);

/* Queues `call` on its lane. Returns 0, or -1 with RESOURCE_EXHAUSTED when there is no room
 * (queue_make_room); who made room is told the same through done. */
int pool_submit(struct pool *pool, struct call *call, struct status *status);

/* Takes all calls that wait out of the lane into `calls`; those already running still come to done. */
void pool_withdraw(struct pool *pool, struct lane *lane, struct call_list *calls);

/* Stops or resumes starting the calls of a lane. */
void pool_hold(struct pool *pool, struct lane *lane, bool held);

/* Answers the calls that waited on this lane past their deadline. */
void pool_expire(struct pool *pool, struct lane *lane, int64_t now_ms);

/* The janitor's tick: gives up on a database that has gone silent. Returns whether it was the primary as a
 * whole. */
bool pool_tick(struct pool *pool, int64_t now_ms);

struct pool_counts {
    int connections, ready; /* to the primary */
    int standby_connections, standby_ready;
    size_t waiting, waiting_bytes;
    uint64_t batches;
};
struct pool_counts pool_count(const struct pool *pool);

/* Whether something is kept that the primary has yet to log. */
bool pool_keeps(const struct pool *pool);

/* Closes the connections. No calls may be waiting or running. */
void pool_free(struct pool *pool);

#endif
