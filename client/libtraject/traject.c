#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "frame.h"

enum {
    CONNECT_SECONDS_MAX = 10,
    AUTHENTICATE_MS_MAX = 5000, /* for the database, so that its absence is told before CONNECT_SECONDS_MAX */
    KEEPALIVE_SECONDS = 30,
    ANSWER_SECONDS_MAX = 90, /* longer than the daemon takes to give up on anything */
    TRIES_MAX = 8,           /* to connect again, in all some ten seconds */
    TRY_MS_FIRST = 50,
    TRY_MS_MAX = 3000,
};

/* ---- keys ---- */

static void write_key(uint8_t bytes[16], int version, char key[TRAJECT_KEY_SIZE])
{
    /* RFC 9562, sections 5.4 (random) and 5.8 (custom). */
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char *to = key;
    for (size_t i = 0; i < 16; i++)
        to += sprintf(to, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
}

void traject_new_key(char key[TRAJECT_KEY_SIZE])
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        abort();
    write_key(bytes, 4, key);
}

void traject_derive_key(const void *bytes, size_t length, char key[TRAJECT_KEY_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes, length, digest);
    write_key(digest, 8, key);
}

/* ---- the connection ---- */

void wire_close(struct traject *traject)
{
    SSL_free(traject->ssl);
    traject->ssl = NULL;
    if (traject->socket >= 0)
        close(traject->socket);
    traject->socket = -1;
    traject->input_length = 0;
}

static const char *tls_reason(SSL *ssl)
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

/* Waits until the socket connects, at most CONNECT_SECONDS_MAX. */
static int open_socket(const struct traject *traject, const struct addrinfo *address)
{
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
            if (poll(wait, 2, CONNECT_SECONDS_MAX * 1000) > 0 && wait[0].revents)
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

static enum traject_result open_tls(struct traject *traject, struct traject_error *error)
{
    const struct traject_profile *profile = &traject->profile;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses = NULL;
    int looked_up = getaddrinfo(profile->host, profile->port, &hints, &addresses);
    if (looked_up)
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s: %s", profile->host,
                                 gai_strerror(looked_up));
    for (const struct addrinfo *a = addresses; a && traject->socket < 0; a = a->ai_next)
        traject->socket = open_socket(traject, a);
    freeaddrinfo(addresses);
    if (traject->socket < 0)
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: %s", profile->host, profile->port,
                                 strerror(errno));

    traject->ssl = SSL_new(traject->tls);
    SSL_set_app_data(traject->ssl, traject);
    SSL_set_fd(traject->ssl, traject->socket);
    if (traject->resumable)
        SSL_set_session(traject->ssl, traject->resumable);
    struct in6_addr ignored;
    if (inet_pton(AF_INET, profile->host, &ignored) == 1 ||
        inet_pton(AF_INET6, profile->host, &ignored) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(traject->ssl), profile->host);
    } else {
        SSL_set1_host(traject->ssl, profile->host);
        SSL_set_tlsext_host_name(traject->ssl, profile->host);
    }
    errno = 0;
    if (SSL_connect(traject->ssl) != 1) {
        enum traject_result result =
            traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: no secure connection: %s",
                              profile->host, profile->port, tls_reason(traject->ssl));
        wire_close(traject);
        return result;
    }
    const unsigned char *alpn;
    unsigned alpn_length;
    SSL_get0_alpn_selected(traject->ssl, &alpn, &alpn_length);
    if (alpn_length != strlen("traject/1")) {
        wire_close(traject);
        return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s does not speak traject/1",
                                 profile->host, profile->port);
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

/* ---- requests ---- */

static const ProtobufCMethodDescriptor *find_method(const char *name, char **full_name)
{
    static const ProtobufCServiceDescriptor *const services[] = {&traject__v1__traject__descriptor,
                                                                 &traject__v1__session__descriptor};
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; i < 2; i++) {
        const ProtobufCMethodDescriptor *method =
            protobuf_c_service_descriptor_get_method_by_name(services[i], slash ? slash + 1 : name);
        if (method)
            return asprintf(full_name, "/%s/%s", services[i]->name, method->name) < 0 ? NULL : method;
    }
    return NULL;
}

