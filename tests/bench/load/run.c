/* Many connections that each work through the clients of one worker. Closed loop: as soon as an answer has
 * come, the next request goes out. Open loop: requests are due at set moments, whatever becomes of those
 * before, and how long one took counts from when it was due, so that a server that stands still for a while
 * is seen in all that waited for it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "actors.h"
#include "clock.h"
#include "connection.h"
#include "fail.h"
#include "histogram.h"
#include "options.h"
#include "random.h"
#include "work.h"

enum {
    MOVED_MAX = 16, /* clients that one connection moves: as many as it asks the stage of, before it begins */
    EVENTS_AT_ONCE = 256,
    LAST_ANSWERS_SECONDS = 30,
};

struct moved {
    const struct client *client;
    Traject__V1__Stage home, now, next;
    bool busy; /* two moves at one moment are refused */
};

struct pending {
    enum request_kind kind;
    int64_t since_ns; /* when it was sent, or due */
    struct moved *moved;
    const struct client *client;
    int rows;
};

struct caller {
    struct connection connection;
    const struct actor *actor;
    struct random random;
    struct moved moved[MOVED_MAX];
    size_t moved_count;
    struct pending *pending; /* a ring of as many as may be on the way */
    int first, count;
    uint64_t due, sent; /* in an open loop */
    bool stuck;         /* the socket takes no more */
};

struct run {
    const struct options *options;
    struct work work;
    struct caller *callers;
    int epoll, alarm;
    int64_t began_ns, start_ns, end_ns;        /* when it begins, and when it is measured */
    int64_t started_ns, ended_ns, finished_ns; /* when that was seen; 0 before */
    int64_t cpu_started_ns, cpu_ended_ns;
    uint64_t next_due;    /* in an open loop, of all connections */
    uint64_t outstanding; /* sent or due, and not answered */
    uint64_t errors;
    bool checked[REQUEST_KINDS];
    int rows[REQUEST_KINDS]; /* of the first answer */
    struct histogram took[REQUEST_KINDS];
    struct histogram refused; /* in an open loop, because there was more to do than the server can */
};

/* ---- moves ---- */

/* Asks where the clients are that are this caller's alone; `place` is its own among those of the same actor.
 */
static void ask_stages(struct caller *caller, size_t place, size_t callers_of_actor)
{
    struct connection *connection = &caller->connection;
    const struct actor *actor = caller->actor;
    for (size_t i = place; i < actor->client_count && caller->moved_count < MOVED_MAX;
         i += callers_of_actor) {
        const struct client *client = &actor->clients[i];
        caller->moved[caller->moved_count++].client = client;
        connection_put(connection, request_put(REQUEST_CLIENT, client->number, client->length, 0, 1,
                                               connection_room(connection, REQUEST_BYTES_MAX)));
    }
    connection_flush(connection);
}

static void take_stages(struct caller *caller)
{
    size_t open = 0;
    for (size_t i = 0; i < caller->moved_count; i++) {
        const struct client *client = caller->moved[i].client;
        struct answer answer;
        connection_wait(&caller->connection, &answer);
        char *refusal = answer_refusal(&answer);
        if (refusal)
            fail("GetClient of %s: %s", client->number, refusal);
        Traject__V1__GetClientReply *reply =
            traject__v1__get_client_reply__unpack(NULL, answer.body_length, answer.body);
        if (!reply)
            fail("GetClient of %s: the reply cannot be read", client->number);
        if (reply->_stage_case && !reply->ended_at)
            caller->moved[open++] =
                (struct moved){.client = client, .home = reply->stage, .now = reply->stage};
        traject__v1__get_client_reply__free_unpacked(reply, NULL);
    }
    caller->moved_count = open;
}

/* One that is not on its way, to another stage or back from there. */
static struct moved *choose_move(struct caller *caller)
{
    size_t at = random_next(&caller->random) % caller->moved_count;
    while (caller->moved[at].busy)
        at = (at + 1) % caller->moved_count;
    struct moved *moved = &caller->moved[at];
    moved->busy = true;
    moved->next =
        moved->now == moved->home ? moved->home % TRAJECT__V1__STAGE__STAGE_PRECONDITIONS + 1 : moved->home;
    return moved;
}

/* ---- requests and answers ---- */

