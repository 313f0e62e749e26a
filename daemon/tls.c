#include "tls.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

static const unsigned char alpn[] = {9, 't', 'r', 'a', 'j', 'e', 'c', 't', '/', '1'};

const char *tls_reason(void)
{
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char *reason = code ? ERR_reason_error_string(code) : "none";
    return reason ? reason : "unknown";
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                       const unsigned char *in, unsigned in_length, void *context)
{
    (void)ssl, (void)context;
    unsigned char *selected;
    if (SSL_select_next_proto(&selected, out_length, alpn, sizeof alpn, in, in_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

/* A client that shows none gets through; what is bound to a certificate stays shut to it. */
static int ask_for_certificates(SSL_CTX *context, const char *path)
{
    STACK_OF(X509_NAME) *authorities = SSL_load_client_CA_file(path);
    if (!authorities || SSL_CTX_load_verify_file(context, path) != 1) {
        sk_X509_NAME_pop_free(authorities, X509_NAME_free);
        return -1;
    }
    SSL_CTX_set_client_CA_list(context, authorities);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return 0;
}

/* There is nobody to ask: OpenSSL would do so on the terminal. */
static int give_no_passphrase(char *to, int size, int writing, void *asked)
{
    (void)to, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

SSL_CTX *tls_context_new(const struct config *config, struct tickets *tickets, struct status *status)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "OpenSSL: %s", tls_reason());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    /* The finite-field groups that OpenSSL takes as well cost a stranger's first message 130 ms of the loop.
     * A ticket opens in the context alone that gave it, so in none that has read other certificates since. */
    uint8_t name[16];
    if (SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 || RAND_bytes(name, sizeof name) != 1 ||
        SSL_CTX_set_session_id_context(context, name, sizeof name) != 1) {
        status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "OpenSSL: %s", tls_reason());
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    /* What a client needs to resume it holds itself, in a ticket; the daemon keeps nothing. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_timeout(context, TICKET_SECONDS);
    tickets_use(tickets, context);
    SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
    bool encrypted = false;
    SSL_CTX_set_default_passwd_cb(context, give_no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
    if (SSL_CTX_use_certificate_chain_file(context, config->tls_certificate) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "tls_certificate %s: %s",
                   config->tls_certificate, tls_reason());
    else if (SSL_CTX_use_PrivateKey_file(context, config->tls_key, SSL_FILETYPE_PEM) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "tls_key %s: %s", config->tls_key,
                   encrypted ? "it is encrypted; give a key without a passphrase" : tls_reason());
    else if (SSL_CTX_check_private_key(context) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                   "tls_key %s does not belong to %s: %s", config->tls_key, config->tls_certificate,
                   tls_reason());
    else if (config->tls_client_ca && ask_for_certificates(context, config->tls_client_ca))
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "tls_client_ca %s: %s",
                   config->tls_client_ca, tls_reason());
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    ERR_clear_error();
    if (!status->code)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

int tls_speaks_traject(const SSL *ssl)
{
    const unsigned char *selected;
    unsigned length;
    SSL_get0_alpn_selected(ssl, &selected, &length);
    return length == alpn[0] && memcmp(selected, alpn + 1, length) == 0;
}

bool tls_peer_certificate(const SSL *ssl, uint8_t sha256[32])
{
    /* A session that is resumed brings its certificate along, and OpenSSL does not verify it again. */
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    bool shown = certificate && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 &&
                 X509_digest(certificate, EVP_sha256(), sha256, NULL) == 1;
    X509_free(certificate);
    return shown;
}