struct pending *pending_new(struct traject *traject, const char *method, const ProtobufCMessage *message,
                            const char *key, uint32_t deadline_ms, struct traject_error *error)
{
    char *full_name = NULL, new_key[TRAJECT_KEY_SIZE];
    const ProtobufCMethodDescriptor *descriptor = find_method(method, &full_name);
    if (!descriptor) {
        traject_error_set(error, TRAJECT_UNUSABLE, "there is no method %s", method);
        return NULL;
    }
    if (!key) {
        traject_new_key(new_key);
        key = new_key;
    }
    Traject__V1__Request request = TRAJECT__V1__REQUEST__INIT;
    request.id = ++traject->last_id;
    request.method = full_name;
    request.request_key = (char *)(uintptr_t)key;
    request.deadline_ms = deadline_ms;
    request.body.len = protobuf_c_message_get_packed_size(message);
    request.body.data = malloc(request.body.len + 1);
    protobuf_c_message_pack(message, request.body.data);
    size_t length = traject__v1__request__get_packed_size(&request);
    struct pending *pending = NULL;
    if (length > FRAME_MAX) {
        traject_error_set(error, TRAJECT_UNUSABLE, "a request of %zu bytes is over the limit of %d", length,
                          FRAME_MAX);
    } else {
        pending = calloc(1, sizeof *pending);
        pending->id = request.id;
        pending->output = descriptor->output;
        pending->frame = malloc(length + FRAME_PREFIX_MAX);
        size_t prefix = frame_write_length(length, pending->frame);
        traject__v1__request__pack(&request, pending->frame + prefix);
        pending->frame_length = prefix + length;
    }
    free(request.body.data);
    free(full_name);
    return pending;
}

void pending_free(struct pending *pending)
{
    if (!pending)
        return;
    OPENSSL_cleanse(pending->frame, pending->frame_length);
    free(pending->frame);
    free(pending->body);
    free(pending);
}

enum traject_result wire_refuse(struct traject_error *error, const Traject__V1__Status *status)
{
    traject_error_set(error, TRAJECT_REFUSED, "%s", status->message);
    error->code = status->code;
    if (*status->field)
        error->field = strdup(status->field);
    return TRAJECT_REFUSED;
}

static enum traject_result authenticate(struct traject *traject, struct traject_error *error)
{
    Traject__V1__AuthenticateRequest request = TRAJECT__V1__AUTHENTICATE_REQUEST__INIT;
    request.token = traject->profile.token;
    struct pending *pending = pending_new(traject, "/traject.v1.Session/Authenticate", &request.base, "",
                                          AUTHENTICATE_MS_MAX, error);
    Traject__V1__Response *response = NULL;
    enum traject_result result = TRAJECT_OK;
    if (wire_send(traject, pending->frame, pending->frame_length) || wire_receive(traject, &response)) {
        result = traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: %s", traject->profile.host,
                                   traject->profile.port, tls_reason(traject->ssl));
    } else if (response->status && response->status->code) {
        result = wire_refuse(error, response->status);
    } else {
        if (traject->identity)
            traject__v1__authenticate_reply__free_unpacked(traject->identity, NULL);
        traject->identity =
            traject__v1__authenticate_reply__unpack(NULL, response->body.len, response->body.data);
        if (!traject->identity)
            result = traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
    }
    if (response)
        traject__v1__response__free_unpacked(response, NULL);
    pending_free(pending);
    if (result)
        wire_close(traject);
    else
        limit_waiting(traject->socket, ANSWER_SECONDS_MAX);
    return result;
}

enum traject_result wire_open(struct traject *traject, struct traject_error *error)
{
    enum traject_result result = open_tls(traject, error);
    return result ? result : authenticate(traject, error);
}

bool wire_worth_trying_again(enum traject_result result, const struct traject_error *error)
{
    return result == TRAJECT_UNREACHABLE ||
           (result == TRAJECT_REFUSED && (error->code == TRAJECT__V1__CODE__UNAVAILABLE ||
                                          error->code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED));
}

