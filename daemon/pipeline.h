/* What goes to PostgreSQL over one database connection, in pipeline mode: the statements of a round, and
 * which of them are yet to be answered. Internal to database.c. */
#ifndef TRAJECT_PIPELINE_H
#define TRAJECT_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "call.h"
#include "postgres.h"

enum sent_kind {
    SENT_APPLIED, /* what the database was migrated to: its row is kept */
    SENT_SETUP,   /* a statement of the preparation; its rows do not matter */
    SENT_ENTER,   /* who calls; its rows do not matter */
    SENT_CALL,    /* its rows are the call's result */
    SENT_LOOKED,  /* the lines of whom the round's calls looked at; its row says how long the round took */
    SENT_LOG,     /* those of what was noted elsewhere; its rows do not matter */
    SENT_LOOKS,   /* what is to be logged on the primary: its row is kept for that */
    SENT_SYNC,
};

struct sent {
    enum sent_kind kind;
    struct call *call; /* NULL when it is of the whole round */
};

struct pipeline {
    struct postgres *postgres;
    bool standby;
    struct sent *sent; /* in this round and not yet answered: [head, count) */
    size_t head, count, capacity;
};

/* Each returns 1, or 0 when the connection is gone, as libpq does. */

/* All that the call's step needs. */
int pipeline_send_call(struct pipeline *pipeline, struct call *call);

/* Asks what the database was migrated to. */
int pipeline_send_applied(struct pipeline *pipeline);

/* Asks for the key of whom the words of a call are about. */
int pipeline_send_key(struct pipeline *pipeline, struct call *call);

/* On a standby, first: how stale it may be. */
int pipeline_send_begin(struct pipeline *pipeline, uint32_t max_staleness_ms);

/* The lines of whom the round's calls looked at, or on a standby what there is to log. */
int pipeline_send_looks(struct pipeline *pipeline);

/* Has the primary log what was noted on a standby: the first `count` columns of `looks` by the statement
 * `name`. */
int pipeline_send_looks_of(struct pipeline *pipeline, const char *name, int count, const PGresult *looks);

/* So that the answers so far come at once: else PostgreSQL keeps all of them until the Sync, and calls that
 * are slow together look like a lost server. */
int pipeline_send_flush_request(struct pipeline *pipeline);

int pipeline_send_sync(struct pipeline *pipeline);

/* Notes what was sent by others. */
void pipeline_note(struct pipeline *pipeline, enum sent_kind kind, struct call *call);

#endif
