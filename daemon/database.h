/* One connection of the pool: prepares every statement, then runs batch after batch, and again from the start
 * when it is lost. Internal to the pool. */
#ifndef TRAJECT_DATABASE_H
#define TRAJECT_DATABASE_H

#include <event2/event.h>
#include <libpq-fe.h>

#include "call.h"
#include "contract.h"

enum database_state {
    DATABASE_AWAY, /* is being connected, or waits to be */
    DATABASE_PREPARING,
    DATABASE_IDLE,
    DATABASE_BUSY,
};

struct database;

/* What the pool hears of. */
struct database_events {
    /* Free for a batch: just connected, or the last one is done. */
    void (*idle)(struct database *database, void *context);
    /* A call is done; its result or status is set. It is no longer the database's. */
    void (*done)(struct call *call, void *context);
    /* The connection was lost. `calls`, in order, had not been answered: all of them may be run
     * again, since a write that did happen is recognised by its request_key. */
    void (*lost)(struct database *database, struct call_list *calls, void *context);
};

struct database *database_new(struct event_base *base, const char *conninfo, const struct contract *contract,
                              const struct keys *keys, const struct database_events *events, void *context);

enum database_state database_state(const struct database *database);

/* Runs all of `batch` (not empty), which is emptied; the database must be idle. */
void database_run(struct database *database, struct call_list *batch);

/* Gives up on a server that has not answered for too long. */
void database_tick(struct database *database, int64_t now_ms);

void database_free(struct database *database);

#endif
