#include "listener.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <openssl/sha.h>

#include "announcement.h"
#include "clock.h"
#include "log.h"
#include "memory.h"
#include "postgres.h"
#include "sqlstate.h"

enum {
    ASK_MS_MIN = 100,       /* from one question to the next, so that many announcements make one */
    ASK_MS_MAX = 15000,     /* at the latest; also shows that the server is still there */
    SILENCE_MS_MAX = 20000, /* longer than the statement may take */
    HELD_MAX = 256          /* municipalities with something held back; of more it is told to all */
};

static const char listen_sql[] = "select set_config('statement_timeout', '10s', false);"
                                 "select set_config('lock_timeout', '5s', false);"
                                 "listen traject";

/* Due moments are passed first; the snapshot is from before that. */
static const char ask_sql[] = "select session.pass_rhythms(), pg_snapshot_xmin(s), pg_snapshot_xmax(s)"
                              "  from pg_current_snapshot() s";
enum { ASK_NEXT_MS, ASK_HORIZON, ASK_END };

static const char tokens_sql[] = "select session.ended_tokens(in_use => $1::bytea[])";

/* A municipality with something new that an older transaction still holds back. */
struct held {
    TAILQ_ENTRY(held) link;
    int64_t municipality_id;
    uint64_t first, last; /* the oldest and the newest transaction announced and not told yet */
    int doubted;          /* answers in which the newest had not begun */
};

enum listener_state {
    LISTENER_AWAY,     /* is being connected, or waits to be */
    LISTENER_STARTING, /* has asked to be told */
    LISTENER_CATCHING, /* asks for the first time: what went before was announced to nobody */
    LISTENER_RESTING,
    LISTENER_ASKING,
    LISTENER_CHECKING, /* asks after the tokens in use */
};

struct listener {
    struct postgres *postgres;
    const struct listener_events *events;
    void *context;
    char *name;
    enum listener_state state;
    bool tokens_due;     /* to be asked after */
    int64_t asked_ms;    /* when it last said something to the server */
    struct event *timer; /* when to ask next */
    /* The last answer: every transaction before the horizon has ended, none from `end` on had begun. */
    uint64_t horizon, end;
    int64_t next_ms; /* until the next due moment */
    TAILQ_HEAD(, held) held;
    size_t held_count;
};

static void begin(struct listener *listener, enum listener_state state, int sent)
{
    listener->state = state;
    listener->asked_ms = clock_ms();
    if (sent)
        postgres_flush(listener->postgres);
    else
        postgres_lose(listener->postgres, "sending failed");
}

static void say(struct listener *listener, enum listener_state state, const char *sql)
{
    begin(listener, state, PQsendQuery(postgres_connection(listener->postgres), sql));
}

static void on_connected(void *context)
{
    struct listener *listener = context;
    char *sql = memory_format("set application_name = '%s'; %s", listener->name, listen_sql);
    say(listener, LISTENER_STARTING, sql);
    free(sql);
}

