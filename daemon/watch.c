#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "response.h"
#include "server.h"

enum {
    WATCHERS_MAX = 16,    /* of one connection */
    RETRY_MS_FIRST = 250, /* after a failure; twice as long after each further one, at most as it rests */
    REST_MS_MAX = 60000,  /* then it is asked all the same, so that a token that no longer holds ends it */
};

struct watcher {
    TAILQ_ENTRY(watcher) link; /* in the server's list of its state */
    TAILQ_ENTRY(watcher) peer; /* in its connection, until it has ended */
    struct server *server;
    struct connection *connection;
    enum watcher_state state;
    int64_t since_ms; /* when that state began */
    bool again;       /* woken while it was asked */
    int64_t retry_ms; /* how long it waits since it failed; 0 when it did not */
    char *position;   /* how far its client was told */
    struct lane lane; /* its own, so that it holds up no other call */
    struct call call; /* asks, time after time */
};

static void enter(struct watcher *watcher, enum watcher_state state)
{
    TAILQ_REMOVE(&watcher->server->watchers[watcher->state], watcher, link);
    TAILQ_INSERT_TAIL(&watcher->server->watchers[state], watcher, link);
    watcher->state = state;
    watcher->since_ms = clock_ms();
}

static void release(struct watcher *watcher)
{
    TAILQ_REMOVE(&watcher->server->watchers[watcher->state], watcher, link);
    parameters_free(&watcher->call.parameters);
    trace_clear(&watcher->call.trace);
    free(watcher->position);
    free(watcher);
}

/* It belongs to nobody from here on. */
static void part(struct watcher *watcher)
{
    TAILQ_REMOVE(&watcher->connection->watchers, watcher, peer);
    watcher->connection->watcher_count--;
    watcher->server->watcher_count--;
    struct call_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
    pool_withdraw(watcher->server->pool, &watcher->lane, &waiting);
    bool running = watcher->state == WATCHER_ASKED && TAILQ_EMPTY(&waiting);
    watcher->call.abandoned = true;
    enter(watcher, WATCHER_ENDED);
    if (!running)
        release(watcher);
}

static void end(struct watcher *watcher, const struct status *status)
{
    response_put_status(bufferevent_get_output(watcher->connection->stream), watcher->call.id, status);
    part(watcher);
}

/* How far the mark, which is the last row, says that it came. */
static int take_mark(const struct method *method, const PGresult *rows, char **position, bool *more,
                     struct status *status)
{
    int mark = PQntuples(rows) - 1;
    if (mark < 0)
        return status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "%s answered without a mark",
                          method->full_name);
    free(*position);
    *position = memory_format("%.*s", PQgetlength(rows, mark, (int)method->position),
                              PQgetvalue(rows, mark, (int)method->position));
    *more = !PQgetisnull(rows, mark, (int)method->more) && *PQgetvalue(rows, mark, (int)method->more);
    return 0;
}

int watch_begin(struct call *call, struct status *status)
{
    struct connection *connection = call->connection;
    struct server *server = connection->server;
    char *position = NULL;
    bool more;
    if (connection->state != CONNECTION_READY)
        return status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                          "this connection is closing; watch on another one");
    if (connection->watcher_count >= WATCHERS_MAX)
        return status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                          "this connection watches %d times already; open another one", WATCHERS_MAX);
    if (take_mark(call->method, call->result, &position, &more, status))
        return -1;
    struct watcher *watcher = memory_new(1, sizeof *watcher);
    watcher->server = server;
    watcher->connection = connection;
    watcher->position = position;
    watcher->state = WATCHER_DUE;
    lane_init(&watcher->lane);
    watcher->call = (struct call){.connection = connection,
                                  .lane = &watcher->lane,
                                  .watcher = watcher,
                                  .id = call->id,
                                  .step = CALL_FUNCTION,
                                  .method = call->method,
                                  .credentials = call->credentials,
                                  .parameters = call->parameters,
                                  .trace = call->trace,
                                  .deadline_ms = INT64_MAX};
    call->parameters = (struct parameters){0};
    call->trace = (struct trace){0};
    TAILQ_INSERT_TAIL(&server->watchers[WATCHER_DUE], watcher, link);
    TAILQ_INSERT_TAIL(&connection->watchers, watcher, peer);
    connection->watcher_count++;
    server->watcher_count++;
    return 0;
}

/* Returns -1 when the queue has no room. */
static int ask(struct watcher *watcher)
{
    struct call *call = &watcher->call;
    size_t at = call->method->resume_after;
    call->parameters.values[at] = watcher->position;
    call->parameters.lengths[at] = (int)strlen(watcher->position);
    call->received_ms = clock_ms();
    call->attempts = 0;
    call->step = CALL_FUNCTION;
    watcher->again = false;
    enter(watcher, WATCHER_ASKED);
    struct status full = {0};
    if (!pool_submit(watcher->server->pool, call, &full))
        return 0;
    status_clear(&full);
    enter(watcher, WATCHER_DUE);
    return -1;
}

void watch_run(struct server *server)
{
    struct watcher *watcher;
    while ((watcher = TAILQ_FIRST(&server->watchers[WATCHER_DUE]))) {
        if (connection_is_full(watcher->connection))
            enter(watcher, WATCHER_FULL);
        else if (ask(watcher))
            return;
    }
}

