#include "postgres.h"

#include <stdlib.h>
#include <unistd.h>

#include <event2/util.h>

#include "clock.h"
#include "log.h"
#include "memory.h"

enum {
    CONNECT_MS_MAX = 10000,
    RETRY_MS_MIN = 100,
    RETRY_MS_MAX = 5000,
};

struct postgres {
    struct event_base *base;
    char *conninfo;
    const struct postgres_events *events;
    void *context;
    PGconn *connection;
    bool connecting;
    int64_t since_ms; /* when connecting began */
    int64_t retry_ms; /* how long to wait before connecting again */
    int watched;      /* a dup of libpq's socket, which libpq may close on its own; -1 when none */
    struct event *readable, *writable, *retry;
};

static void on_socket(evutil_socket_t fd, short what, void *context);

static void unwatch(struct postgres *postgres)
{
    if (postgres->readable)
        event_free(postgres->readable);
    if (postgres->writable)
        event_free(postgres->writable);
    if (postgres->watched >= 0)
        close(postgres->watched);
    postgres->readable = postgres->writable = NULL;
    postgres->watched = -1;
}

/* Returns -1 when there is no socket to watch or no descriptor left. */
static int watch(struct postgres *postgres)
{
    unwatch(postgres);
    int fd = PQsocket(postgres->connection);
    if (fd < 0 || (postgres->watched = dup(fd)) < 0)
        return -1;
    evutil_make_socket_closeonexec(postgres->watched);
    postgres->readable =
        event_new(postgres->base, postgres->watched, EV_READ | EV_PERSIST, on_socket, postgres);
    postgres->writable = event_new(postgres->base, postgres->watched, EV_WRITE, on_socket, postgres);
    return 0;
}

void postgres_lose(struct postgres *postgres, const char *why)
{
    /* libpq's own message may quote data, so only its cause is logged, and only before any data. */
    const char *detail = postgres->connecting ? PQerrorMessage(postgres->connection) : "";
    log_event(LOG_WARNING, postgres->events->lost_event, "why=%s%s%s retry_ms=%lld", LOG_TEXT(why),
              *detail ? " detail=" : "", *detail ? LOG_TEXT(detail) : "", (long long)postgres->retry_ms);
    unwatch(postgres);
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    postgres->connecting = false;

    /* Jitter, so that many connections do not come back in the same instant. */
    uint32_t random;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    int64_t wait = postgres->retry_ms / 2 + random % (postgres->retry_ms / 2 + 1);
    event_add(postgres->retry, &(struct timeval){wait / 1000, wait % 1000 * 1000});
    postgres->retry_ms = postgres->retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : postgres->retry_ms * 2;
    postgres->events->lost(postgres->context);
}

static void continue_connecting(struct postgres *postgres)
{
    PostgresPollingStatusType polled = PQconnectPoll(postgres->connection);
    /* The socket may be another one after each step. */
    if (polled == PGRES_POLLING_FAILED || watch(postgres)) {
        postgres_lose(postgres, "connecting failed");
        return;
    }
    if (polled != PGRES_POLLING_OK) {
        event_add(polled == PGRES_POLLING_READING ? postgres->readable : postgres->writable, NULL);
        return;
    }
    PQsetnonblocking(postgres->connection, 1);
    event_add(postgres->readable, NULL);
    postgres->connecting = false;
    postgres->events->connected(postgres->context);
}

/* A notice may quote data, and libpq would print it to the log. */
static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context, (void)notice;
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct postgres *postgres = context;
    postgres->connecting = true;
    postgres->since_ms = clock_ms();
    postgres->connection = PQconnectStart(postgres->conninfo);
    PQsetNoticeReceiver(postgres->connection, ignore_notice, NULL);
    if (!postgres->connection || PQstatus(postgres->connection) == CONNECTION_BAD || watch(postgres))
        postgres_lose(postgres, "connecting failed");
    else
        event_add(postgres->writable, NULL);
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    struct postgres *postgres = context;
    if (postgres->connecting) {
        continue_connecting(postgres);
        return;
    }
    /* The server may be waiting for us to read before it reads on, so every turn does both. */
    if (what & EV_READ && !PQconsumeInput(postgres->connection)) {
        postgres_lose(postgres, "the server closed the connection");
        return;
    }
    if (!postgres->events->received(postgres->context)) {
        postgres_lose(postgres, "the server is shutting down or gone");
        return;
    }
    if (postgres->connection && what & EV_WRITE)
        postgres_flush(postgres);
}

struct postgres *postgres_new(struct event_base *base, const char *conninfo,
                              const struct postgres_events *events, void *context)
{
    struct postgres *postgres = memory_new(1, sizeof *postgres);
    *postgres = (struct postgres){.base = base,
                                  .conninfo = memory_copy(conninfo),
                                  .events = events,
                                  .context = context,
                                  .watched = -1,
                                  .retry_ms = RETRY_MS_MIN};
    postgres->retry = evtimer_new(base, on_retry, postgres);
    event_add(postgres->retry, &(struct timeval){0, 0});
    return postgres;
}

PGconn *postgres_connection(const struct postgres *postgres)
{
    return postgres->connection;
}

void postgres_flush(struct postgres *postgres)
{
    int result = PQflush(postgres->connection);
    if (result < 0)
        postgres_lose(postgres, "the server closed the connection");
    else if (result > 0)
        event_add(postgres->writable, NULL);
}

void postgres_succeeded(struct postgres *postgres)
{
    postgres->retry_ms = RETRY_MS_MIN;
}

void postgres_tick(struct postgres *postgres, int64_t now_ms)
{
    if (postgres->connecting && now_ms - postgres->since_ms > CONNECT_MS_MAX)
        postgres_lose(postgres, "no answer for too long");
}

void postgres_free(struct postgres *postgres)
{
    unwatch(postgres);
    PQfinish(postgres->connection);
    event_free(postgres->retry);
    free(postgres->conninfo);
    free(postgres);
}
