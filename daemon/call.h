/* One request of a client on its way through the database and back. */
#ifndef TRAJECT_CALL_H
#define TRAJECT_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "codec.h"
#include "method.h"
#include "status.h"
#include "trace.h"

struct contract;

enum { SHA256_BYTES = 32, UUID_BYTES = 16, CALL_ATTEMPTS_MAX = 4 };

/* What a connection shows who it is with. Every call carries it, for the database to check. */
struct credentials {
    uint8_t token_sha256[SHA256_BYTES];
    uint8_t certificate_sha256[SHA256_BYTES]; /* of the client certificate in DER */
    bool has_certificate;
};

/* What the database is to do for a call. */
enum call_step {
    CALL_AUTHENTICATE, /* who is it whose token this is */
    CALL_FUNCTION,     /* the method's function */
    CALL_REPLAY,       /* the answer given earlier to the same request_key */
    CALL_REFUSED,      /* it has failed: the log of whom it named; its status is set */
};

struct call {
    TAILQ_ENTRY(call) order; /* in its connection, as received */
    TAILQ_ENTRY(call) queue; /* in its lane or a database connection's batch */
    struct lane *lane;
    struct written *written;       /* of the pool: whom it writes about, while it runs; or NULL */
    struct connection *connection; /* who asks */
    struct watcher *watcher;       /* for which it asks again; NULL for what the client itself asks */
    uint64_t id;
    enum call_step step;
    const struct method *method; /* NULL to authenticate */
    int64_t municipality_id;     /* of who asks */
    struct credentials credentials;
    uint8_t request_key[UUID_BYTES]; /* of a write, and a digest of its request */
    uint8_t body_sha256[SHA256_BYTES];
    struct parameters parameters;
    size_t parameter_bytes; /* as its connection counts them */
    /* Words: they are kept as they came until the key of whom they are about is there. */
    bool wants_key, has_key;
    struct bytes body;
    struct bytes new_key; /* of somebody new; else empty */
    struct trace trace;
    uint32_t max_staleness_ms; /* 0 unless a standby may answer it, */
    int64_t staleness_ms;      /* and how stale that was when one has; else STALENESS_NONE */
    int64_t received_ms;       /* both on the monotonic clock */
    int64_t deadline_ms;
    int64_t late_ms; /* when it is answered though it still runs; INT64_MAX when its caller set no deadline */
    size_t counted_as;                        /* as metrics_request takes it */
    int64_t received_us, queued_us, begun_us; /* when it came, began to wait, and last went to PostgreSQL */
    bool running;                             /* it is in a batch, */
    size_t batch_size;                        /* of so many calls */
    int64_t database_us; /* its part of what PostgreSQL says that took; 0 when it has not said so */
    bool begun;          /* it has been with a database, which may have done it */
    bool lost;           /* a write that was lost with its connection, or waits for one that was */
    int attempts;        /* times that it failed for a passing cause */
    bool abandoned;      /* nobody waits for it: it ends as it is, and is not begun again */
    PGresult *result;    /* the call's rows, when status is OK */
    PGresult *failure;   /* the database's error, until it has become the status */
    struct status status;
    bool answered;           /* `answer` is complete */
    struct evbuffer *answer; /* frames, sent when all earlier calls of the connection are answered */
};

TAILQ_HEAD(call_list, call);

/* The arguments that say whose record it is, as they were bound: the first `count` of enum person. NULL where
 * there is none; the values stay the call's. */
void call_persons(const struct call *call, int count, const char **values, int *lengths);

/* Whether its words wait for the key of whom they are about. */
bool call_lacks_key(const struct call *call);

/* Seals its words with the key that its result found; somebody new gets a new one. Returns 0, or -1 with the
 * call's status set. */
int call_seal(struct call *call, const struct keys *keys);

/* Whether what the call did not come to is to be logged: it failed and named somebody. Of a caller whose
 * token does not hold there is nobody to log. */
bool call_wants_refusal(const struct call *call);

/* Drops what the database has answered, of which nothing holds. */
void call_forget_answer(struct call *call);

/* Whether a call that failed is worth another round: it was answered before, or others were in its way. */
bool call_runs_again(struct call *call);

/* Sets the status of a call that has run for the last time, if it failed, for people. */
void call_set_outcome(struct call *call, const struct contract *contract);

/* Sets the status of what has been with a database and may have been done. */
void call_set_unknown(struct call *call);

#endif
