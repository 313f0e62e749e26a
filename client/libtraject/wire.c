#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "frame.h"

enum {
    CONNECT_SECONDS_MAX = 10,
    CONNECT_SECONDS_OF_SEVERAL = 3, /* one lost packet is sent again by then */
    UNACKNOWLEDGED_SECONDS_MAX = 15,
    KEEPALIVE_SECONDS = 30,
    ANSWER_SECONDS_MAX = 90, /* longer than the daemon takes to give up on anything */
};

void wire_close(struct traject *traject)
{
    SSL_free(traject->ssl);
    traject->ssl = NULL;
    if (traject->socket >= 0)
        close(traject->socket);
    traject->socket = -1;
    traject->input_length = 0;
}

const char *wire_reason(SSL *ssl)
{
    long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    if (verified != X509_V_OK)
        return X509_verify_cert_error_string(verified);
    if (ssl && errno == EAGAIN)
        return "no answer in time";
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return reason ? reason : "the connection was closed";
}

/* OpenSSL sees a limit that passed as a failed read or write. */
static void limit_waiting(int fd, int seconds)
{
    struct timeval limit = {.tv_sec = seconds};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Waits until the socket connects, for less long when another server could take its place. */
static int open_socket(const struct traject *traject, const struct addrinfo *address)
{
    int seconds = traject->profile.server_count > 1 ? CONNECT_SECONDS_OF_SEVERAL : CONNECT_SECONDS_MAX;
    int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0)
        return -1;
    int failure = 0;
    socklen_t size = sizeof failure;
    if (connect(fd, address->ai_addr, address->ai_addrlen)) {
        failure = errno;
        struct pollfd wait[] = {{.fd = fd, .events = POLLOUT}, {.fd = traject->stop, .events = POLLIN}};
        if (failure == EINPROGRESS) {
            if (poll(wait, 2, seconds * 1000) > 0 && wait[0].revents)
                getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
            else
                failure = ETIMEDOUT;
        }
    }
    if (failure) {
        close(fd);
        errno = failure;
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    limit_waiting(fd, CONNECT_SECONDS_MAX);
    /* Requests are written whole; holding one back until the last is acknowledged only delays it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* Who watches may hear nothing for long; a server that has vanished is noticed all the same. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){KEEPALIVE_SECONDS}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &(int){KEEPALIVE_SECONDS / 3}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &(int){3}, sizeof(int));
    /* A machine that is gone acknowledges nothing, which is known long before an answer is overdue. */
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){UNACKNOWLEDGED_SECONDS_MAX * 1000},
               sizeof(unsigned));
    return fd;
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct traject *traject = SSL_get_app_data(ssl);
    SSL_SESSION_free(traject->resumable);
    /* A copy, since OpenSSL does not resume the session itself once its connection was lost. */
    traject->resumable = SSL_SESSION_dup(session);
    return 0;
}

void wire_next_server(struct traject *traject)
{
    const struct traject_profile *profile = &traject->profile;
    if (profile->server_count == 1)
        return;
    traject->server++;
    if (traject->server == profile->servers + profile->server_count)
        traject->server = profile->servers;
    /* A session that is resumed is one whose certificate is not looked at again: it was for another name. */
    SSL_SESSION_free(traject->resumable);
    traject->resumable = NULL;
}

enum traject_result wire_connect(struct traject *traject, struct traject_error *error)
{
    const struct traject_server *server = traject->server;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses = NULL;
    int looked_up = getaddrinfo(server->host, server->port, &hints, &addresses);
    if (looked_up)
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s: %s", server->host,
                                 gai_strerror(looked_up));
    for (const struct addrinfo *a = addresses; a && traject->socket < 0; a = a->ai_next)
        traject->socket = open_socket(traject, a);
    freeaddrinfo(addresses);
    traject->cut_off = false;
    if (traject->socket < 0)
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: %s", server->host, server->port,
                                 strerror(errno));

    traject->ssl = SSL_new(traject->tls);
    SSL_set_app_data(traject->ssl, traject);
    SSL_set_fd(traject->ssl, traject->socket);
    if (traject->resumable)
        SSL_set_session(traject->ssl, traject->resumable);
    struct in6_addr ignored;
    if (inet_pton(AF_INET, server->host, &ignored) == 1 || inet_pton(AF_INET6, server->host, &ignored) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(traject->ssl), server->host);
    } else {
        SSL_set1_host(traject->ssl, server->host);
        SSL_set_tlsext_host_name(traject->ssl, server->host);
    }
    errno = 0;
    if (SSL_connect(traject->ssl) != 1) {
        unsigned long code = ERR_peek_error();
        traject->cut_off = !code || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
        enum traject_result result =
            traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: no secure connection: %s",
                              server->host, server->port, wire_reason(traject->ssl));
        wire_close(traject);
        return result;
    }
    const unsigned char *alpn;
    unsigned alpn_length;
    SSL_get0_alpn_selected(traject->ssl, &alpn, &alpn_length);
    if (alpn_length != strlen("traject/1")) {
        wire_close(traject);
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s does not speak traject/1",
                                 server->host, server->port);
    }
    return TRAJECT_OK;
}

