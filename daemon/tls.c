#include "tls.h"

#include <string.h>

#include <openssl/err.h>

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

SSL_CTX *tls_context_new(const struct config *config, struct status *status)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "OpenSSL: %s", tls_reason());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
    if (SSL_CTX_use_certificate_chain_file(context, config->tls_certificate) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "tls_certificate %s: %s",
                   config->tls_certificate, tls_reason());
    else if (SSL_CTX_use_PrivateKey_file(context, config->tls_key, SSL_FILETYPE_PEM) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "tls_key %s: %s", config->tls_key,
                   tls_reason());
    else if (SSL_CTX_check_private_key(context) != 1)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                   "tls_key %s does not belong to %s: %s", config->tls_key, config->tls_certificate,
                   tls_reason());
    else
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
