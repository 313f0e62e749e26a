/* What waits for a database connection: calls in lanes, lanes in municipalities, in turn. Internal to the
 * pool.
 *
 * The calls of a lane run in the order they came, never on two database connections at a time, and writes
 * that name one client are not in two batches at a time. Who has not authenticated belongs to no
 * municipality, and these together count as one more. */
#ifndef TRAJECT_QUEUE_H
#define TRAJECT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "call.h"
#include "contract.h"

enum pool_server { POOL_NONE, POOL_PRIMARY, POOL_STANDBY, POOL_SERVERS };

struct lane {
    struct call_list waiting;
    size_t waiting_count, share; /* of the queue: bytes, of parameters and for each call as such */
    struct party *party;         /* the queue's, while something waits: the municipality */
    size_t running;              /* its calls in a batch now */
    bool held;                   /* its client does not read: start nothing for it */
    enum pool_server ready;      /* in which of its party's lists of lanes that can be served it is, */
    enum pool_server crowd;      /* and in which crowd, */
    size_t crowd_calls;          /* with so many calls */
    TAILQ_ENTRY(lane) link;
    TAILQ_ENTRY(lane) peer; /* in its party */
};

void lane_init(struct lane *lane);

struct queue;

/* At most `waiting_max` calls wait, and fewer of a municipality that sends more than is served of it, which a
 * crowd of periods of `crowded_ms` knows. `contract` must outlive it. */
struct queue *queue_new(const struct contract *contract, size_t waiting_max, int64_t crowded_ms);

/* Nothing may be waiting. */
void queue_free(struct queue *queue);

/* Whether a standby answers, and whether it does so alone: of what waits other calls may go to it then. */
void queue_set_servers(struct queue *queue, bool standby_answers, bool primary_is_away);

/* Whether there is room for `call`, for which the newest calls of who holds more of the queue, or of the
 * crowded municipality's part, are taken out into `refused`, RESOURCE_EXHAUSTED. Returns 0, or -1 with the
 * status when nobody holds more, and for a watcher when half of the queue is full. */
int queue_make_room(struct queue *queue, const struct call *call, struct call_list *refused,
                    struct status *status);

void queue_add(struct queue *queue, struct call *call);

/* Takes what is next for that server, on one of so many connections, as one batch into `calls`, which are
 * running then, and into `late` those that were next but are past their deadline, or, RESOURCE_EXHAUSTED,
 * have waited for too many others. Returns how many run. */
size_t queue_take(struct queue *queue, enum pool_server server, size_t connections, struct call_list *calls,
                  struct call_list *late);

/* The call is no longer in a batch. */
void queue_leave_batch(struct queue *queue, struct call *call);

/* The same, and it waits again, as the first of its lane. */
void queue_put_back(struct queue *queue, struct call *call);

/* Takes all that waits in the lane into `calls`. */
void queue_withdraw(struct queue *queue, struct lane *lane, struct call_list *calls);

/* Takes what waits in the lane and is past its deadline at `now_ms` into `late`. */
void queue_expire(struct queue *queue, struct lane *lane, int64_t now_ms, struct call_list *late);

/* Stops or resumes starting the calls of a lane. */
void queue_hold(struct queue *queue, struct lane *lane, bool held);

size_t queue_waiting(const struct queue *queue);
size_t queue_waiting_bytes(const struct queue *queue);

#endif
