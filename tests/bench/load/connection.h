/* A connection to the daemon: TLS on a socket of ours, without libevent's bufferevent, whose buffers and
 * callbacks cost more than the requests that pass here. Reading ahead takes a record and its header out of
 * the socket at once, and answers stay in one buffer, where they are read in place. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netdb.h>
#include <openssl/ssl.h>

#include "answer.h"

struct server {
    const char *name; /* as given: HOST:PORT */
    char *host;
    struct addrinfo *address;
    SSL_CTX *tls;
};

struct connection {
    SSL *ssl;
    int fd;
    const struct server *server;
    Traject__V1__AuthenticateReply *identity;
    uint8_t *input, *output;
    size_t input_at, input_length, input_capacity;
    size_t output_length, output_capacity;
};

/* All of these fail, naming the server, when it cannot be reached or says no. */

void server_find(struct server *server, const char *name, const char *ca);
void server_free(struct server *server);

/* Connects, and authenticates with the token. Waits for each. */
void connection_open(struct connection *connection, const struct server *server, const char *token);

/* The same in three steps, each of which leaves the next to the server: who takes many connections through
 * one step before the next waits once for all. OPEN_AT_ONCE is what the server's queue of those that connect
 * has room for. */
enum { OPEN_AT_ONCE = 64 };
void connection_start(struct connection *connection, const struct server *server);
void connection_introduce(struct connection *connection, const char *token);
void connection_finish(struct connection *connection);

void connection_close(struct connection *connection);

/* From here on nothing waits. */
void connection_set_nonblocking(struct connection *connection);

/* Where so many bytes of requests can be written; connection_put says how many were. */
uint8_t *connection_room(struct connection *connection, size_t length);
void connection_put(struct connection *connection, size_t length);

/* Sends what was put. Returns false when the socket takes no more for now. */
bool connection_flush(struct connection *connection);

/* Reads what has come; of a connection that waits, at least something. */
void connection_read(struct connection *connection);

/* Takes the next answer that has come whole; it is there until the next read. */
bool connection_next(struct connection *connection, struct answer *answer);

/* Waits for the next answer. */
void connection_wait(struct connection *connection, struct answer *answer);

#endif
