#include "server.h"

#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "janitor.h"
#include "memory.h"
#include "metrics.h"
#include "process.h"
#include "systemd.h"
#include "tls.h"

enum {
    TICK_MS = 250,
    DRAIN_MS_MAX = 30000, /* how long a stop waits for what was accepted */
    BACKLOG = 512,
};

static void on_accept(struct evconnlistener *acceptor, evutil_socket_t fd, struct sockaddr *address,
                      int length, void *context)
{
    (void)acceptor, (void)length;
    struct server *server = context;
    struct address from = address_of(address);
    if (server->connection_count >= server->config->client_connections || !shortage_has_room(server) ||
        !peers_enter(&server->peers, &from, server->config->connections_per_address)) {
        server->turned_away++;
        metrics_add(METRIC_TURNED_AWAY, 1);
        evutil_closesocket(fd);
        return;
    }
    connection_accept(server, fd, &from);
}

/* Most likely out of file descriptors: pause until the next tick instead of spinning. */
static void on_accept_error(struct evconnlistener *acceptor, void *context)
{
    (void)context;
    log_event(LOG_ERROR, "accept_failed", "why=%s",
              LOG_TEXT(evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR())));
    evconnlistener_disable(acceptor);
}

static bool drained(const struct server *server)
{
    for (int state = 0; state < CONNECTION_STATES; state++) {
        if (!TAILQ_EMPTY(&server->connections[state]))
            return false;
    }
    return TAILQ_EMPTY(&server->watchers[WATCHER_ENDED]) && !pool_keeps(server->pool);
}

static void on_recorded(void *context, int64_t municipality_id)
{
    watch_wake(context, municipality_id);
}

/* What the daemon's connection is called: by the master key that it wraps with, for who rotates to see. */
static char *name_of(const struct keys *keys)
{
    char id[MASTER_ID_TEXT];
    keys_id_text(keys->masters[0].id, id);
    return memory_format("trajectd %s", id);
}

/* In place, since others hold on to them. */
static void take_keys(struct server *server, const struct keys *keys)
{
    bool changed = memcmp(server->keys, keys, sizeof *keys) != 0;
    *server->keys = *keys;
    if (!changed)
        return;
    char *name = name_of(keys);
    log_event(LOG_INFO, "keys_read", "master=%s", strchr(name, ' ') + 1);
    listener_rename(server->listener, name);
    free(name);
}

static int read_keys(const struct server *server, const char *path, struct keys **keys, struct status *status)
{
    return keys_read(path, keys, status) || keys_check_follow(*keys, server->keys, status) ? -1 : 0;
}

/* A small file on this machine, when who rotates the key says so. */
static void on_keys_changed(void *context)
{
    struct server *server = context;
    struct keys *keys = NULL;
    struct status status = {0};
    if (read_keys(server, server->config->master_key, &keys, &status))
        log_event(LOG_ERROR, "keys_not_read", "why=%s", LOG_TEXT(status.message));
    else
        take_keys(server, keys);
    status_clear(&status);
    keys_free(keys);
}

static void add_tokens_in_use(void *context, struct bytes *tokens)
{
    struct server *server = context;
    server->token_checks++;
    const struct connection *connection;
    TAILQ_FOREACH(connection, &server->connections[CONNECTION_READY], link)
    bytes_append(tokens, connection->credentials.token_sha256, SHA256_BYTES);
}

static void on_token_ended(void *context, const uint8_t *token_sha256)
{
    struct server *server = context;
    struct connection *connection, *next;
    for (connection = TAILQ_FIRST(&server->connections[CONNECTION_READY]); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        if (memcmp(connection->credentials.token_sha256, token_sha256, SHA256_BYTES) == 0)
            connection_token_ended(connection);
    }
}

