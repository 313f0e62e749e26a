/* The server's side of TLS: 1.3 only, ALPN traject/1. */
#ifndef TRAJECT_TLS_H
#define TRAJECT_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "config.h"
#include "tickets.h"

/* A context with the configured certificate and key, to free with SSL_CTX_free, that gives such tickets
 * (NULL when it serves nobody); or NULL with the status saying which file and what is wrong with it. */
SSL_CTX *tls_context_new(const struct config *config, struct tickets *tickets, struct status *status);

/* Did both sides agree on traject/1: a client that offers no ALPN at all gets through the handshake. */
int tls_speaks_traject(const SSL *ssl);

/* The SHA-256 fingerprint of the certificate that the peer has shown, and OpenSSL has verified; false when
 * there is none, or it has expired since. */
bool tls_peer_certificate(const SSL *ssl, uint8_t sha256[32]);

/* OpenSSL's oldest waiting error in words, "none" when there is none; empties its queue. */
const char *tls_reason(void);

#endif
