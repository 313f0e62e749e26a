#include "tickets.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { NAME_BYTES = 16 }; /* SSL_CTX_set_tlsext_ticket_key_evp_cb(3) */

struct key {
    uint8_t name[NAME_BYTES], cipher[32], mac[32];
};

enum { KEYS = 2 };

struct tickets {
    struct key keys[KEYS]; /* the newest, which seals, and the one before */
    int64_t rotated_ms;
};

static void make_key(struct key *key)
{
    int made = RAND_bytes(key->name, sizeof key->name) == 1 &&
               RAND_priv_bytes(key->cipher, sizeof key->cipher) == 1 &&
               RAND_priv_bytes(key->mac, sizeof key->mac) == 1;
    /* OpenSSL's generator fails only where it could not be seeded, and then the daemon did not start. */
    if (!made)
        abort();
}

static int set_key(const struct key *key, const uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                   int seal)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
           EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, seal) == 1;
}

/* What to return: SSL_CTX_set_tlsext_ticket_key_evp_cb(3). Whoever resumes is given a new ticket, since who
 * sees one twice knows that it is the same client (RFC 8446, C.4). */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seal)
{
    const struct tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (seal) {
        memcpy(name, tickets->keys[0].name, NAME_BYTES);
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1)
            return -1;
        return set_key(&tickets->keys[0], iv, cipher, mac, seal) ? 1 : -1;
    }
    for (int i = 0; i < KEYS; i++) {
        if (memcmp(name, tickets->keys[i].name, NAME_BYTES) == 0)
            return set_key(&tickets->keys[i], iv, cipher, mac, seal) ? 2 : -1;
    }
    return 0;
}

struct tickets *tickets_new(int64_t now_ms)
{
    struct tickets *tickets = OPENSSL_secure_zalloc(sizeof *tickets);
    if (!tickets)
        return NULL;
    for (int i = 0; i < KEYS; i++)
        make_key(&tickets->keys[i]);
    tickets->rotated_ms = now_ms;
    return tickets;
}

void tickets_free(struct tickets *tickets)
{
    OPENSSL_secure_clear_free(tickets, sizeof *tickets);
}

void tickets_use(struct tickets *tickets, SSL_CTX *context)
{
    SSL_CTX_set_app_data(context, tickets);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

void tickets_tick(struct tickets *tickets, int64_t now_ms)
{
    if (now_ms - tickets->rotated_ms < TICKETS_ROTATE_MS)
        return;
    tickets->keys[1] = tickets->keys[0];
    make_key(&tickets->keys[0]);
    tickets->rotated_ms = now_ms;
}
