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
    DATABASE_UNLOGGED, /* of a standby: its batch is answered, once the primary has logged who looked */
};

struct database;

/* What the pool hears of. */
struct database_events {
    /* Free for a batch: just connected, or the last one is done. */
    void (*idle)(struct database *database, void *context);
    /* A call is done; its result or status is set. It is no longer the database's. */
    void (*done)(struct call *call, void *context);
    /* The connection was lost, or a standby cannot answer. `calls`, in order, had not been answered: all of
     * them may be run again, since a write that did happen is recognised by its request_key. What the primary
     * is to answer has no staleness any more; the rest a standby may. */
    void (*lost)(struct database *database, struct call_list *calls, void *context);
    /* It is a standby that is DATABASE_UNLOGGED from now on. */
    void (*unlogged)(struct database *database, void *context);
    /* Hands back what was kept, and whether the primary has logged it. */
    void (*kept)(PGresult *looks, bool logged, void *context);
};

struct database *database_new(struct event_base *base, const char *conninfo, bool standby,
                              const struct contract *contract, const struct keys *keys,
                              const struct database_events *events, void *context);

enum database_state database_state(const struct database *database);

/* Runs all of `batch` (not empty), which is emptied; the database must be idle. */
void database_run(struct database *database, struct call_list *batch);

/* Logs, on the primary, who looked in the batch of a standby, and then answers that; the database must be
 * idle, as the standby is afterwards. */
void database_log(struct database *database, struct database *standby);

/* Where there is no primary: writes to the daemon's own log who looked in the batch of a standby, and then
 * answers that; the standby is idle afterwards. Returns what the primary is to log when it is back; NULL when
 * there is nothing, or when the log has not taken it and the batch is given back. */
PGresult *database_answer(struct database *standby);

/* Has the primary log that; the database must be idle. */
void database_log_kept(struct database *database, PGresult *looks);

/* When, by clock_ms, its state or round began, or its last answer came if that is later. */
int64_t database_since_ms(const struct database *database);

/* When its last answer came; 0 before there was one. */
int64_t database_heard_ms(const struct database *database);

/* Loses the connection to a server that is taken for away. */
void database_give_up(struct database *database);

/* Whether it is connected and not silent for long. */
bool database_answers(const struct database *database);

/* Gives up on a server that has not answered for too long. */
void database_tick(struct database *database, int64_t now_ms);

void database_free(struct database *database);

#endif