static void ask_in(struct listener *listener, int64_t ms)
{
    int64_t soonest = listener->asked_ms + ASK_MS_MIN - clock_ms();
    ms = ms < soonest ? soonest : ms > ASK_MS_MAX ? ASK_MS_MAX : ms;
    ms = ms < 0 ? 0 : ms;
    event_add(listener->timer, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

/* ---- what is announced, until it can be told ---- */

static void drop(struct listener *listener, struct held *held)
{
    TAILQ_REMOVE(&listener->held, held, link);
    listener->held_count--;
    free(held);
}

static void hold(struct listener *listener, int64_t municipality_id, uint64_t first, uint64_t last)
{
    struct held *held;
    if (listener->held_count == HELD_MAX) {
        municipality_id = 0;
        while ((held = TAILQ_FIRST(&listener->held))) {
            first = held->first < first ? held->first : first;
            last = held->last > last ? held->last : last;
            drop(listener, held);
        }
    }
    TAILQ_FOREACH(held, &listener->held, link)
    {
        if (held->municipality_id == municipality_id)
            break;
    }
    if (!held) {
        held = memory_new(1, sizeof *held);
        *held = (struct held){.municipality_id = municipality_id, .first = first, .last = last};
        TAILQ_INSERT_TAIL(&listener->held, held, link);
        listener->held_count++;
    }
    held->first = first < held->first ? first : held->first;
    held->last = last > held->last ? last : held->last;
    held->doubted = 0;
}

/* An announced transaction has ended, so the first answer may be from before it and the second is not: what
 * has not begun by then was announced by somebody who made it up. Returns whether nothing else is left. */
static bool is_made_up(struct held *held, uint64_t end)
{
    if (held->last < end || ++held->doubted < 2)
        return false;
    held->last = end - 1;
    return held->first >= end;
}

static void tell(struct listener *listener)
{
    uint64_t horizon = listener->horizon;
    struct held *next;
    for (struct held *held = TAILQ_FIRST(&listener->held); held; held = next) {
        next = TAILQ_NEXT(held, link);
        if (is_made_up(held, listener->end)) {
            drop(listener, held);
            continue;
        }
        if (held->first >= horizon)
            continue;
        listener->events->recorded(listener->context, held->municipality_id);
        /* Which of the others are done is not known, so it is told again when the horizon moves. */
        held->first = horizon;
        if (held->last < horizon)
            drop(listener, held);
    }
}

static void take_announcements(struct listener *listener)
{
    PGnotify *notify;
    bool keys_changed = false;
    while ((notify = PQnotifies(postgres_connection(listener->postgres)))) {
        struct announcement said;
        if (announcement_read(notify->extra, &said) == 0) {
            if (said.kind == ANNOUNCEMENT_TOKENS)
                listener->tokens_due = true;
            else if (said.kind == ANNOUNCEMENT_KEYS)
                keys_changed = true;
            else
                hold(listener, said.municipality_id, said.transaction, said.transaction);
        }
        PQfreemem(notify);
    }
    if (keys_changed)
        listener->events->keys_changed(listener->context);
}

/* ---- tokens ---- */

static void append_int4(struct bytes *bytes, uint32_t value)
{
    value = htobe32(value);
    bytes_append(bytes, &value, sizeof value);
}

/* As PostgreSQL's array_recv takes a bytea[]. */
static void make_array(const struct bytes *tokens, struct bytes *array)
{
    enum { BYTEA_OID = 17 };
    uint32_t count = (uint32_t)(tokens->length / SHA256_DIGEST_LENGTH);
    append_int4(array, count ? 1 : 0); /* dimensions */
    append_int4(array, 0);             /* no nulls */
    append_int4(array, BYTEA_OID);
    if (count) {
        append_int4(array, count);
        append_int4(array, 1); /* the first one's number */
    }
    for (uint32_t i = 0; i < count; i++) {
        append_int4(array, SHA256_DIGEST_LENGTH);
        bytes_append(array, tokens->data + (size_t)i * SHA256_DIGEST_LENGTH, SHA256_DIGEST_LENGTH);
    }
}

/* Not held back as what was recorded is: whatever an older transaction still does, the token has ended. */
static void check_tokens(struct listener *listener)
{
    struct bytes tokens = {0}, array = {0};
    listener->tokens_due = false;
    listener->events->tokens_in_use(listener->context, &tokens);
    make_array(&tokens, &array);
    const char *value = (char *)array.data;
    begin(listener, LISTENER_CHECKING,
          PQsendQueryParams(postgres_connection(listener->postgres), tokens_sql, 1, NULL, &value,
                            (int[]){(int)array.length}, (int[]){1}, 1));
    free(tokens.data);
    free(array.data);
}

static void tell_ended(struct listener *listener, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        listener->events->token_ended(listener->context, (uint8_t *)PQgetvalue(result, row, 0));
}

void listener_check_tokens(struct listener *listener)
{
    listener->tokens_due = true;
    if (listener->state == LISTENER_RESTING)
        ask_in(listener, 0);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct listener *listener = context;
    if (listener->state == LISTENER_RESTING && listener->tokens_due)
        check_tokens(listener);
    else if (listener->state == LISTENER_RESTING)
        say(listener, LISTENER_ASKING, ask_sql);
}

/* ---- answers ---- */

static uint64_t number(const PGresult *result, int column)
{
    return strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

static void take_answer(struct listener *listener, const PGresult *result)
{
    listener->next_ms =
        PQgetisnull(result, 0, ASK_NEXT_MS) ? ASK_MS_MAX : (int64_t)number(result, ASK_NEXT_MS);
    listener->horizon = number(result, ASK_HORIZON);
    listener->end = number(result, ASK_END);
}

static bool has_news(const struct listener *listener)
{
    return listener->tokens_due || !TAILQ_EMPTY(&listener->held);
}

/* The server has answered all of what was said to it. */
static void go_on(struct listener *listener)
{
    if (listener->state == LISTENER_STARTING) {
        /* Perhaps they were, while nobody listened. */
        listener->events->keys_changed(listener->context);
        if (postgres_connection(listener->postgres))
            say(listener, LISTENER_CATCHING, ask_sql);
        return;
    }
    if (listener->state == LISTENER_CHECKING) {
        /* Otherwise many changes of tokens could hold up what was recorded. */
        say(listener, LISTENER_ASKING, ask_sql);
        return;
    }
    if (listener->state == LISTENER_CATCHING) {
        log_event(LOG_INFO, "listener_ready", "backend=%d",
                  PQbackendPID(postgres_connection(listener->postgres)));
        postgres_succeeded(listener->postgres);
        hold(listener, 0, 0, listener->end - 1);
        listener->tokens_due = true;
    }
    listener->state = LISTENER_RESTING;
    tell(listener);
    ask_in(listener, has_news(listener) ? 0 : listener->next_ms);
}

static bool on_received(void *context)
{
    struct listener *listener = context;
    PGconn *connection = postgres_connection(listener->postgres);
    while (listener->state != LISTENER_RESTING && !PQisBusy(connection)) {
        PGresult *result = PQgetResult(connection);
        ExecStatusType status = PQresultStatus(result);
        if (!result) {
            go_on(listener);
            if (!postgres_connection(listener->postgres))
                return true;
            continue;
        }
        bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!good)
            log_event(LOG_ERROR, "listener_failed", "sqlstate=%s", sqlstate_of(result));
        else if (listener->state == LISTENER_CHECKING)
            tell_ended(listener, result);
        else if (listener->state != LISTENER_STARTING)
            take_answer(listener, result);
        PQclear(result);
        if (!good)
            return false;
    }
    take_announcements(listener);
    if (!postgres_connection(listener->postgres))
        return true;
    if (listener->state == LISTENER_RESTING && has_news(listener))
        ask_in(listener, 0);
    return PQstatus(connection) == CONNECTION_OK;
}

static void on_lost(void *context)
{
    struct listener *listener = context;
    listener->state = LISTENER_AWAY;
    event_del(listener->timer);
    while (!TAILQ_EMPTY(&listener->held))
        drop(listener, TAILQ_FIRST(&listener->held));
}

static const struct postgres_events postgres_events = {"listener_lost", "read-write", on_connected,
                                                       on_received, on_lost};

struct listener *listener_new(struct event_base *base, const char *conninfo, const char *name,
                              const struct listener_events *events, void *context)
{
    struct listener *listener = memory_new(1, sizeof *listener);
    listener->events = events;
    listener->name = memory_copy(name);
    listener->context = context;
    TAILQ_INIT(&listener->held);
    listener->timer = evtimer_new(base, on_timer, listener);
    listener->postgres = postgres_new(base, conninfo, &postgres_events, listener);
    return listener;
}

void listener_rename(struct listener *listener, const char *name)
{
    free(listener->name);
    listener->name = memory_copy(name);
    if (postgres_connection(listener->postgres))
        postgres_lose(listener->postgres, "it goes on under another name");
}

void listener_give_up(struct listener *listener)
{
    if (listener->state != LISTENER_AWAY)
        postgres_lose(listener->postgres, "it says nothing to others");
}

bool listener_listens(const struct listener *listener)
{
    return listener->state > LISTENER_STARTING;
}

void listener_tick(struct listener *listener, int64_t now_ms)
{
    bool awaited = listener->state != LISTENER_AWAY && listener->state != LISTENER_RESTING;
    if (awaited && now_ms - listener->asked_ms > SILENCE_MS_MAX)
        postgres_lose(listener->postgres, "no answer for too long");
    postgres_tick(listener->postgres, now_ms);
}

void listener_free(struct listener *listener)
{
    on_lost(listener);
    event_free(listener->timer);
    postgres_free(listener->postgres);
    free(listener->name);
    free(listener);
}