void watch_resume(struct connection *connection)
{
    bool resumed = false;
    struct watcher *watcher;
    TAILQ_FOREACH(watcher, &connection->watchers, peer)
    {
        if (watcher->state != WATCHER_FULL)
            continue;
        enter(watcher, WATCHER_DUE);
        resumed = true;
    }
    if (resumed)
        watch_run(connection->server);
}

static bool concerns(const struct watcher *watcher, int64_t municipality_id)
{
    return !municipality_id || watcher->connection->municipality_id == municipality_id;
}

/* Those of a state that concern that municipality are due. */
static void rouse(struct server *server, enum watcher_state state, int64_t municipality_id)
{
    struct watcher *watcher, *next;
    for (watcher = TAILQ_FIRST(&server->watchers[state]); watcher; watcher = next) {
        next = TAILQ_NEXT(watcher, link);
        if (concerns(watcher, municipality_id))
            enter(watcher, WATCHER_DUE);
    }
}

void watch_wake(struct server *server, int64_t municipality_id)
{
    struct watcher *watcher;
    TAILQ_FOREACH(watcher, &server->watchers[WATCHER_ASKED], link)
    {
        if (concerns(watcher, municipality_id))
            watcher->again = true;
    }
    rouse(server, WATCHER_RESTING, municipality_id);
    /* All are woken when the database has come back; otherwise those that failed wait their time. */
    if (!municipality_id)
        rouse(server, WATCHER_FAILED, 0);
    watch_run(server);
}

void watch_tick(struct server *server, int64_t now_ms)
{
    struct watcher *watcher, *next;
    for (watcher = TAILQ_FIRST(&server->watchers[WATCHER_FAILED]); watcher; watcher = next) {
        next = TAILQ_NEXT(watcher, link);
        if (now_ms - watcher->since_ms > watcher->retry_ms)
            enter(watcher, WATCHER_DUE);
    }
    /* Who has rested longest is first. */
    while ((watcher = TAILQ_FIRST(&server->watchers[WATCHER_RESTING])) &&
           now_ms - watcher->since_ms > REST_MS_MAX)
        enter(watcher, WATCHER_DUE);
    watch_run(server);
}

/* It failed for a cause that passes: the database was away or busy. */
static bool is_passing(Traject__V1__Code code)
{
    return code == TRAJECT__V1__CODE__UNAVAILABLE || code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED ||
           code == TRAJECT__V1__CODE__ABORTED || code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED;
}

/* Tells the client, when there is more than the mark. */
static int tell(struct watcher *watcher, const PGresult *rows, bool *more, struct status *status)
{
    struct call *call = &watcher->call;
    struct evbuffer *frames = evbuffer_new();
    int failed = take_mark(call->method, rows, &watcher->position, more, status);
    if (!failed && PQntuples(rows) > 1)
        failed = response_put_rows(frames, call->id, call->method, watcher->server->keys, rows, true, status);
    if (!failed) {
        log_event(LOG_DEBUG, "watch", "connection=%llu entries=%d",
                  (unsigned long long)watcher->connection->number, PQntuples(rows) - 1);
        evbuffer_add_buffer(bufferevent_get_output(watcher->connection->stream), frames);
    }
    evbuffer_free(frames);
    return failed;
}

static void go_on(struct watcher *watcher, const PGresult *rows, struct status *status)
{
    struct connection *connection = watcher->connection;
    bool more = false;
    if (!status->code)
        watcher->retry_ms = 0;
    if (is_passing(status->code)) {
        int64_t retry_ms = watcher->retry_ms ? watcher->retry_ms * 2 : RETRY_MS_FIRST;
        watcher->retry_ms = retry_ms < REST_MS_MAX ? retry_ms : REST_MS_MAX;
        enter(watcher, WATCHER_FAILED);
    } else if (status->code || tell(watcher, rows, &more, status)) {
        bool token_ended = status->code == TRAJECT__V1__CODE__UNAUTHENTICATED;
        log_event(LOG_INFO, "watch_ended", "connection=%llu status=%s",
                  (unsigned long long)connection->number, status_name(status->code));
        if (token_ended)
            connection_token_ended(connection);
        else
            end(watcher, status);
    } else if (more || watcher->again) {
        enter(watcher, WATCHER_DUE);
    }
}

void watch_answered(struct call *call)
{
    struct watcher *watcher = call->watcher;
    struct server *server = watcher->server;
    PGresult *rows = call->result;
    struct status status = call->status;
    call->result = NULL;
    call->status = (struct status){0};
    PQclear(call->failure);
    call->failure = NULL;
    if (watcher->state == WATCHER_ENDED) {
        release(watcher);
    } else {
        enter(watcher, WATCHER_RESTING);
        go_on(watcher, rows, &status);
    }
    PQclear(rows);
    status_clear(&status);
    /* It, or another one, for which there is room now. */
    watch_run(server);
}

void watch_end_all(struct connection *connection, const struct status *cause)
{
    struct watcher *watcher;
    while ((watcher = TAILQ_FIRST(&connection->watchers))) {
        struct status closing = {0};
        if (!cause)
            status_set(&closing, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                       "this connection is closing; watch on another one with resume_after %s",
                       watcher->position);
        end(watcher, cause ? cause : &closing);
        status_clear(&closing);
    }
}

void watch_forget_all(struct connection *connection)
{
    while (!TAILQ_EMPTY(&connection->watchers))
        part(TAILQ_FIRST(&connection->watchers));
}
