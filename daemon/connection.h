/* One client's connection: frames in, frames out, and the calls between. */
#ifndef TRAJECT_CONNECTION_H
#define TRAJECT_CONNECTION_H

#include <event2/bufferevent.h>
#include <event2/util.h>
#include <sys/queue.h>

#include "call.h"
#include "failures.h"
#include "peer.h"
#include "pool.h"
#include "watch.h"

enum connection_state {
    CONNECTION_HANDSHAKE,
    CONNECTION_UNAUTHENTICATED,
    CONNECTION_READY,
    CONNECTION_DRAINING,  /* takes no more; finishes what it has */
    CONNECTION_LINGERING, /* all is said; waits for the peer to hang up */
    CONNECTION_CLOSED,    /* gone; its calls that run are awaited, then the janitor frees it */
    CONNECTION_STATES,
};

struct server;

struct connection {
    TAILQ_ENTRY(connection) link; /* in the server's list of its state */
    struct server *server;
    enum connection_state state;
    int64_t since_ms; /* when that state began */
    uint64_t number;  /* names it in the log */
    struct address address;
    struct bufferevent *stream;
    struct call_list calls; /* in the order received, answered in that order */
    size_t call_count;
    size_t parameter_bytes; /* that these calls hold */
    int64_t begun_ms;       /* when the frame began that has not come whole; 0 when there is none */
    struct lane lane;
    struct watcher_list watchers;
    size_t watcher_count;
    bool authenticating; /* what follows waits for the answer */
    bool taking;         /* requests are being read from the buffer right now */
    int failed_authentications;
    uint8_t token_prefix[TOKEN_PREFIX_BYTES]; /* of the token that is being tried */
    uint64_t token_checks;                    /* of the server, when that began */
    struct credentials credentials;
    int64_t token_ends_ms; /* when it expires, on the monotonic clock */
    bool token_ended;
    Traject__V1__Role role;
    int64_t municipality_id, worker_id;
    size_t unsent;       /* at the last tick, */
    int64_t progress_ms; /* and when the peer last took something */
};

TAILQ_HEAD(connection_list, connection);

/* Takes over the accepted socket. */
void connection_accept(struct server *server, evutil_socket_t fd, const struct address *address);

/* A call of a connection has its result or status: encodes and sends the answer, frees the call. */
void connection_done(struct call *call);

/* Answers with a message packed by the caller, or with the status; for calls that need no database. */
void connection_answer(struct call *call, const ProtobufCMessage *reply);

/* The database has the call and says nothing: it is answered UNAVAILABLE, and still runs. */
void connection_answer_late(struct call *call);

/* So much is unsent that nothing is to be added for now. */
bool connection_is_full(const struct connection *connection);

/* How many bytes it makes the daemon hold: of what came, of its calls, and of answers it has not taken. */
size_t connection_holds(const struct connection *connection);

/* Reads requests again, if it may. */
void connection_read_on(struct connection *connection);

/* Its token no longer holds: what has not begun is refused, what runs may still end, and soon it closes. */
void connection_token_ended(struct connection *connection);

/* Takes no more requests, answers those it has, then closes. */
void connection_drain(struct connection *connection);

/* Moves to the list of `state`. */
void connection_enter(struct connection *connection, enum connection_state state);

/* Drops the connection at once. */
void connection_close(struct connection *connection, const char *why);

#endif
