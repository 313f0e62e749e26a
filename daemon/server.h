/* The running daemon: what its parts share. */
#ifndef TRAJECT_SERVER_H
#define TRAJECT_SERVER_H

#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "config.h"
#include "connection.h"
#include "contract.h"
#include "keys.h"
#include "listener.h"
#include "monitor.h"
#include "pool.h"
#include "shortage.h"
#include "tickets.h"

struct server {
    struct event_base *base;
    const char *config_path;
    struct config *config;
    struct contract *contract;
    struct pool *pool;
    SSL_CTX *tls;
    struct tickets *tickets;
    struct keys *keys; /* read again in place */
    struct evconnlistener *acceptor;
    struct listener *listener;
    struct monitor *monitor; /* NULL when `metrics` is not configured */
    struct shortage shortage;
    struct event *tick, *terminate, *interrupt, *reload;
    /* Every connection is in the list of its state. */
    struct connection_list connections[CONNECTION_STATES];
    int connection_count;
    struct peers peers;        /* of these connections */
    struct failures *failures; /* to authenticate */
    uint64_t token_checks;     /* how often the database was asked after the tokens in use */
    struct watcher_list watchers[WATCHER_STATES];
    void *watchers_due; /* a tree (tsearch) of those that are due, by what they ask */
    int watcher_count;  /* that have not ended */
    uint64_t last_connection;
    int64_t started_at;         /* seconds since 1970 */
    int64_t drain_started_ms;   /* 0 while not draining */
    uint64_t answered, refused; /* calls that came to OK, and to anything else */
    uint64_t turned_away;       /* connections over a limit, since the last tick */
};

/* Runs until a signal ends it. Returns the process's exit code. */
int server_run(const char *config_path, struct config *config);

#endif
