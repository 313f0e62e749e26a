/* The keys that seal TLS session tickets (RFC 8446, 4.6.1): with a ticket a client that comes back saves the
 * daemon a signature. They live in locked memory only, so that a restart ends every ticket. */
#ifndef TRAJECT_TICKETS_H
#define TRAJECT_TICKETS_H

#include <stdint.h>

#include <openssl/ssl.h>

enum {
    TICKETS_ROTATE_MS = 3600000, /* a ticket opens as long as its key or the next is the newest */
    TICKET_SECONDS = 3600,
};

struct tickets;

/* NULL when there is no memory that can be locked. */
struct tickets *tickets_new(int64_t now_ms);
void tickets_free(struct tickets *tickets);

/* Contexts seal and open tickets with these keys, which must outlive every connection of theirs. */
void tickets_use(struct tickets *tickets, SSL_CTX *context);

/* Replaces the newest key when its time has come. */
void tickets_tick(struct tickets *tickets, int64_t now_ms);

#endif