static const struct listener_events listener_events = {on_recorded, add_tokens_in_use, on_token_ended,
                                                       on_keys_changed};

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct server *server = context;
    int64_t now_ms = clock_ms();
    if (pool_tick(server->pool, now_ms))
        listener_give_up(server->listener);
    listener_tick(server->listener, now_ms);
    janitor_tick(server, now_ms);
    shortage_tick(server, now_ms);
    watch_tick(server, now_ms);
    tickets_tick(server->tickets, now_ms);
    if (server->monitor)
        monitor_tick(server->monitor, now_ms);
    if (server->turned_away) {
        log_event(LOG_WARNING, "connections_turned_away", "count=%llu limit=%d limit_of_address=%d",
                  (unsigned long long)server->turned_away, server->config->client_connections,
                  server->config->connections_per_address);
        server->turned_away = 0;
    }
    if (server->acceptor)
        evconnlistener_enable(server->acceptor);
    if (!server->drain_started_ms)
        return;
    if (drained(server)) {
        event_base_loopbreak(server->base);
    } else if (now_ms - server->drain_started_ms > DRAIN_MS_MAX) {
        log_event(LOG_WARNING, "drain_gave_up", "connections=%d", server->connection_count);
        event_base_loopbreak(server->base);
    }
}

static void on_terminate(evutil_socket_t signal_number, short what, void *context)
{
    (void)what;
    struct server *server = context;
    if (server->drain_started_ms) {
        log_event(LOG_WARNING, "stopping_now", "signal=%d", (int)signal_number);
        event_base_loopbreak(server->base);
        return;
    }
    log_event(LOG_INFO, "draining", "signal=%d connections=%d", (int)signal_number, server->connection_count);
    server->drain_started_ms = clock_ms();
    evconnlistener_free(server->acceptor);
    server->acceptor = NULL;
    for (int state = 0; state < CONNECTION_DRAINING; state++) {
        struct connection *next;
        for (struct connection *c = TAILQ_FIRST(&server->connections[state]); c; c = next) {
            next = TAILQ_NEXT(c, link);
            connection_drain(c);
        }
    }
}

/* Reading two small files is the one disk access of the running loop, at an operator's request. */
static void on_reload(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct server *server = context;
    struct config *config = NULL;
    struct status status = {0};
    SSL_CTX *tls = NULL;
    struct keys *keys = NULL;
    if (config_read(server->config_path, &config, &status) ||
        !(tls = tls_context_new(config, server->tickets, &status)) ||
        read_keys(server, config->master_key, &keys, &status)) {
        log_event(LOG_ERROR, "reload_failed", "why=%s", LOG_TEXT(status.message));
        status_clear(&status);
        SSL_CTX_free(tls);
    } else {
        take_keys(server, keys);
        /* Where who rotates the key changes it from now on. */
        char *master_key = server->config->master_key;
        server->config->master_key = config->master_key;
        config->master_key = master_key;
        /* Connections that are open keep the old context until they close. */
        SSL_CTX_free(server->tls);
        server->tls = tls;
        log_set_level(config->log_level);
        log_event(LOG_INFO, "reloaded", "config=%s", LOG_TEXT(server->config_path));
    }
    keys_free(keys);
    config_free(config);
}

static int bind_socket(struct server *server, struct status *status)
{
    const struct config *config = server->config;
    struct evutil_addrinfo *address = NULL;
    struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    int error = evutil_getaddrinfo(config->listen_host, config->listen_port, &hints, &address);
    if (error)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "listen %s:%s: %s",
                          config->listen_host, config->listen_port, evutil_gai_strerror(error));
    server->acceptor = evconnlistener_new_bind(
        server->base, on_accept, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        BACKLOG, address->ai_addr, (int)address->ai_addrlen);
    evutil_freeaddrinfo(address);
    if (!server->acceptor)
        return status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "listen %s:%s: %s",
                          config->listen_host, config->listen_port,
                          evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    return 0;
}

/* A socket that was handed over stays open while this process is replaced by another, so it goes before one
 * of its own. */
static int start_listening(struct server *server, struct status *status)
{
    evutil_socket_t given;
    if (systemd_take_socket(&given, status) || (given < 0 && bind_socket(server, status)))
        return -1;
    if (given >= 0) {
        log_event(LOG_INFO, "socket_given", "instead_of=%s:%s", server->config->listen_host,
                  server->config->listen_port);
        server->acceptor = evconnlistener_new(server->base, on_accept, server,
                                              LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, given);
    }
    evconnlistener_set_error_cb(server->acceptor, on_accept_error);
    return 0;
}

