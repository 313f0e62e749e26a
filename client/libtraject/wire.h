/* What the files of libtraject share: the connection, and requests on their way. Not installed. */
#ifndef TRAJECT_WIRE_H
#define TRAJECT_WIRE_H

#include <sys/queue.h>

#include <openssl/ssl.h>

#include "traject.h"

#pragma GCC visibility push(hidden)

/* A call that was sent and is not answered. */
struct pending {
    STAILQ_ENTRY(pending) link;
    uint64_t id;
    const ProtobufCMessageDescriptor *output;
    uint8_t *frame; /* as sent, for sending again */
    size_t frame_length;
    uint8_t *body; /* the parts that came, one after the other, which is their merger */
    size_t body_length;
    traject_part part;
    void *context;
    bool begun, deaf; /* a part was handed on; the caller wants no more */
    int crowded_out;  /* how often the server had no room for it */
    bool resent;      /* over another connection, since the one before was lost */
};

struct traject {
    struct traject_profile profile;
    traject_retrying retrying;
    const struct traject_server *server; /* of the profile: that of the connection, or of the next one */
    SSL_CTX *tls;
    SSL_SESSION *resumable; /* what the server's last ticket belongs to */
    SSL *ssl;
    int socket;
    Traject__V1__AuthenticateReply *identity;
    int64_t clock_us; /* what the server's said when this machine started */
    uint64_t last_id;
    STAILQ_HEAD(, pending) pending;
    size_t pending_count;
    uint8_t *input; /* received and not yet read */
    size_t input_length, input_capacity;
    int lost;              /* connections since the last answer */
    int64_t lost_since_ms; /* the first of them */
    bool cut_off;          /* the last connection was made and then closed: the server stops or starts */
    bool watching;         /* silence is no sign of a lost connection */
    int stop;              /* while watching: readable when that is to end; else -1 */
    char *position;        /* how far the last watch came */
    /* What reads may have, and what answers had at most. */
    uint32_t max_staleness_ms, staleness_ms;
};

/* Makes what connections need of the profile's certificates. */
enum traject_result wire_prepare(struct traject *traject, const struct traject_profile *profile,
                                 struct traject_error *error);
/* Connects to `server`, for whoever authenticates next: until wire_connected every wait is a short one. */
enum traject_result wire_connect(struct traject *traject, struct traject_error *error);
/* The next connection begins with the profile's next server. */
void wire_next_server(struct traject *traject);
void wire_connected(struct traject *traject);
/* Why the last call of OpenSSL failed, on that connection or none. */
const char *wire_reason(SSL *ssl);

/* Connects and authenticates, to the first of the servers that takes it, from `server` on. */
enum traject_result wire_open(struct traject *traject, struct traject_error *error);
void wire_close(struct traject *traject);

/* Returns -1 when the connection is of no more use. */
int wire_send(struct traject *traject, const uint8_t *bytes, size_t length);
/* Reads until `*response` is one message, the caller's to free. Returns -1 when the connection is of no more
 * use, or watching is to end. */
int wire_receive(struct traject *traject, Traject__V1__Response **response);

/* A request ready to be sent, to free; NULL with the error set when it cannot be made. */
struct pending *pending_new(struct traject *traject, const char *method, const ProtobufCMessage *message,
                            const char *key, uint32_t deadline_ms, struct traject_error *error);
void pending_free(struct pending *pending);

/* The server's refusal as the caller's error. */
enum traject_result wire_refuse(struct traject_error *error, const Traject__V1__Status *status);

/* Is the failure a matter of the moment: the server or its database is just starting, or busy. */
bool wire_worth_trying_again(enum traject_result result, const struct traject_error *error);

#pragma GCC visibility pop

#endif