int wire_send(struct traject *traject, const uint8_t *bytes, size_t length)
{
    size_t written;
    return traject->ssl && SSL_write_ex(traject->ssl, bytes, length, &written) == 1 ? 0 : -1;
}

/* Waits for input for as long as it takes. Returns false when told to stop. */
static bool wait_for_input(const struct traject *traject)
{
    struct pollfd wait[] = {{.fd = traject->socket, .events = POLLIN},
                            {.fd = traject->stop, .events = POLLIN}};
    while (!SSL_pending(traject->ssl) && poll(wait, 2, -1) < 0 && errno == EINTR)
        ;
    return !wait[1].revents;
}

int wire_receive(struct traject *traject, Traject__V1__Response **response)
{
    for (;;) {
        size_t prefix = 0, length = 0;
        enum frame_result read = frame_read_length(traject->input, traject->input_length, &prefix, &length);
        if (read == FRAME_TOO_LARGE || read == FRAME_MALFORMED)
            return -1;
        if (read == FRAME_COMPLETE && traject->input_length - prefix >= length) {
            *response = traject__v1__response__unpack(NULL, length, traject->input + prefix);
            traject->input_length -= prefix + length;
            memmove(traject->input, traject->input + prefix + length, traject->input_length);
            return *response ? 0 : -1;
        }
        if (traject->input_capacity - traject->input_length < 16384) {
            size_t capacity = traject->input_capacity * 2 + 32768;
            uint8_t *grown = realloc(traject->input, capacity);
            if (!grown)
                return -1;
            traject->input = grown;
            traject->input_capacity = capacity;
        }
        size_t got = 0;
        errno = 0;
        if (!traject->ssl || (traject->watching && !wait_for_input(traject)))
            return -1;
        if (SSL_read_ex(traject->ssl, traject->input + traject->input_length,
                        traject->input_capacity - traject->input_length, &got) != 1 &&
            !(traject->watching && SSL_get_error(traject->ssl, 0) == SSL_ERROR_WANT_READ))
            return -1;
        traject->input_length += got;
    }
}

void wire_connected(struct traject *traject)
{
    limit_waiting(traject->socket, ANSWER_SECONDS_MAX);
}

static int show_certificate(SSL_CTX *tls, const struct traject_profile *profile, struct traject_error *error)
{
    if (SSL_CTX_use_certificate_chain_file(tls, profile->certificate) != 1)
        traject_error_set(error, TRAJECT_UNUSABLE, "certificate %s: %s", profile->certificate,
                          wire_reason(NULL));
    else if (SSL_CTX_use_PrivateKey_file(tls, profile->key, SSL_FILETYPE_PEM) != 1)
        traject_error_set(error, TRAJECT_UNUSABLE, "key %s, for certificate %s: %s", profile->key,
                          profile->certificate, wire_reason(NULL));
    else
        return 0;
    return -1;
}

enum traject_result wire_prepare(struct traject *traject, const struct traject_profile *profile,
                                 struct traject_error *error)
{
    static const unsigned char alpn[] = {9, 't', 'r', 'a', 'j', 'e', 'c', 't', '/', '1'};
    traject->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(traject->tls, TLS1_3_VERSION);
    SSL_CTX_set_mode(traject->tls, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(traject->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(traject->tls, alpn, sizeof alpn);
    SSL_CTX_set_session_cache_mode(traject->tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(traject->tls, keep_session);
    if (access(profile->ca, R_OK))
        return traject_error_set(error, TRAJECT_UNUSABLE, "ca %s: %s", profile->ca, strerror(errno));
    if (SSL_CTX_load_verify_file(traject->tls, profile->ca) != 1)
        return traject_error_set(error, TRAJECT_UNUSABLE, "ca %s: %s", profile->ca, wire_reason(NULL));
    if (profile->certificate && show_certificate(traject->tls, profile, error))
        return TRAJECT_UNUSABLE;
    return TRAJECT_OK;
}
