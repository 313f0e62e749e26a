#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "fail.h"
#include "frame.h"
#include "request.h"

enum { INPUT_FIRST = 4096 };

static const char *reason(const SSL *ssl)
{
    long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    if (verified != X509_V_OK)
        return X509_verify_cert_error_string(verified);
    unsigned long code = ERR_get_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : errno ? strerror(errno) : "the server closed the connection";
}

void server_find(struct server *server, const char *name, const char *ca)
{
    static const unsigned char alpn[] = {9, 't', 'r', 'a', 'j', 'e', 'c', 't', '/', '1'};
    const char *colon = strrchr(name, ':');
    if (!colon)
        fail("address is \"%s\"; give host:port, like 127.0.0.1:7117", name);
    server->name = name;
    server->host = strndup(name, (size_t)(colon - name));
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    int found = getaddrinfo(server->host, colon + 1, &wanted, &server->address);
    if (found)
        fail("address %s: %s", name, gai_strerror(found));
    server->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(server->tls, TLS1_3_VERSION);
    SSL_CTX_set_alpn_protos(server->tls, alpn, sizeof alpn);
    SSL_CTX_set_verify(server->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_read_ahead(server->tls, 1);
    SSL_CTX_set_mode(server->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_load_verify_file(server->tls, ca) != 1)
        fail("ca %s: %s", ca, reason(NULL));
}

void server_free(struct server *server)
{
    SSL_CTX_free(server->tls);
    freeaddrinfo(server->address);
    free(server->host);
}

/* Makes room for so many bytes after those that are there. */
static void grow(uint8_t **bytes, size_t *capacity, size_t length, size_t more)
{
    if (*capacity - length >= more)
        return;
    *capacity = *capacity * 2 > length + more ? *capacity * 2 : length + more;
    *bytes = realloc(*bytes, *capacity);
    if (!*bytes)
        fail("no memory for %zu bytes", *capacity);
}

static void set_flag(const struct connection *connection, int flag, bool on)
{
    int flags = fcntl(connection->fd, F_GETFL);
    fcntl(connection->fd, F_SETFL, on ? flags | flag : flags & ~flag);
}

/* Returns whether it is done, which it is not while a connection that does not wait has no answer. */
static bool shake_hands(struct connection *connection)
{
    errno = 0;
    ERR_clear_error();
    int result = SSL_connect(connection->ssl);
    if (result == 1)
        return true;
    if (SSL_get_error(connection->ssl, result) != SSL_ERROR_WANT_READ)
        fail("server %s: no secure connection: %s", connection->server->name, reason(connection->ssl));
    return false;
}

void connection_start(struct connection *connection, const struct server *server)
{
    const struct addrinfo *address = server->address;
    *connection = (struct connection){.server = server};
    grow(&connection->input, &connection->input_capacity, 0, INPUT_FIRST);
    connection->fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    if (connection->fd < 0 || connect(connection->fd, address->ai_addr, address->ai_addrlen))
        fail("server %s: %s", server->name, strerror(errno));
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection->ssl = SSL_new(server->tls);
    SSL_set_fd(connection->ssl, connection->fd);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection->ssl), server->host) != 1) {
        SSL_set1_host(connection->ssl, server->host);
        SSL_set_tlsext_host_name(connection->ssl, server->host);
    }
    set_flag(connection, O_NONBLOCK, true);
    shake_hands(connection);
    set_flag(connection, O_NONBLOCK, false);
}

void connection_introduce(struct connection *connection, const char *token)
{
    while (!shake_hands(connection))
        ;
    Traject__V1__AuthenticateRequest request = TRAJECT__V1__AUTHENTICATE_REQUEST__INIT;
    request.token = (char *)token;
    connection_put(connection, request_pack("/traject.v1.Session/Authenticate", &request.base, 1, "",
                                            connection_room(connection, REQUEST_BYTES_MAX)));
    connection_flush(connection);
}

void connection_finish(struct connection *connection)
{
    struct answer answer;
    connection_wait(connection, &answer);
    char *refusal = answer_refusal(&answer);
    if (refusal)
        fail("server %s: Authenticate: %s", connection->server->name, refusal);
    connection->identity = traject__v1__authenticate_reply__unpack(NULL, answer.body_length, answer.body);
    if (!connection->identity)
        fail("server %s: Authenticate: the reply cannot be read", connection->server->name);
}

void connection_open(struct connection *connection, const struct server *server, const char *token)
{
    connection_start(connection, server);
    connection_introduce(connection, token);
    connection_finish(connection);
}

void connection_close(struct connection *connection)
{
    SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    close(connection->fd);
    traject__v1__authenticate_reply__free_unpacked(connection->identity, NULL);
    free(connection->input);
    free(connection->output);
}

void connection_set_nonblocking(struct connection *connection)
{
    set_flag(connection, O_NONBLOCK, true);
}

uint8_t *connection_room(struct connection *connection, size_t length)
{
    grow(&connection->output, &connection->output_capacity, connection->output_length, length);
    return connection->output + connection->output_length;
}

void connection_put(struct connection *connection, size_t length)
{
    connection->output_length += length;
}

/* Whether that is only for now; fails when it is for good. */
static bool must_wait(struct connection *connection, int result)
{
    int error = SSL_get_error(connection->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return true;
    fail("server %s: %s", connection->server->name,
         error == SSL_ERROR_ZERO_RETURN ? "the server closed the connection" : reason(connection->ssl));
}

bool connection_flush(struct connection *connection)
{
    while (connection->output_length) {
        size_t written = 0;
        errno = 0;
        ERR_clear_error();
        int result = SSL_write_ex(connection->ssl, connection->output, connection->output_length, &written);
        if (result != 1 && must_wait(connection, result))
            return false;
        connection->output_length -= written;
        memmove(connection->output, connection->output + written, connection->output_length);
    }
    return true;
}

void connection_read(struct connection *connection)
{
    connection->input_length -= connection->input_at;
    if (connection->input_at && connection->input_length)
        memmove(connection->input, connection->input + connection->input_at, connection->input_length);
    connection->input_at = 0;
    do {
        size_t got = 0;
        grow(&connection->input, &connection->input_capacity, connection->input_length, INPUT_FIRST);
        errno = 0;
        ERR_clear_error();
        int result = SSL_read_ex(connection->ssl, connection->input + connection->input_length,
                                 connection->input_capacity - connection->input_length, &got);
        if (result != 1 && must_wait(connection, result))
            return;
        connection->input_length += got;
    } while (SSL_has_pending(connection->ssl));
}

bool connection_next(struct connection *connection, struct answer *answer)
{
    const uint8_t *bytes = connection->input + connection->input_at;
    size_t available = connection->input_length - connection->input_at, prefix = 0, length = 0;
    enum frame_result frame = frame_read_length(bytes, available, &prefix, &length);
    if (frame == FRAME_INCOMPLETE || (frame == FRAME_COMPLETE && available - prefix < length))
        return false;
    if (frame != FRAME_COMPLETE || answer_read(bytes + prefix, length, answer))
        fail("server %s: what came is no Response", connection->server->name);
    connection->input_at += prefix + length;
    return true;
}

void connection_wait(struct connection *connection, struct answer *answer)
{
    while (!connection_next(connection, answer))
        connection_read(connection);
}
