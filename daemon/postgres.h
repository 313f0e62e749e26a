/* One connection to PostgreSQL on the event loop: connects, is watched, and connects again when it is lost.
 * What is said over it is its user's business. */
#ifndef TRAJECT_POSTGRES_H
#define TRAJECT_POSTGRES_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <libpq-fe.h>

struct postgres;

struct postgres_events {
    const char *lost_event;           /* how the log calls a loss */
    const char *target_session_attrs; /* libpq's, unless the connection string says another */
    /* Just connected, and non-blocking. */
    void (*connected)(void *context);
    /* Something came in. Returns false when the connection is to be given up. */
    bool (*received)(void *context);
    /* The connection is gone; another one is made after a while. */
    void (*lost)(void *context);
};

/* Connects from the loop's next turn on, of several servers each time to another one first. */
struct postgres *postgres_new(struct event_base *base, const char *conninfo,
                              const struct postgres_events *events, void *context);

/* NULL from a loss until it is connected anew. */
PGconn *postgres_connection(const struct postgres *postgres);

/* The server has said OK to a commit that its standbys may not have: what came with it is not to be answered,
 * and the connection to be given up. */
bool postgres_committed_alone(const struct postgres *postgres);

/* Sends what libpq holds; to be called after every sending. May lose the connection. */
void postgres_flush(struct postgres *postgres);

/* Gives the connection up. */
void postgres_lose(struct postgres *postgres, const char *why);

/* The server does as it should, so that after a loss it is tried again soon. */
void postgres_succeeded(struct postgres *postgres);

/* When, by clock_ms, the present attempt to connect began; `now_ms` when there is none. */
int64_t postgres_connecting_since_ms(const struct postgres *postgres, int64_t now_ms);

/* Gives up on an attempt to connect that takes too long. */
void postgres_tick(struct postgres *postgres, int64_t now_ms);

void postgres_free(struct postgres *postgres);

/* Connects to the primary in the same manner while the caller waits, so only before the event loop runs. As
 * PQconnectdb returns it. */
PGconn *postgres_connect(const char *conninfo);

#endif