static void send_request(struct run *run, struct caller *caller, int64_t since_ns)
{
    int slot = (caller->first + caller->count++) % run->options->on_the_way;
    struct pending *pending = &caller->pending[slot];
    const struct actor *actor = caller->actor;
    *pending = (struct pending){
        .kind = run->work.kinds[random_next(&caller->random) % sizeof run->work.kinds], .since_ns = since_ns};
    struct client team = {actor->team, strlen(actor->team)};
    const struct client *about = &team;
    if (pending->kind == REQUEST_MOVE) {
        pending->moved = choose_move(caller);
        about = pending->client = pending->moved->client;
    } else if (request_about[pending->kind].about == ABOUT_CLIENT) {
        about = pending->client = &actor->clients[random_next(&caller->random) % actor->client_count];
    }
    uint8_t *to = connection_room(&caller->connection, REQUEST_BYTES_MAX);
    connection_put(&caller->connection,
                   request_put(pending->kind, about->number, about->length,
                               pending->moved ? pending->moved->next : 0, (uint8_t)(slot + 1), to));
}

/* When that request of all is due. */
static int64_t due_ns(const struct run *run, uint64_t request)
{
    return run->began_ns + (int64_t)((double)request / run->options->rate * (double)SECOND_NS);
}

static void watch_socket(const struct run *run, struct caller *caller, int operation)
{
    struct epoll_event event = {.events = caller->stuck ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = caller};
    if (epoll_ctl(run->epoll, operation, caller->connection.fd, &event))
        fail("epoll_ctl: %s", strerror(errno));
}

/* Sends what may be sent. */
static void go_on(struct run *run, struct caller *caller, int64_t now_ns)
{
    const struct options *options = run->options;
    uint64_t place = (uint64_t)(caller - run->callers);
    while (caller->count < options->on_the_way) {
        if (options->rate) {
            if (caller->sent == caller->due)
                break;
            send_request(run, caller, due_ns(run, place + caller->sent++ * (uint64_t)options->connections));
        } else {
            if (run->ended_ns)
                break;
            send_request(run, caller, now_ns);
            run->outstanding++;
        }
    }
    bool stuck = !connection_flush(&caller->connection);
    if (stuck != caller->stuck) {
        caller->stuck = stuck;
        watch_socket(run, caller, EPOLL_CTL_MOD);
    }
}

static void count_error(struct run *run, const struct pending *pending, char *refusal)
{
    if (!run->errors++)
        fprintf(stderr, "load: the first answer that is not OK: %s%s%s: %s\n",
                request_about[pending->kind].method, pending->client ? " of client " : "",
                pending->client ? pending->client->number : "", refusal);
    free(refusal);
}

/* Fails when a reply cannot be what was asked for. */
static void check(struct run *run, const struct caller *caller, const struct pending *pending)
{
    int listed = (int)caller->actor->client_count, least = 1, most = 1;
    switch (pending->kind) {
    case REQUEST_JOURNEY:
        least = most = JOURNEY_ENTRIES;
        break;
    case REQUEST_QUIET:
        most = QUIET_ROWS;
        /* A coach's own list may be shorter than a page. */
        least = strcmp(caller->actor->role, "coach") == 0 ? 0 : QUIET_ROWS;
        break;
    case REQUEST_BOARD:
        /* Those whose trajectory is open, of whom the file of actors may name some only. */
        least = listed > 1 ? listed / 2 : 1;
        most = INT32_MAX;
        break;
    case REQUEST_COMING_UP:
        least = 0;
        most = INT32_MAX;
        break;
    default:
        break;
    }
    if (pending->rows < least || pending->rows > most)
        fail("%s by a %s of %s%s%s brings %d rows, and %d to %d make sense; fill the database as the bench "
             "does",
             request_about[pending->kind].method, caller->actor->role, caller->actor->team,
             pending->client ? " of client " : "", pending->client ? pending->client->number : "",
             pending->rows, least, most);
    run->checked[pending->kind] = true;
    run->rows[pending->kind] = pending->rows;
}

static bool counts(const struct run *run, const struct pending *pending)
{
    if (run->options->rate)
        return pending->since_ns >= run->start_ns && pending->since_ns < run->end_ns;
    return run->started_ns && !run->ended_ns;
}

