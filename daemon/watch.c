#include "watch.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "record.h"
#include "response.h"
#include "server.h"

enum {
    WATCHERS_MAX = 16,    /* of one connection */
    RETRY_MS_FIRST = 250, /* after a failure; twice as long after each further one, at most as it rests */
    REST_MS_MAX = 60000,  /* then it is asked all the same, so that a token that no longer holds ends it */
};

struct watcher {
    TAILQ_ENTRY(watcher) link;   /* in the server's list of its state */
    TAILQ_ENTRY(watcher) peer;   /* in its connection, until it has ended */
    TAILQ_ENTRY(watcher) share;  /* in the sharers of the one that asks for it */
    struct watcher *asker;       /* that one; NULL when it is not sharing */
    struct watcher_list sharers; /* for whom it asks too */
    struct server *server;
    struct connection *connection;
    enum watcher_state state;
    int64_t since_ms; /* when that state began */
    bool again;       /* woken while it, or the one that asks for it, was asked */
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

/* ---- those that ask the same ---- */

static int compare_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : !!a - !!b;
}

static int compare_arguments(const struct call *a, const struct call *b)
{
    const struct parameters *of_a = &a->parameters, *of_b = &b->parameters;
    for (int i = 0; i < of_a->count; i++) {
        const char *value_a = of_a->values[i], *value_b = of_b->values[i];
        if ((size_t)i == a->method->resume_after)
            continue;
        if (!value_a || !value_b || of_a->lengths[i] != of_b->lengths[i]) {
            if (value_a || value_b)
                return !value_a ? -1 : !value_b ? 1 : of_a->lengths[i] - of_b->lengths[i];
            continue;
        }
        int order = memcmp(value_a, value_b, (size_t)of_a->lengths[i]);
        if (order)
            return order;
    }
    return 0;
}

/* Orders watchers by all that their answer, and what is logged of it, depends on. */
static int compare(const void *left, const void *right)
{
    const struct watcher *a = left, *b = right;
    const struct call *call_a = &a->call, *call_b = &b->call;
    int order = memcmp(&call_a->credentials, &call_b->credentials, sizeof call_a->credentials);
    if (!order)
        order = strcmp(call_a->method->full_name, call_b->method->full_name);
    if (!order)
        order = strcmp(a->position, b->position);
    if (!order)
        order = compare_arguments(call_a, call_b);
    if (!order)
        order = compare_texts(call_a->trace.traceparent, call_b->trace.traceparent);
    if (!order)
        order = compare_texts(call_a->trace.foreign_entity, call_b->trace.foreign_entity);
    return order;
}

/* Returns the one that is due and asks the same, which is this one when there was none. */
static struct watcher *find_due(struct watcher *watcher)
{
    struct watcher **found = tsearch(watcher, &watcher->server->watchers_due, compare);
    if (!found)
        memory_ran_out();
    return *found;
}

static void leave_due(struct watcher *watcher)
{
    tdelete(watcher, &watcher->server->watchers_due, compare);
}

/* It is to be asked for: by one that is due already, or by itself. */
static void wait_in_line(struct watcher *watcher)
{
    struct watcher *due = find_due(watcher);
    if (due == watcher) {
        enter(watcher, WATCHER_DUE);
        return;
    }
    watcher->asker = due;
    TAILQ_INSERT_TAIL(&due->sharers, watcher, share);
    enter(watcher, WATCHER_SHARING);
}

static void become_due(struct watcher *watcher)
{
    watcher->again = false;
    if (connection_is_full(watcher->connection))
        enter(watcher, WATCHER_FULL);
    else
        wait_in_line(watcher);
}

static void stop_sharing(struct watcher *watcher)
{
    TAILQ_REMOVE(&watcher->asker->sharers, watcher, share);
    watcher->asker = NULL;
}

/* ---- the end of one ---- */

static void release(struct watcher *watcher)
{
    TAILQ_REMOVE(&watcher->server->watchers[watcher->state], watcher, link);
    parameters_free(&watcher->call.parameters);
    trace_clear(&watcher->call.trace);
    free(watcher->position);
    free(watcher);
}

