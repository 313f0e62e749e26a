#include "monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "clock.h"
#include "memory.h"
#include "metrics.h"
#include "process.h"
#include "server.h"

enum {
    PEERS_MAX = 16,
    PEER_MS_MAX = 5000, /* for a request and its answer */
    HEADERS_MAX = 8192,
    BODY_MAX = 1024, /* read and ignored */
    BACKLOG = 16,
};

/* evhttp tells nobody of a connection that it has given up, so that each stream is held here too: once
 * nothing is called back for it any more, it is over. */
struct peer {
    TAILQ_ENTRY(peer) link;
    struct bufferevent *stream;
    int64_t since_ms;
};

TAILQ_HEAD(peer_list, peer);

struct monitor {
    struct server *server;
    struct evhttp *http;
    struct evconnlistener *acceptor;
    struct peer_list peers; /* the oldest first */
    int peer_count;
};

/* ---- who is connected ---- */

static bool is_over(const struct peer *peer)
{
    bufferevent_event_cb on_event;
    bufferevent_getcb(peer->stream, NULL, NULL, &on_event, NULL);
    return !on_event;
}

static void drop(struct monitor *monitor, struct peer *peer)
{
    TAILQ_REMOVE(&monitor->peers, peer, link);
    monitor->peer_count--;
    bufferevent_decref(peer->stream);
    free(peer);
}

static void drop_those_over(struct monitor *monitor)
{
    struct peer *next;
    for (struct peer *peer = TAILQ_FIRST(&monitor->peers); peer; peer = next) {
        next = TAILQ_NEXT(peer, link);
        if (is_over(peer))
            drop(monitor, peer);
    }
}

/* evhttp makes a connection of the stream that this returns. */
static struct bufferevent *on_accept(struct event_base *base, void *context)
{
    struct monitor *monitor = context;
    struct peer *peer = memory_new(1, sizeof *peer);
    drop_those_over(monitor);
    peer->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    peer->since_ms = clock_ms();
    bufferevent_incref(peer->stream);
    TAILQ_INSERT_TAIL(&monitor->peers, peer, link);
    if (++monitor->peer_count == PEERS_MAX)
        evconnlistener_disable(monitor->acceptor);
    return peer->stream;
}

/* Most likely out of file descriptors. */
static void on_accept_error(struct evconnlistener *acceptor, void *context)
{
    (void)context;
    log_event(LOG_ERROR, "accept_failed", "why=%s",
              LOG_TEXT(evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR())));
    evconnlistener_disable(acceptor);
}

void monitor_tick(struct monitor *monitor, int64_t now_ms)
{
    struct peer *peer;
    drop_those_over(monitor);
    TAILQ_FOREACH(peer, &monitor->peers, link)
    {
        /* evhttp sees the end of the stream, and gives it up. */
        if (now_ms - peer->since_ms > PEER_MS_MAX)
            shutdown(bufferevent_getfd(peer->stream), SHUT_RDWR);
    }
    if (monitor->peer_count < PEERS_MAX)
        evconnlistener_enable(monitor->acceptor);
}

/* ---- answers ---- */

static int write_metrics(const struct server *server, struct evbuffer *to)
{
    struct pool_counts counts = pool_count(server->pool);
    metrics_set(METRIC_WAITING, (int64_t)counts.waiting);
    metrics_set(METRIC_WAITING_BYTES, (int64_t)counts.waiting_bytes);
    metrics_set(METRIC_LISTENING, listener_listens(server->listener));
    metrics_set(METRIC_WATCHERS, server->watcher_count);
    metrics_set(METRIC_PROCESS_STARTED_AT, server->started_at);
    process_measure_use();
    process_measure_descriptors();
    metrics_write(to);
    return HTTP_OK;
}

static int write_health(const struct server *server, struct evbuffer *to)
{
    (void)server;
    evbuffer_add_printf(to, "The daemon runs.\n");
    return HTTP_OK;
}

static int write_readiness(const struct server *server, struct evbuffer *to)
{
    const char *obstacle = server->drain_started_ms              ? "The daemon is stopping."
                           : pool_count(server->pool).ready == 0 ? "The database is not reached."
                                                                 : NULL;
    evbuffer_add_printf(to, "%s\n", obstacle ? obstacle : "The daemon can answer.");
    return obstacle ? HTTP_SERVUNAVAIL : HTTP_OK;
}