static void log_ready(const struct server *server)
{
    struct sockaddr_storage address = {0};
    ev_socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN] = "", port[sizeof "65535"] = "";
    getsockname(evconnlistener_get_fd(server->acceptor), (struct sockaddr *)&address, &length);
    getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    log_event(LOG_INFO, "ready", "address=%s port=%s version=%s", host, port, TRAJECT_VERSION);
}

static struct event *add_signal(struct server *server, int number, event_callback_fn callback)
{
    struct event *event = evsignal_new(server->base, number, callback, server);
    event_add(event, NULL);
    return event;
}

static void finish(struct server *server)
{
    for (int state = 0; state < CONNECTION_CLOSED; state++) {
        struct connection *connection;
        while ((connection = TAILQ_FIRST(&server->connections[state])))
            connection_close(connection, "the daemon stops");
    }
    if (server->acceptor)
        evconnlistener_free(server->acceptor);
    struct event *events[] = {server->tick, server->terminate, server->interrupt, server->reload};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (events[i])
            event_free(events[i]);
    }
    if (server->monitor)
        monitor_free(server->monitor);
    if (server->listener)
        listener_free(server->listener);
    if (server->pool)
        pool_free(server->pool);
    janitor_sweep(server);
    metrics_free();
    contract_free(server->contract);
    keys_free(server->keys);
    failures_free(server->failures);
    SSL_CTX_free(server->tls);
    /* Freed streams give up their buffers in a last turn of the loop. */
    event_base_loop(server->base, EVLOOP_NONBLOCK);
    event_base_free(server->base);
    tickets_free(server->tickets);
}

int server_run(const char *config_path, struct config *config)
{
    struct server server = {.config_path = config_path, .config = config, .started_at = time(NULL)};
    struct status status = {0};
    int exit_code = 1;
    for (int state = 0; state < CONNECTION_STATES; state++)
        TAILQ_INIT(&server.connections[state]);
    for (int state = 0; state < WATCHER_STATES; state++)
        TAILQ_INIT(&server.watchers[state]);
    signal(SIGPIPE, SIG_IGN);
    log_set_level(config->log_level);
    server.base = event_base_new();
    server.failures = failures_new();
    server.tickets = tickets_new(clock_ms());
    if (!server.tickets)
        status_set(&status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                   "there is no memory for the keys of TLS session tickets");
    if (!server.tickets || !(server.tls = tls_context_new(config, server.tickets, &status)) ||
        keys_read(config->master_key, &server.keys, &status) ||
        contract_load(config->database, server.keys, &server.contract, &status) ||
        start_listening(&server, &status) ||
        ((config->metrics_host || config->metrics_socket) &&
         !(server.monitor = monitor_new(&server, &status)))) {
        char *rest = NULL;
        for (char *line = strtok_r(status.message, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            log_event(LOG_ERROR, "start_failed", "status=%s why=%s", status_name(status.code),
                      LOG_TEXT(line));
        status_clear(&status);
        goto out;
    }
    metrics_init(server.contract);
    metrics_set(METRIC_MEMORY_MAX, (int64_t)config->memory_max);
    server.pool = pool_new(server.base, config->database, config->standby, config->database_connections,
                           (size_t)config->requests_waiting, config->requests_waiting_ms, server.contract,
                           server.keys, connection_done);
    char *name = name_of(server.keys);
    server.listener = listener_new(server.base, config->database, name, &listener_events, &server);
    free(name);
    server.terminate = add_signal(&server, SIGTERM, on_terminate);
    server.interrupt = add_signal(&server, SIGINT, on_terminate);
    server.reload = add_signal(&server, SIGHUP, on_reload);
    server.tick = event_new(server.base, -1, EV_PERSIST, on_tick, &server);
    event_add(server.tick, &(struct timeval){0, TICK_MS * 1000});
    shortage_start(&server);
    systemd_ready();
    process_confine();
    log_ready(&server);
    event_base_dispatch(server.base);
    log_event(LOG_INFO, "stopped", "answered=%llu refused=%llu", (unsigned long long)server.answered,
              (unsigned long long)server.refused);
    exit_code = 0;
out:
    finish(&server);
    return exit_code;
}
