#include "janitor.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "log.h"
#include "metrics.h"
#include "server.h"

enum {
    INTRODUCTION_MS_MAX = 15000, /* for the handshake, and then for authenticating: over the standard wait */
    FRAME_MS_MAX = 30000,        /* from a frame's first byte to its last */
    TOKEN_ENDED_MS_MAX = 250,    /* for what runs when the token ends */
    LINGER_MS_MAX = 2000,
    PROGRESS_MS_MAX = 60000, /* with something unsent and nothing taken by the peer */
};

/* To answer one may free any of them, or close the connection. */
static void answer_late_ones(struct connection *connection, int64_t now_ms)
{
    struct call *call = TAILQ_FIRST(&connection->calls);
    while (call && connection->stream) {
        if (call->running && !call->answered && now_ms >= call->late_ms) {
            connection_answer_late(call);
            call = TAILQ_FIRST(&connection->calls);
        } else {
            call = TAILQ_NEXT(call, order);
        }
    }
}

static void tick(struct connection *connection, int64_t now_ms)
{
    int64_t age_ms = now_ms - connection->since_ms;
    size_t unsent = evbuffer_get_length(bufferevent_get_output(connection->stream));
    if (!unsent || unsent < connection->unsent)
        connection->progress_ms = now_ms;
    connection->unsent = unsent;
    if (now_ms - connection->progress_ms > PROGRESS_MS_MAX) {
        log_event(LOG_WARNING, "slow_reader", "connection=%llu unsent=%zu",
                  (unsigned long long)connection->number, unsent);
        connection_close(connection, "the peer takes nothing");
        return;
    }
    if (connection->begun_ms && now_ms - connection->begun_ms > FRAME_MS_MAX) {
        log_event(LOG_INFO, "frame_late", "connection=%llu", (unsigned long long)connection->number);
        connection_close(connection, "a frame did not come whole in time");
        return;
    }
    switch (connection->state) {
    case CONNECTION_HANDSHAKE:
    case CONNECTION_UNAUTHENTICATED:
        if (age_ms > INTRODUCTION_MS_MAX && !connection->authenticating) {
            metrics_add(METRIC_HANDSHAKES_FAILED, connection->state == CONNECTION_HANDSHAKE);
            log_event(LOG_INFO, "introduction_late", "connection=%llu",
                      (unsigned long long)connection->number);
            connection_close(connection, "it did not authenticate in time");
        }
        break;
    case CONNECTION_READY:
        if (now_ms >= connection->token_ends_ms)
            connection_token_ended(connection);
        break;
    case CONNECTION_DRAINING:
        if (connection->token_ended && age_ms > TOKEN_ENDED_MS_MAX)
            connection_close(connection, "its token has ended");
        break;
    case CONNECTION_LINGERING:
        if (age_ms > LINGER_MS_MAX)
            connection_close(connection, "it did not hang up in time");
        break;
    default:
        break;
    }
}

void janitor_tick(struct server *server, int64_t now_ms)
{
    /* Who is to stop does not wait for a database that is away: the next daemon is asked instead. */
    bool hurry = server->drain_started_ms && !pool_count(server->pool).ready;
    for (int state = 0; state < CONNECTION_CLOSED; state++) {
        struct connection *next;
        for (struct connection *c = TAILQ_FIRST(&server->connections[state]); c; c = next) {
            next = TAILQ_NEXT(c, link);
            pool_expire(server->pool, &c->lane, hurry ? INT64_MAX : now_ms);
            answer_late_ones(c, now_ms);
        }
    }
    for (int state = 0; state < CONNECTION_CLOSED; state++) {
        struct connection *next;
        for (struct connection *c = TAILQ_FIRST(&server->connections[state]); c; c = next) {
            next = TAILQ_NEXT(c, link);
            tick(c, now_ms);
        }
    }
    janitor_sweep(server);
}

void janitor_sweep(struct server *server)
{
    struct connection_list *closed = &server->connections[CONNECTION_CLOSED];
    struct connection *next;
    for (struct connection *c = TAILQ_FIRST(closed); c; c = next) {
        next = TAILQ_NEXT(c, link);
        if (c->call_count)
            continue;
        TAILQ_REMOVE(closed, c, link);
        metrics_add(METRIC_CONNECTIONS_CLOSED, -1);
        free(c);
    }
}
