#include "shortage.h"

#include <malloc.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "process.h"
#include "server.h"

enum {
    MEASURE_MS = 10,            /* at least, between two looks */
    BYTES_PER_MS = 1024 * 1024, /* more does not come in */
    PATIENCE_MS = 2000,         /* for those that hold much to do something about it */
    MUCH_BYTES = 64 * 1024,     /* for one connection, while it is short */
};

static size_t short_from(const struct server *server)
{
    return server->config->memory_max / 4 * 3;
}

static size_t full_from(const struct server *server)
{
    return server->config->memory_max / 8 * 7;
}

/* By malloc's own count, since what it keeps for later still counts as resident. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void shortage_start(struct server *server)
{
    size_t used = allocated();
    process_measure_use();
    size_t resident = (size_t)metrics_get(METRIC_PROCESS_RESIDENT_BYTES);
    server->shortage.program = resident > used ? resident - used : 0;
}

static void measure(struct server *server, int64_t now_ms)
{
    struct shortage *shortage = &server->shortage;
    shortage->in_use = shortage->program + allocated();
    size_t room = shortage->in_use < short_from(server) ? short_from(server) - shortage->in_use : 0;
    int64_t until_short_ms = (int64_t)(room / BYTES_PER_MS);
    shortage->again_ms = now_ms + (until_short_ms > MEASURE_MS ? until_short_ms : MEASURE_MS);
    metrics_set(METRIC_MEMORY_IN_USE, (int64_t)shortage->in_use);
    bool is_short = shortage->in_use > short_from(server);
    if (is_short == (shortage->since_ms != 0))
        return;
    shortage->since_ms = is_short ? now_ms : 0;
    log_event(LOG_WARNING, is_short ? "memory_short" : "memory_enough", "in_use=%zu memory_max=%zu",
              shortage->in_use, server->config->memory_max);
}

static void measure_again(struct server *server)
{
    int64_t now_ms = clock_ms();
    if (now_ms < server->shortage.again_ms)
        return;
    measure(server, now_ms);
    if (server->shortage.in_use > full_from(server))
        event_active(server->tick, EV_TIMEOUT, 0); /* all are refused until it has come */
}

bool shortage_holds_up(const struct connection *connection)
{
    measure_again(connection->server);
    return connection->server->shortage.since_ms && connection_holds(connection) > MUCH_BYTES;
}

bool shortage_has_room(struct server *server)
{
    measure_again(server);
    return server->shortage.in_use <= full_from(server);
}

/* ---- closing ---- */

struct holder {
    struct connection *connection;
    size_t bytes;
};

static int by_bytes(const void *a, const void *b)
{
    const struct holder *left = a, *right = b;
    return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

static void close_those_that_hold_most(struct server *server)
{
    struct holder *holders = memory_new((size_t)server->connection_count + 1, sizeof *holders);
    size_t count = 0;
    for (int state = 0; state < CONNECTION_CLOSED; state++) {
        struct connection *connection;
        TAILQ_FOREACH(connection, &server->connections[state], link)
        {
            size_t bytes = connection_holds(connection);
            if (bytes > MUCH_BYTES)
                holders[count++] = (struct holder){connection, bytes};
        }
    }
    qsort(holders, count, sizeof *holders, by_bytes);
    size_t excess = server->shortage.in_use - short_from(server);
    for (size_t i = 0; i < count && excess; i++) {
        const struct holder *holder = &holders[i];
        log_event(LOG_WARNING, "closed_for_memory", "connection=%llu municipality_id=%lld holds=%zu",
                  (unsigned long long)holder->connection->number,
                  (long long)holder->connection->municipality_id, holder->bytes);
        metrics_add(METRIC_CLOSED_FOR_MEMORY, 1);
        excess -= holder->bytes < excess ? holder->bytes : excess;
        connection_close(holder->connection, "it holds most of the memory, which is short");
    }
    free(holders);
}

void shortage_tick(struct server *server, int64_t now_ms)
{
    bool was_short = server->shortage.since_ms;
    measure(server, now_ms);
    if (server->shortage.since_ms) {
        if (server->shortage.in_use > full_from(server) || now_ms - server->shortage.since_ms > PATIENCE_MS)
            close_those_that_hold_most(server);
        return;
    }
    if (!was_short)
        return;
    malloc_trim(0);
    struct connection *connection, *next;
    for (connection = TAILQ_FIRST(&server->connections[CONNECTION_READY]); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_read_on(connection);
    }
}
