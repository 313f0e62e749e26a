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
    LARGE_BYTES = 64 * 1024,
    MEASURE_MS = 10,                 /* at least, between two looks */
    BYTES_PER_MS = 1024 * 1024,      /* more does not come in */
    PATIENCE_MS = 2000,              /* for those that hold much to do something about it */
    CLOSING_MS = 50,                 /* in which what those held that were closed is freed */
    MUCH_BYTES = 64 * 1024,          /* for one connection, while it is short */
    WORTH_CLOSING_BYTES = 16 * 1024, /* when nobody holds more */
    MEASURE_PART = 2,                /* times as long as a look took, until the next */
};

static size_t short_from(const struct server *server)
{
    return server->config->memory_max / 8 * 5;
}

static size_t full_from(const struct server *server)
{
    return server->config->memory_max / 4 * 3;
}

/* By malloc's own count, since what it keeps for later still counts as resident. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void shortage_start(struct server *server)
{
    /* Large buffers go back to the system when they are freed, and leave no holes; by itself malloc would
     * raise that after the first. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    size_t used = allocated();
    process_measure_use();
    size_t resident = (size_t)metrics_get(METRIC_PROCESS_RESIDENT_BYTES);
    server->shortage.program = resident > used ? resident - used : 0;
}

static void measure(struct server *server)
{
    struct shortage *shortage = &server->shortage;
    int64_t began_ms = clock_ms();
    shortage->in_use = shortage->program + allocated();
    int64_t now_ms = clock_ms(), pause_ms = MEASURE_MS + (now_ms - began_ms) * MEASURE_PART;
    size_t room = shortage->in_use < short_from(server) ? short_from(server) - shortage->in_use : 0;
    int64_t until_short_ms = (int64_t)(room / BYTES_PER_MS);
    shortage->again_ms = now_ms + (until_short_ms > pause_ms ? until_short_ms : pause_ms);
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
    if (clock_ms() < server->shortage.again_ms)
        return;
    measure(server);
    if (server->shortage.in_use > full_from(server))
        event_active(server->tick, 0, 0); /* all are refused until it has come */
}

bool shortage_holds_up(const struct connection *connection)
{
    struct shortage *shortage = &connection->server->shortage;
    measure_again(connection->server);
    bool holds_up = shortage->since_ms && connection_holds(connection) > MUCH_BYTES;
    shortage->holds_up |= holds_up;
    return holds_up;
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
            if (bytes > WORTH_CLOSING_BYTES)
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
    struct shortage *shortage = &server->shortage;
    measure(server);
    if (shortage->since_ms) {
        bool must = shortage->in_use > full_from(server) || now_ms - shortage->since_ms > PATIENCE_MS;
        if (must && now_ms - shortage->closed_ms > CLOSING_MS) {
            shortage->closed_ms = now_ms;
            close_those_that_hold_most(server);
        }
        return;
    }
    if (!shortage->holds_up)
        return;
    shortage->holds_up = false;
    struct connection *connection, *next;
    for (connection = TAILQ_FIRST(&server->connections[CONNECTION_READY]); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_read_on(connection);
    }
}
