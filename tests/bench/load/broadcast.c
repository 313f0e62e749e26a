/* How long it takes until all who watch a team are told of a contact. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "actors.h"
#include "clock.h"
#include "connection.h"
#include "fail.h"
#include "histogram.h"
#include "options.h"
#include "request.h"

enum {
    SETTLE_SECONDS = 3,
    LATE_SECONDS = 10,
    EVENTS_AT_ONCE = 256,
};

struct watcher {
    struct connection connection;
    bool told;
};

struct broadcast {
    int epoll;
    char words[64]; /* of the contact, and of nothing else */
    size_t told;
    int64_t sent_ns, last_ns;
    struct histogram took;
};

/* Finds those of the first one's team, whose every client they see. A team of that name in another
 * municipality is another one. Returns how many. */
static size_t find_colleagues(const struct actors *actors, const struct connection *first,
                              const struct actor **colleagues)
{
    size_t count = 0;
    for (const struct actor *actor = actors->list; actor < actors->list + actors->count; actor++) {
        if (strcmp(actor->team, actors->list->team) != 0)
            continue;
        struct connection connection;
        connection_open(&connection, first->server, actor->token);
        if (strcmp(connection.identity->municipality, first->identity->municipality) == 0)
            colleagues[count++] = actor;
        connection_close(&connection);
    }
    return count;
}

static void demand_ok(const struct answer *answer, const char *what)
{
    char *refusal = answer_refusal(answer);
    if (refusal)
        fail("%s: %s", what, refusal);
}

static void ask(struct connection *connection, const struct actor *actor)
{
    Traject__V1__WatchRequest request = TRAJECT__V1__WATCH_REQUEST__INIT;
    request._team_case = TRAJECT__V1__WATCH_REQUEST___TEAM_TEAM;
    request.team = (char *)actor->team;
    connection_put(connection, request_pack("/traject.v1.Traject/Watch", &request.base, 1, "",
                                            connection_room(connection, REQUEST_BYTES_MAX)));
    connection_flush(connection);
}

static void watch(struct watcher *watchers, size_t count, const struct server *server,
                  const struct actor *const *actors, size_t actor_count)
{
    for (size_t first = 0; first < count; first += OPEN_AT_ONCE) {
        size_t end = first + OPEN_AT_ONCE < count ? first + OPEN_AT_ONCE : count;
        for (size_t i = first; i < end; i++)
            connection_start(&watchers[i].connection, server);
        for (size_t i = first; i < end; i++)
            connection_introduce(&watchers[i].connection, actors[i % actor_count]->token);
        for (size_t i = first; i < end; i++) {
            connection_finish(&watchers[i].connection);
            ask(&watchers[i].connection, actors[i % actor_count]);
        }
        for (size_t i = first; i < end; i++) {
            struct answer answer;
            connection_wait(&watchers[i].connection, &answer);
            demand_ok(&answer, "Watch");
            connection_set_nonblocking(&watchers[i].connection);
        }
    }
}

static void hear(struct broadcast *broadcast, struct watcher *watcher)
{
    struct answer answer;
    connection_read(&watcher->connection);
    while (connection_next(&watcher->connection, &answer)) {
        demand_ok(&answer, "Watch");
        if (watcher->told ||
            !memmem(answer.body, answer.body_length, broadcast->words, strlen(broadcast->words)))
            continue;
        watcher->told = true;
        broadcast->told++;
        broadcast->last_ns = clock_ns(CLOCK_MONOTONIC);
        histogram_add(&broadcast->took, broadcast->last_ns - broadcast->sent_ns);
    }
}

/* Until that moment, or until so many were told. */
static void listen_to_all(struct broadcast *broadcast, int64_t until_ns, size_t enough)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t left_ns;
    while (broadcast->told < enough && (left_ns = until_ns - clock_ns(CLOCK_MONOTONIC)) > 0) {
        int happened = epoll_wait(broadcast->epoll, events, EVENTS_AT_ONCE, (int)(left_ns / 1000000) + 1);
        if (happened < 0 && errno != EINTR)
            fail("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < happened; i++)
            hear(broadcast, events[i].data.ptr);
    }
}

static void record_contact(struct broadcast *broadcast, struct connection *recorder,
                           const char *client_number)
{
    Traject__V1__RecordContactRequest request = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
    request.client_number = (char *)client_number;
    request.channel = TRAJECT__V1__CHANNEL__CHANNEL_PHONE;
    request.counterpart = TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT;
    request.reached = true;
    request._words_case = TRAJECT__V1__RECORD_CONTACT_REQUEST___WORDS_WORDS;
    request.words = broadcast->words;
    char key[REQUEST_KEY_CHARACTERS + 1] = "";
    request_new_key((uint8_t *)key);
    snprintf(broadcast->words, sizeof broadcast->words, "Aan allen: %s", key);
    connection_put(recorder, request_pack("/traject.v1.Traject/RecordContact", &request.base, 1, key,
                                          connection_room(recorder, REQUEST_BYTES_MAX)));
    broadcast->sent_ns = clock_ns(CLOCK_MONOTONIC);
    connection_flush(recorder);
}

int broadcast(const struct options *options)
{
    struct broadcast *broadcast = allocate(1, sizeof *broadcast);
    broadcast->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct server server;
    struct actors actors = {0};
    actors_read(&actors, options->actors, (const char *const[]){"manager", "member", NULL});
    server_find(&server, options->address, options->ca);
    size_t count = (size_t)options->connections;
    struct watcher *watchers = allocate(count, sizeof *watchers);
    struct connection recorder;
    connection_open(&recorder, &server, actors.list[0].token);
    const struct actor **colleagues = allocate(actors.count, sizeof *colleagues);
    size_t colleague_count = find_colleagues(&actors, &recorder, colleagues);
    watch(watchers, count, &server, colleagues, colleague_count);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &watchers[i]};
        if (epoll_ctl(broadcast->epoll, EPOLL_CTL_ADD, watchers[i].connection.fd, &event))
            fail("epoll_ctl: %s", strerror(errno));
    }
    memset(broadcast->words, '-', sizeof broadcast->words - 1);
    listen_to_all(broadcast, clock_ns(CLOCK_MONOTONIC) + SETTLE_SECONDS * SECOND_NS, count);

    record_contact(broadcast, &recorder, actors.list[0].clients[0].number);
    listen_to_all(broadcast, broadcast->sent_ns + LATE_SECONDS * SECOND_NS, count);
    struct answer answer;
    connection_wait(&recorder, &answer);
    demand_ok(&answer, "RecordContact");

    const double ms = 1e6;
    printf("{\"connections\":%zu,\"actors\":%zu,\"told\":%zu,\"not_within_%d_s\":%zu,\"p50_ms\":%.1f,\"p99_"
           "ms\":%.1f,"
           "\"max_ms\":%.1f}\n",
           count, colleague_count < count ? colleague_count : count, broadcast->told, LATE_SECONDS,
           count - broadcast->told, (double)histogram_percentile(&broadcast->took, 0.5) / ms,
           (double)histogram_percentile(&broadcast->took, 0.99) / ms,
           broadcast->told ? (double)(broadcast->last_ns - broadcast->sent_ns) / ms : 0);
    int result = broadcast->told == count ? 0 : 1;

    connection_close(&recorder);
    for (size_t i = 0; i < count; i++)
        connection_close(&watchers[i].connection);
    free(watchers);
    free(colleagues);
    actors_free(&actors);
    server_free(&server);
    close(broadcast->epoll);
    free(broadcast);
    return result;
}