static void take_answer(struct run *run, struct caller *caller, const struct answer *answer, int64_t now_ns)
{
    struct pending *pending = &caller->pending[caller->first];
    if (!caller->count || answer->id != (uint64_t)caller->first + 1)
        fail("an answer with id %llu is to no request", (unsigned long long)answer->id);
    char *refusal = answer_refusal(answer);
    if (!refusal && !run->checked[pending->kind])
        pending->rows += answer_rows(answer, request_about[pending->kind].method);
    if (answer->more)
        return;
    if (pending->moved) {
        pending->moved->busy = false;
        if (!refusal)
            pending->moved->now = pending->moved->next;
    }
    struct histogram *took = &run->took[pending->kind];
    if (refusal && run->options->rate && answer_refusal_is_of_overload(refusal)) {
        took = &run->refused;
        free(refusal);
    } else if (refusal) {
        took = NULL;
        count_error(run, pending, refusal);
    } else if (!run->checked[pending->kind]) {
        check(run, caller, pending);
    }
    if (took && counts(run, pending))
        histogram_add(took, now_ns - pending->since_ns);
    caller->first = (caller->first + 1) % run->options->on_the_way;
    caller->count--;
    run->outstanding--;
}

static void take_answers(struct run *run, struct caller *caller)
{
    struct answer answer;
    connection_read(&caller->connection);
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    while (connection_next(&caller->connection, &answer))
        take_answer(run, caller, &answer, now_ns);
    go_on(run, caller, now_ns);
}

/* ---- the course of time ---- */

static void begin(struct run *run)
{
    const struct options *options = run->options;
    run->began_ns = clock_ns(CLOCK_MONOTONIC);
    run->start_ns = run->began_ns + (int64_t)(options->warmup * (double)SECOND_NS);
    run->end_ns = run->start_ns + (int64_t)(options->seconds * (double)SECOND_NS);
    for (int i = 0; !options->rate && i < options->connections; i++)
        go_on(run, &run->callers[i], run->began_ns);
}

/* Sees what the time brings; returns until when nothing else does. */
static int64_t tick(struct run *run, int64_t now_ns)
{
    const struct options *options = run->options;
    if (!run->started_ns && now_ns >= run->start_ns) {
        run->started_ns = now_ns;
        run->cpu_started_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    }
    int64_t next_ns = run->started_ns ? run->end_ns : run->start_ns;
    while (options->rate) {
        int64_t at_ns = due_ns(run, run->next_due);
        if (at_ns > now_ns || at_ns >= run->end_ns) {
            next_ns = at_ns < next_ns ? at_ns : next_ns;
            break;
        }
        struct caller *caller = &run->callers[run->next_due++ % (uint64_t)options->connections];
        caller->due++;
        run->outstanding++;
        go_on(run, caller, now_ns);
    }
    if (!run->ended_ns && now_ns >= run->end_ns) {
        run->ended_ns = now_ns;
        run->cpu_ended_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    }
    if (!run->ended_ns)
        return next_ns;
    int64_t last_ns = run->end_ns + LAST_ANSWERS_SECONDS * SECOND_NS;
    if (now_ns > last_ns)
        fail("%llu requests are not answered %d s after the end%s", (unsigned long long)run->outstanding,
             LAST_ANSWERS_SECONDS, options->rate ? "; ask for a lower rate" : "");
    return last_ns;
}

static void work_through(struct run *run)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t alarm_ns = 0;
    for (;;) {
        int64_t next_ns = tick(run, clock_ns(CLOCK_MONOTONIC));
        if (run->ended_ns && !run->outstanding)
            break;
        if (next_ns != alarm_ns) {
            const struct itimerspec at = {.it_value = {next_ns / SECOND_NS, next_ns % SECOND_NS}};
            timerfd_settime(run->alarm, TFD_TIMER_ABSTIME, &at, NULL);
            alarm_ns = next_ns;
        }
        int happened = epoll_wait(run->epoll, events, EVENTS_AT_ONCE, -1);
        if (happened < 0 && errno != EINTR)
            fail("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < happened; i++)
            if (events[i].data.ptr)
                take_answers(run, events[i].data.ptr);
    }
    run->finished_ns = clock_ns(CLOCK_MONOTONIC);
}

/* ---- what came out ---- */

static void print_times(const struct histogram *took)
{
    static const struct {
        const char *name;
        double part;
    } percentiles[] = {{"p50_us", 0.5}, {"p99_us", 0.99}, {"p99_9_us", 0.999}};
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        printf(",\"%s\":%.1f", percentiles[i].name,
               (double)histogram_percentile(took, percentiles[i].part) / 1000);
}