/* Nobody waits for its call any more. Returns whether it runs all the same. */
static bool abandon(struct watcher *watcher)
{
    struct call_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
    pool_withdraw(watcher->server->pool, &watcher->lane, &waiting);
    watcher->call.abandoned = true;
    return TAILQ_EMPTY(&waiting);
}

/* It belongs to nobody from here on. Those that share its answer wait on: for the database when that was
 * asked, else one of them asks. */
static void part(struct watcher *watcher)
{
    TAILQ_REMOVE(&watcher->connection->watchers, watcher, peer);
    watcher->connection->watcher_count--;
    watcher->server->watcher_count--;
    struct watcher *asker = watcher->asker, *sharer;
    if (asker) {
        stop_sharing(watcher);
        if (asker->state == WATCHER_ENDED && TAILQ_EMPTY(&asker->sharers) && !abandon(asker))
            release(asker);
    }
    if (watcher->state == WATCHER_DUE)
        leave_due(watcher);
    bool awaited = watcher->state == WATCHER_ASKED && (!TAILQ_EMPTY(&watcher->sharers) || abandon(watcher));
    enter(watcher, WATCHER_ENDED);
    if (awaited)
        return;
    while ((sharer = TAILQ_FIRST(&watcher->sharers))) {
        stop_sharing(sharer);
        wait_in_line(sharer); /* its connection may be the one that is gone */
    }
    release(watcher);
}

static void end(struct watcher *watcher, const struct status *status)
{
    response_put_status(bufferevent_get_output(watcher->connection->stream), watcher->call.id, status);
    part(watcher);
}

/* ---- asking ---- */

/* How far the mark, which is the last row, says that it came. */
static int take_mark(const struct method *method, const PGresult *rows, char **position, bool *more,
                     struct status *status)
{
    int mark = codec_rows(rows) - 1;
    size_t length;
    const char *at = mark < 0 ? NULL : record_value(rows, mark, method->position, &length);
    if (!at)
        return status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "%s answered without a mark",
                          method->full_name);
    free(*position);
    *position = memory_format("%.*s", (int)length, at);
    const char *said = record_value(rows, mark, method->more, &length);
    *more = said && *said;
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
    watcher->state = WATCHER_RESTING;
    TAILQ_INIT(&watcher->sharers);
    lane_init(&watcher->lane);
    watcher->call = (struct call){.connection = connection,
                                  .lane = &watcher->lane,
                                  .watcher = watcher,
                                  .id = call->id,
                                  .step = CALL_FUNCTION,
                                  .method = call->method,
                                  .municipality_id = call->municipality_id,
                                  .credentials = call->credentials,
                                  .parameters = call->parameters,
                                  .trace = call->trace,
                                  .deadline_ms = INT64_MAX};
    call->parameters = (struct parameters){0};
    call->trace = (struct trace){0};
    TAILQ_INSERT_TAIL(&server->watchers[WATCHER_RESTING], watcher, link);
    TAILQ_INSERT_TAIL(&connection->watchers, watcher, peer);
    connection->watcher_count++;
    server->watcher_count++;
    become_due(watcher);
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
    leave_due(watcher);
    enter(watcher, WATCHER_ASKED);
    struct status full = {0};
    if (!pool_submit(watcher->server->pool, call, &full))
        return 0;
    status_clear(&full);
    enter(watcher, WATCHER_DUE);
    find_due(watcher);
    return -1;
}

void watch_run(struct server *server)
{
    struct watcher *watcher;
    while ((watcher = TAILQ_FIRST(&server->watchers[WATCHER_DUE])) && !ask(watcher))
        ;
}