static void pause_ms(long milliseconds)
{
    uint32_t random = 0;
    RAND_bytes((uint8_t *)&random, sizeof random);
    milliseconds = milliseconds / 2 + (long)(random % (uint32_t)(milliseconds / 2 + 1));
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

/* Connects anew and sends again what has no answer. */
static enum traject_result reconnect(struct traject *traject, struct traject_error *error)
{
    enum traject_result result = TRAJECT_UNREACHABLE;
    struct pending *pending;
    STAILQ_FOREACH(pending, &traject->pending, link)
    {
        if (pending->begun && !pending->deaf)
            return traject_error_set(error, TRAJECT_UNREACHABLE,
                                     "the connection was lost in the middle of a list; "
                                     "ask again");
        pending->body_length = 0;
    }
    result =
        traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s closes the connection without an answer",
                          traject->profile.host, traject->profile.port);
    for (; traject->lost < TRIES_MAX; traject->lost++) {
        if (traject->lost)
            pause_ms(TRY_MS_FIRST << traject->lost < TRY_MS_MAX ? TRY_MS_FIRST << traject->lost : TRY_MS_MAX);
        wire_close(traject);
        traject_error_clear(error);
        result = wire_open(traject, error);
        if (!result) {
            bool sent = true;
            STAILQ_FOREACH(pending, &traject->pending, link)
            sent = sent && !wire_send(traject, pending->frame, pending->frame_length);
            if (sent) {
                traject->lost++;
                return TRAJECT_OK;
            }
            result = traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s closes the connection",
                                       traject->profile.host, traject->profile.port);
        }
        if (!wire_worth_trying_again(result, error))
            break;
    }
    return result;
}

/* ---- what programs call ---- */

static void give_up(struct traject *traject)
{
    struct pending *pending;
    while ((pending = STAILQ_FIRST(&traject->pending))) {
        STAILQ_REMOVE_HEAD(&traject->pending, link);
        pending_free(pending);
    }
    traject->pending_count = 0;
}

static int show_certificate(SSL_CTX *tls, const struct traject_profile *profile, struct traject_error *error)
{
    if (SSL_CTX_use_certificate_chain_file(tls, profile->certificate) != 1)
        traject_error_set(error, TRAJECT_UNUSABLE, "certificate %s: %s", profile->certificate,
                          tls_reason(NULL));
    else if (SSL_CTX_use_PrivateKey_file(tls, profile->key, SSL_FILETYPE_PEM) != 1)
        traject_error_set(error, TRAJECT_UNUSABLE, "key %s, for certificate %s: %s", profile->key,
                          profile->certificate, tls_reason(NULL));
    else
        return 0;
    return -1;
}

