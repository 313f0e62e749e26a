/* Who looked where a standby answered without a primary: what the primary is to log when it is back. Internal
 * to the pool. */
#ifndef TRAJECT_KEPT_H
#define TRAJECT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <libpq-fe.h>

struct kept {
    TAILQ_HEAD(, kept_looks) list;
    bool logging;        /* one at a time, since it can be much */
    size_t lines, bytes; /* those being logged included */
    int64_t retry_ms;    /* not before, since it failed */
};

void kept_init(struct kept *kept);

/* Keeps what database_answer gave. */
void kept_add(struct kept *kept, PGresult *looks);

/* Nothing more is to be answered then that would have to be kept. */
bool kept_is_full(const struct kept *kept);

/* What is to be logged now, to be handed back with kept_logged; NULL when there is nothing. */
PGresult *kept_next(struct kept *kept);

/* The primary has logged that, or has not. */
void kept_logged(struct kept *kept, PGresult *looks, bool logged);

/* What was never logged stands in the daemon's own log; says so. */
void kept_clear(struct kept *kept);

#endif