void watch_resume(struct connection *connection)
{
    bool resumed = false;
    struct watcher *watcher;
    TAILQ_FOREACH(watcher, &connection->watchers, peer)
    {
        if (watcher->state != WATCHER_FULL)
            continue;
        become_due(watcher);
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
            become_due(watcher);
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
    TAILQ_FOREACH(watcher, &server->watchers[WATCHER_SHARING], link)
    {
        if (concerns(watcher, municipality_id))
            watcher->again = watcher->asker->state != WATCHER_DUE;
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
            become_due(watcher);
    }
    /* Who has rested longest is first. */
    while ((watcher = TAILQ_FIRST(&server->watchers[WATCHER_RESTING])) &&
           now_ms - watcher->since_ms > REST_MS_MAX)
        become_due(watcher);
    watch_run(server);
}

/* It failed for a cause that passes: the database was away or busy. */
static bool is_passing(Traject__V1__Code code)
{
    return code == TRAJECT__V1__CODE__UNAVAILABLE || code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED ||
           code == TRAJECT__V1__CODE__ABORTED || code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED;
}

/* What the database answered, to be told to all who asked that. */
struct news {
    char *position; /* how far it came */
    bool more;
    int entries;
    struct bytes *parts; /* the reply, encoded */
    size_t part_count;
};

/* Returns 0, or -1 with the status. */
static int take_news(const struct call *call, const struct keys *keys, const PGresult *rows,
                     struct news *news, struct status *status)
{
    if (take_mark(call->method, rows, &news->position, &news->more, status))
        return -1;
    int row = 0, row_count = codec_rows(rows), failed = 0;
    news->entries = row_count - 1;
    while (news->entries && row < row_count && !failed) {
        news->parts = memory_resize(news->parts, news->part_count + 1, sizeof *news->parts);
        struct bytes *part = &news->parts[news->part_count++];
        *part = (struct bytes){0};
        failed = codec_reply(call->method, keys, rows, &row, part, status);
    }
    return failed;
}

static void news_clear(struct news *news)
{
    for (size_t i = 0; i < news->part_count; i++)
        bytes_wipe(&news->parts[i]);
    free(news->parts);
    free(news->position);
}

/* Tells the client, when there is more than the mark. */
static void tell(struct watcher *watcher, const struct news *news)
{
    free(watcher->position);
    watcher->position = memory_copy(news->position);
    if (!news->entries)
        return;
    log_event(LOG_DEBUG, "watch", "connection=%llu entries=%d",
              (unsigned long long)watcher->connection->number, news->entries);
    for (size_t i = 0; i < news->part_count; i++)
        response_put_body(bufferevent_get_output(watcher->connection->stream), watcher->call.id,
                          &news->parts[i], true);
}

static void go_on(struct watcher *watcher, const struct news *news, const struct status *status)
{
    struct connection *connection = watcher->connection;
    enter(watcher, WATCHER_RESTING);
    if (is_passing(status->code)) {
        int64_t retry_ms = watcher->retry_ms ? watcher->retry_ms * 2 : RETRY_MS_FIRST;
        watcher->retry_ms = retry_ms < REST_MS_MAX ? retry_ms : REST_MS_MAX;
        enter(watcher, WATCHER_FAILED);
        return;
    }
    if (status->code) {
        bool token_ended = status->code == TRAJECT__V1__CODE__UNAUTHENTICATED;
        log_event(LOG_INFO, "watch_ended", "connection=%llu status=%s",
                  (unsigned long long)connection->number, status_name(status->code));
        if (token_ended)
            connection_token_ended(connection);
        else
            end(watcher, status);
        return;
    }
    watcher->retry_ms = 0;
    tell(watcher, news);
    if (news->more || watcher->again)
        become_due(watcher);
}

void watch_answered(struct call *call)
{
    struct watcher *watcher = call->watcher, *sharer;
    struct server *server = watcher->server;
    PGresult *rows = call->result;
    struct status status = call->status;
    struct news news = {0};
    call->result = NULL;
    call->status = (struct status){0};
    PQclear(call->failure);
    call->failure = NULL;
    if (!status.code && (watcher->state != WATCHER_ENDED || !TAILQ_EMPTY(&watcher->sharers)))
        take_news(call, server->keys, rows, &news, &status);
    while ((sharer = TAILQ_FIRST(&watcher->sharers))) {
        stop_sharing(sharer);
        go_on(sharer, &news, &status);
    }
    /* The end of a connection of theirs may have been its own. */
    if (watcher->state == WATCHER_ENDED)
        release(watcher);
    else
        go_on(watcher, &news, &status);
    news_clear(&news);
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