enum traject_result traject_connect(const struct traject_profile *profile, struct traject **connected,
                                    struct traject_error *error)
{
    signal(SIGPIPE, SIG_IGN);
    struct traject *traject = calloc(1, sizeof *traject);
    traject->socket = traject->stop = -1;
    STAILQ_INIT(&traject->pending);
    traject->profile = (struct traject_profile){.host = strdup(profile->host),
                                                .port = strdup(profile->port),
                                                .ca = strdup(profile->ca),
                                                .token = strdup(profile->token)};
    static const unsigned char alpn[] = {9, 't', 'r', 'a', 'j', 'e', 'c', 't', '/', '1'};
    enum traject_result result;
    traject->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(traject->tls, TLS1_3_VERSION);
    SSL_CTX_set_mode(traject->tls, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(traject->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(traject->tls, alpn, sizeof alpn);
    SSL_CTX_set_session_cache_mode(traject->tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(traject->tls, keep_session);
    if (access(profile->ca, R_OK))
        result = traject_error_set(error, TRAJECT_UNUSABLE, "ca %s: %s", profile->ca, strerror(errno));
    else if (SSL_CTX_load_verify_file(traject->tls, profile->ca) != 1)
        result = traject_error_set(error, TRAJECT_UNUSABLE, "ca %s: %s", profile->ca, tls_reason(NULL));
    else if (profile->certificate && show_certificate(traject->tls, profile, error))
        result = TRAJECT_UNUSABLE;
    else
        result = wire_open(traject, error);
    if (result)
        traject_free(traject);
    else
        *connected = traject;
    return result;
}

void traject_free(struct traject *traject)
{
    if (!traject)
        return;
    if (traject->ssl)
        SSL_shutdown(traject->ssl);
    wire_close(traject);
    give_up(traject);
    if (traject->identity)
        traject__v1__authenticate_reply__free_unpacked(traject->identity, NULL);
    SSL_SESSION_free(traject->resumable);
    SSL_CTX_free(traject->tls);
    traject_profile_clear(&traject->profile);
    free(traject->input);
    free(traject->position);
    free(traject);
}

const Traject__V1__AuthenticateReply *traject_identity(const struct traject *traject)
{
    return traject->identity;
}

static enum traject_result submit(struct traject *traject, struct pending *pending,
                                  struct traject_error *error)
{
    STAILQ_INSERT_TAIL(&traject->pending, pending, link);
    traject->pending_count++;
    if (!wire_send(traject, pending->frame, pending->frame_length))
        return TRAJECT_OK;
    enum traject_result result = reconnect(traject, error);
    if (result)
        give_up(traject);
    return result;
}

enum traject_result traject_submit(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, const char *key, void *context,
                                   struct traject_error *error)
{
    struct pending *pending = pending_new(traject, method, request, key, 0, error);
    if (!pending)
        return TRAJECT_UNUSABLE;
    pending->context = context;
    return submit(traject, pending, error);
}

size_t traject_pending(const struct traject *traject)
{
    return traject->pending_count;
}

/* Takes in one response to the first pending call. `*done` when it is the last of it. */
static enum traject_result take(struct pending *pending, const Traject__V1__Response *response, bool *done,
                                struct traject_error *error)
{
    *done = !response->more;
    if (response->status && response->status->code)
        return wire_refuse(error, response->status);
    if (pending->part) {
        ProtobufCMessage *part =
            protobuf_c_message_unpack(pending->output, NULL, response->body.len, response->body.data);
        if (!part)
            return traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
        pending->begun = true;
        pending->deaf = pending->deaf || !pending->part(part, pending->context);
        protobuf_c_message_free_unpacked(part, NULL);
        return TRAJECT_OK;
    }
    uint8_t *grown = realloc(pending->body, pending->body_length + response->body.len + 1);
    if (!grown)
        return traject_error_set(error, TRAJECT_UNUSABLE, "out of memory");
    pending->body = grown;
    if (response->body.len)
        memcpy(grown + pending->body_length, response->body.data, response->body.len);
    pending->body_length += response->body.len;
    return TRAJECT_OK;
}

enum traject_result traject_next(struct traject *traject, void **context, ProtobufCMessage **reply,
                                 struct traject_error *error)
{
    *reply = NULL;
    *context = NULL;
    for (;;) {
        struct pending *pending = STAILQ_FIRST(&traject->pending);
        if (!pending)
            return traject_error_set(error, TRAJECT_UNUSABLE, "no call is waiting for an answer");
        Traject__V1__Response *response = NULL;
        if (wire_receive(traject, &response) || response->id != pending->id) {
            if (response)
                traject__v1__response__free_unpacked(response, NULL);
            enum traject_result result = reconnect(traject, error);
            if (result) {
                give_up(traject);
                return result;
            }
            continue;
        }
        bool done;
        traject->lost = 0;
        enum traject_result result = take(pending, response, &done, error);
        traject__v1__response__free_unpacked(response, NULL);
        if (!result && !done)
            continue;
        STAILQ_REMOVE_HEAD(&traject->pending, link);
        traject->pending_count--;
        *context = pending->context;
        if (!result && !pending->part) {
            *reply = protobuf_c_message_unpack(pending->output, NULL, pending->body_length, pending->body);
            if (!*reply)
                result = traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
        }
        pending_free(pending);
        return result;
    }
}

enum traject_result traject_call(struct traject *traject, const char *method, const ProtobufCMessage *request,
                                 const char *key, ProtobufCMessage **reply, struct traject_error *error)
{
    void *context;
    enum traject_result result = traject_submit(traject, method, request, key, NULL, error);
    return result ? result : traject_next(traject, &context, reply, error);
}

enum traject_result traject_stream(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, traject_part part, void *context,
                                   struct traject_error *error)
{
    struct pending *pending = pending_new(traject, method, request, NULL, 0, error);
    if (!pending)
        return TRAJECT_UNUSABLE;
    pending->part = part;
    pending->context = context;
    ProtobufCMessage *none;
    void *same;
    enum traject_result result = submit(traject, pending, error);
    return result ? result : traject_next(traject, &same, &none, error);
}
