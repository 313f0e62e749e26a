#include "postgres.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

#include "clock.h"
#include "log.h"
#include "memory.h"

enum {
    CONNECT_MS_MAX = 4000, /* of several servers, to all that are tried at a time */
    RETRY_MS_MIN = 100,
    RETRY_MS_MAX = 2000,
};

/* What names the servers: a part for each in every list. */
enum { LISTS = 3 };
static const char *const lists[LISTS] = {"host", "hostaddr", "port"};

/* What holds unless the connection string says otherwise. libpq waits for ever for a server that has
 * vanished: so it is noticed after some ten seconds. connect_timeout is for who waits. */
enum { DEFAULTS = 5 };
static const char *const defaults[DEFAULTS][2] = {{"connect_timeout", "5"},
                                                  {"keepalives_idle", "5"},
                                                  {"keepalives_interval", "2"},
                                                  {"keepalives_count", "3"},
                                                  {"tcp_user_timeout", "10000"}};

/* As PQconnectStartParams takes them. */
struct settings {
    const char *keywords[DEFAULTS + 2 + LISTS + 1], *values[DEFAULTS + 2 + LISTS + 1];
    size_t count;
};

static void add(struct settings *settings, const char *keyword, const char *value)
{
    settings->keywords[settings->count] = keyword;
    settings->values[settings->count++] = value;
}

/* What comes later holds, and where it is NULL what came before. */
static struct settings settings_of(const char *target_session_attrs, const char *conninfo,
                                   char *const servers[LISTS])
{
    struct settings settings = {0};
    for (int i = 0; i < DEFAULTS; i++)
        add(&settings, defaults[i][0], defaults[i][1]);
    add(&settings, "target_session_attrs", target_session_attrs);
    add(&settings, "dbname", conninfo);
    for (int list = 0; list < LISTS; list++)
        add(&settings, lists[list], servers[list]);
    return settings;
}

struct postgres {
    struct event_base *base;
    char *conninfo;
    char *servers[LISTS]; /* as the connection string has them, but beginning with the one to try first */
    const struct postgres_events *events;
    void *context;
    PGconn *connection;
    bool connecting;
    bool committed_alone;
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

/* The first part becomes the last. */
static void rotate(char *list)
{
    const char *comma = list ? strchr(list, ',') : NULL;
    if (!comma)
        return;
    char *rotated = memory_format("%s,%.*s", comma + 1, (int)(comma - list), list);
    memcpy(list, rotated, strlen(list));
    free(rotated);
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
    /* One that swallows all that is sent there would use up the time of every attempt. */
    for (int list = 0; list < LISTS; list++)
        rotate(postgres->servers[list]);

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

/* A notice may quote data, and libpq would print it to the log. Of a commit whose wait for the standbys was
 * cancelled there is a warning only, and then it is answered like any other. */
static void on_notice(void *context, const PGresult *notice)
{
    struct postgres *postgres = context;
    const char *routine = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (!routine || strcmp(routine, "SyncRepWaitForLSN") != 0)
        return;
    log_event(LOG_WARNING, "commit_not_replicated", "backend=%d", PQbackendPID(postgres->connection));
    postgres->committed_alone = true;
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct postgres *postgres = context;
    postgres->connecting = true;
    postgres->since_ms = clock_ms();
    postgres->committed_alone = false;
    struct settings settings =
        settings_of(postgres->events->target_session_attrs, postgres->conninfo, postgres->servers);
    postgres->connection = PQconnectStartParams(settings.keywords, settings.values, 1);
    PQsetNoticeReceiver(postgres->connection, on_notice, postgres);
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
    PQconninfoOption *info = PQconninfoParse(conninfo, NULL);
    for (PQconninfoOption *option = info; option && option->keyword; option++) {
        for (int list = 0; list < LISTS; list++) {
            if (option->val && strcmp(option->keyword, lists[list]) == 0)
                postgres->servers[list] = memory_copy(option->val);
        }
    }
    PQconninfoFree(info);
    postgres->retry = evtimer_new(base, on_retry, postgres);
    event_add(postgres->retry, &(struct timeval){0, 0});
    return postgres;
}

PGconn *postgres_connection(const struct postgres *postgres)
{
    return postgres->connection;
}

bool postgres_committed_alone(const struct postgres *postgres)
{
    return postgres->committed_alone;
}

PGconn *postgres_connect(const char *conninfo)
{
    struct settings settings = settings_of("read-write", conninfo, (char *[LISTS]){0});
    return PQconnectdbParams(settings.keywords, settings.values, 1);
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

int64_t postgres_connecting_since_ms(const struct postgres *postgres, int64_t now_ms)
{
    return postgres->connecting ? postgres->since_ms : now_ms;
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
    for (int list = 0; list < LISTS; list++)
        free(postgres->servers[list]);
    free(postgres->conninfo);
    free(postgres);
}
