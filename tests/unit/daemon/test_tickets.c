#include "unit.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tickets.h"

struct endpoints {
    SSL_CTX *server, *client;
    SSL_SESSION *session; /* the last that the client was given */
};

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct endpoints *endpoints = SSL_get_app_data(ssl);
    SSL_SESSION_free(endpoints->session);
    endpoints->session = session;
    return 1;
}

static void make(struct endpoints *endpoints, struct tickets *tickets)
{
    *endpoints = (struct endpoints){SSL_CTX_new(TLS_server_method()), SSL_CTX_new(TLS_client_method()), NULL};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()));
    assert_int_equal(SSL_CTX_use_certificate(endpoints->server, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(endpoints->server, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_set_session_cache_mode(endpoints->server, SSL_SESS_CACHE_OFF);
    tickets_use(tickets, endpoints->server);
    SSL_CTX_set_session_cache_mode(endpoints->client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(endpoints->client, keep_session);
}

static void unmake(struct endpoints *endpoints)
{
    SSL_SESSION_free(endpoints->session);
    SSL_CTX_free(endpoints->server);
    SSL_CTX_free(endpoints->client);
}

/* Connects with that session, or none; was it resumed? */
static int connect_with(struct endpoints *endpoints, SSL_SESSION *session)
{
    SSL *server = SSL_new(endpoints->server), *client = SSL_new(endpoints->client);
    BIO *one, *other;
    assert_int_equal(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(server, one, one);
    SSL_set_bio(client, other, other);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    SSL_set_app_data(client, endpoints);
    if (session) {
        /* OpenSSL resumes each only once. */
        SSL_SESSION *copy = SSL_SESSION_dup(session);
        assert_int_equal(SSL_set_session(client, copy), 1);
        SSL_SESSION_free(copy);
    }
    char byte;
    for (int i = 0; i < 4; i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
    SSL_read(client, &byte, 1); /* the ticket comes after the handshake */
    int resumed = SSL_session_reused(server);
    assert_int_equal(resumed, SSL_session_reused(client));
    /* A session whose connection broke off is not resumed. */
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client);
    SSL_free(server);
    return resumed;
}

static SSL_SESSION *take_session(struct endpoints *endpoints)
{
    SSL_SESSION *session = endpoints->session;
    assert_non_null(session);
    endpoints->session = NULL;
    return session;
}

static void a_ticket_opens_until_its_key_has_been_replaced_twice(void **state)
{
    (void)state;
    struct tickets *tickets = tickets_new(0);
    struct endpoints endpoints;
    make(&endpoints, tickets);
    assert_false(connect_with(&endpoints, NULL));
    SSL_SESSION *session = take_session(&endpoints);
    assert_true(connect_with(&endpoints, session));
    tickets_tick(tickets, TICKETS_ROTATE_MS - 1);
    tickets_tick(tickets, TICKETS_ROTATE_MS);
    assert_true(connect_with(&endpoints, session));
    SSL_SESSION *renewed = take_session(&endpoints);
    tickets_tick(tickets, 2 * TICKETS_ROTATE_MS - 1);
    assert_true(connect_with(&endpoints, session));
    tickets_tick(tickets, 2 * TICKETS_ROTATE_MS);
    assert_false(connect_with(&endpoints, session));
    assert_true(connect_with(&endpoints, renewed));
    SSL_SESSION_free(session);
    SSL_SESSION_free(renewed);
    unmake(&endpoints);
    tickets_free(tickets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_opens_until_its_key_has_been_replaced_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