static void print(const struct run *run)
{
    const struct options *options = run->options;
    struct histogram *all = allocate(1, sizeof *all);
    for (int kind = 0; kind < REQUEST_KINDS; kind++)
        histogram_merge(all, &run->took[kind]);
    /* The answers to what was due take longer where a rate is not kept up. */
    int64_t took_ns = options->rate ? run->finished_ns - run->start_ns : run->ended_ns - run->started_ns;
    double seconds = (double)took_ns / (double)SECOND_NS;
    printf("{\"work\":\"%s\",\"connections\":%d,\"requests\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"per_"
           "second\":%.1f",
           options->work, options->connections, (unsigned long long)all->count,
           (unsigned long long)run->errors, seconds, (double)all->count / seconds);
    print_times(all);
    printf(",\"refused\":{\"requests\":%llu", (unsigned long long)run->refused.count);
    print_times(&run->refused);
    printf("}");
    printf(",\"cpu_us_per_request\":%.2f,\"by_method\":{",
           all->count ? (double)(run->cpu_ended_ns - run->cpu_started_ns) / 1000 / (double)all->count : 0);
    const char *separator = "";
    for (int kind = 0; kind < REQUEST_KINDS; kind++) {
        if (!run->took[kind].count)
            continue;
        printf("%s\"%s\":{\"requests\":%llu,\"rows\":%d", separator, request_about[kind].method,
               (unsigned long long)run->took[kind].count, run->rows[kind]);
        print_times(&run->took[kind]);
        printf("}");
        separator = ",";
    }
    printf("}}\n");
    free(all);
}

static void open_callers(struct run *run, const struct server *server, const struct actors *actors,
                         size_t first, size_t end)
{
    const struct options *options = run->options;
    size_t connections = (size_t)options->connections;
    for (size_t i = first; i < end; i++) {
        struct caller *caller = &run->callers[i];
        caller->actor = &actors->list[i % actors->count];
        caller->random.state = options->seed * connections + i;
        caller->pending = allocate((size_t)options->on_the_way, sizeof *caller->pending);
        connection_start(&caller->connection, server);
    }
    for (size_t i = first; i < end; i++)
        connection_introduce(&run->callers[i].connection, run->callers[i].actor->token);
    for (size_t i = first; i < end; i++) {
        connection_finish(&run->callers[i].connection);
        if (run->work.moves)
            ask_stages(&run->callers[i], i / actors->count,
                       (connections - 1 - i % actors->count) / actors->count + 1);
    }
    for (size_t i = first; i < end; i++) {
        struct caller *caller = &run->callers[i];
        take_stages(caller);
        if (run->work.moves && caller->moved_count < (size_t)options->on_the_way)
            fail("a connection with %d moves on the way needs as many clients of its own, and the one as "
                 "%.8s... has "
                 "%zu; give more actors",
                 options->on_the_way, caller->actor->token, caller->moved_count);
        connection_set_nonblocking(&caller->connection);
        watch_socket(run, caller, EPOLL_CTL_ADD);
    }
}

int run(const struct options *options)
{
    struct run run = {.options = options, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    struct server server;
    struct actors actors = {0};
    work_choose(&run.work, options->work);
    actors_read(&actors, options->actors, (const char *const[]){run.work.role, NULL});
    server_find(&server, options->address, options->ca);
    /* Finer than epoll's own time-out, and seen by valgrind unlike epoll_pwait2. */
    run.alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, run.alarm, &event))
        fail("epoll_ctl: %s", strerror(errno));

    size_t connections = (size_t)options->connections;
    run.callers = allocate(connections, sizeof *run.callers);
    for (size_t i = 0; i < connections; i += OPEN_AT_ONCE)
        open_callers(&run, &server, &actors, i,
                     i + OPEN_AT_ONCE < connections ? i + OPEN_AT_ONCE : connections);
    begin(&run);
    work_through(&run);
    print(&run);

    for (size_t i = 0; i < connections; i++) {
        connection_close(&run.callers[i].connection);
        free(run.callers[i].pending);
    }
    free(run.callers);
    actors_free(&actors);
    server_free(&server);
    close(run.alarm);
    close(run.epoll);
    return run.errors ? 1 : 0;
}
