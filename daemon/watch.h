/* Watchers: watching calls after their first answer. A watcher is asked again when something was recorded in
 * its municipality, and tells its client when that brings anything. It is one of its connection's, beside the
 * calls that are answered in order. Of those that are due and would ask the same, as the same caller and from
 * the same position, one asks for all. */
#ifndef TRAJECT_WATCH_H
#define TRAJECT_WATCH_H

#include <stdint.h>
#include <sys/queue.h>

enum watcher_state {
    WATCHER_RESTING, /* has told all there is */
    WATCHER_DUE,     /* to be asked as soon as the queue has room */
    WATCHER_FULL,    /* is due when its client has read more */
    WATCHER_FAILED,  /* is due after a while: the database was away or busy */
    WATCHER_ASKED,   /* waits for the database, */
    WATCHER_SHARING, /* or for one that is due or asked and whose answer it shares */
    WATCHER_ENDED, /* its client heard the last of it; waits for the database, for those that share its answer
                      and to be freed */
    WATCHER_STATES,
};

struct watcher;
TAILQ_HEAD(watcher_list, watcher);

struct call;
struct connection;
struct server;
struct status;

/* Makes a watcher of an answered call, whose parameters it takes. Returns 0, or -1 with the status. It is
 * due, since what was recorded while the call ran was announced to others only. */
int watch_begin(struct call *call, struct status *status);

/* Something of that municipality can be told, or of all for 0. */
void watch_wake(struct server *server, int64_t municipality_id);

/* Asks for the watchers that are due, as far as the queue has room. */
void watch_run(struct server *server);

/* The client of this connection has read more. */
void watch_resume(struct connection *connection);

/* The janitor's tick: those that could not be asked, and those that nothing woke for long. */
void watch_tick(struct server *server, int64_t now_ms);

/* The database has answered a watcher's call. */
void watch_answered(struct call *call);

/* Ends the watchers of a connection that takes no more, with a last word to its client: the cause, or when
 * that is NULL that they can go on elsewhere. */
void watch_end_all(struct connection *connection, const struct status *cause);

/* Forgets the watchers of a connection that is gone. */
void watch_forget_all(struct connection *connection);

#endif