static const struct page {
    const char *path, *content_type;
    /* Returns the HTTP status. */
    int (*write)(const struct server *server, struct evbuffer *to);
} pages[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", write_metrics},
    {"/healthz", "text/plain; charset=utf-8", write_health},
    {"/readyz", "text/plain; charset=utf-8", write_readiness},
};

static const struct page *page_of(struct evhttp_request *request)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(path, pages[i].path) == 0)
            return &pages[i];
    return NULL;
}

static void on_request(struct evhttp_request *request, void *context)
{
    const struct monitor *monitor = context;
    const struct page *page = page_of(request);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();
    int status = HTTP_OK;
    if (!page) {
        status = HTTP_NOTFOUND;
        evbuffer_add_printf(body, "There is /metrics, /healthz and /readyz.\n");
    } else if (evhttp_request_get_command(request) & ~(EVHTTP_REQ_GET | EVHTTP_REQ_HEAD)) {
        status = HTTP_BADMETHOD;
        evhttp_add_header(headers, "Allow", "GET, HEAD");
        evbuffer_add_printf(body, "%s takes GET and HEAD.\n", page->path);
    } else {
        status = page->write(monitor->server, body);
    }
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        char length[24];
        evutil_snprintf(length, sizeof length, "%zu", evbuffer_get_length(body));
        evhttp_add_header(headers, "Content-Length", length);
        evbuffer_drain(body, evbuffer_get_length(body));
    }
    evhttp_add_header(headers, "Content-Type", page ? page->content_type : "text/plain; charset=utf-8");
    /* One request each: so none keeps its place. */
    evhttp_add_header(headers, "Connection", "close");
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
}

/* ---- listening ---- */

static struct evconnlistener *listen_at(struct monitor *monitor, const struct sockaddr *address, int length)
{
    return evconnlistener_new_bind(monitor->server->base, NULL, NULL,
                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
                                   address, length);
}

/* What a daemon has left that was killed, and nobody listens at any more. */
static void remove_left_socket(const struct sockaddr_un *address)
{
    struct stat about;
    int fd = -1;
    if (lstat(address->sun_path, &about) || !S_ISSOCK(about.st_mode) ||
        (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) && errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

static struct evconnlistener *listen_at_socket(struct monitor *monitor, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    strcpy(address.sun_path, path);
    remove_left_socket(&address);
    return listen_at(monitor, (struct sockaddr *)&address, sizeof address);
}

static struct evconnlistener *listen_at_address(struct monitor *monitor, const struct config *config)
{
    struct evutil_addrinfo *address = NULL;
    struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct evconnlistener *acceptor = NULL;
    if (!evutil_getaddrinfo(config->metrics_host, config->metrics_port, &hints, &address)) {
        acceptor = listen_at(monitor, address->ai_addr, (int)address->ai_addrlen);
        evutil_freeaddrinfo(address);
    }
    return acceptor;
}

struct monitor *monitor_new(struct server *server, struct status *status)
{
    const struct config *config = server->config;
    struct monitor *monitor = memory_new(1, sizeof *monitor);
    monitor->server = server;
    TAILQ_INIT(&monitor->peers);
    monitor->http = evhttp_new(server->base);
    evhttp_set_max_headers_size(monitor->http, HEADERS_MAX);
    evhttp_set_max_body_size(monitor->http, BODY_MAX);
    /* So that all of them come to on_request, which says what is taken. */
    evhttp_set_allowed_methods(monitor->http, UINT16_MAX);
    evhttp_set_gencb(monitor->http, on_request, monitor);
    evhttp_set_bevcb(monitor->http, on_accept, monitor);
    monitor->acceptor = config->metrics_socket ? listen_at_socket(monitor, config->metrics_socket)
                                               : listen_at_address(monitor, config);
    if (!monitor->acceptor) {
        status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "metrics %s%s%s: %s",
                   config->metrics_socket ? config->metrics_socket : config->metrics_host,
                   config->metrics_socket ? "" : ":", config->metrics_socket ? "" : config->metrics_port,
                   evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
        monitor_free(monitor);
        return NULL;
    }
    evhttp_bind_listener(monitor->http, monitor->acceptor);
    evconnlistener_set_error_cb(monitor->acceptor, on_accept_error);
    return monitor;
}

void monitor_free(struct monitor *monitor)
{
    evhttp_free(monitor->http); /* the acceptor too */
    while (!TAILQ_EMPTY(&monitor->peers))
        drop(monitor, TAILQ_FIRST(&monitor->peers));
    free(monitor);
}
