#include "connection.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "clock.h"
#include "frame.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "request.h"
#include "response.h"
#include "server.h"
#include "session.h"
#include "tls.h"

/* What one connection can make the daemon hold: of input one frame and what came with it in a turn of the
 * loop, which is a TLS record; of calls PARAMETER_BYTES_MAX and what one request more becomes; of output
 * OUTPUT_MAX and the answers of the calls that run then, a lane's share of a batch. */
enum {
    CALLS_MAX = 128,                       /* of one connection at a time; reading stops there, */
    CALLS_RESUME = CALLS_MAX / 2,          /* and starts again here */
    PARAMETER_BYTES_MAX = 4 * 1024 * 1024, /* of its calls; reading stops there as well */
    OUTPUT_MAX = 1024 * 1024,              /* unsent bytes at which reading stops and calls are held */
    OUTPUT_RESUME = OUTPUT_MAX / 2,
    FRAME_UNAUTHENTICATED_MAX = 4096, /* of whom nothing is known yet */
    SOCKET_BYTES = 128 * 1024,        /* of the kernel, each way; Linux takes twice that */
    CALL_BYTES = 2048, /* of a call besides what it says: itself, and the least of each buffer */
    KEEPALIVE_SECONDS = 60,
    SLOW_MS = 1000, /* a call that took longer is worth a line in the log */
};

static_assert(METRIC_CONNECTIONS_CLOSED - METRIC_CONNECTIONS_HANDSHAKE == CONNECTION_CLOSED,
              "a metric for each state");

/* ---- states ---- */

void connection_enter(struct connection *connection, enum connection_state state)
{
    struct server *server = connection->server;
    TAILQ_REMOVE(&server->connections[connection->state], connection, link);
    TAILQ_INSERT_TAIL(&server->connections[state], connection, link);
    metrics_add(METRIC_CONNECTIONS_HANDSHAKE + connection->state, -1);
    metrics_add(METRIC_CONNECTIONS_HANDSHAKE + state, 1);
    connection->state = state;
    connection->since_ms = clock_ms();
}

static void call_free(struct call *call)
{
    struct connection *connection = call->connection;
    TAILQ_REMOVE(&connection->calls, call, order);
    connection->call_count--;
    connection->parameter_bytes -= call->parameter_bytes;
    parameters_free(&call->parameters);
    bytes_wipe(&call->body);
    free(call->new_key.data);
    trace_clear(&call->trace);
    PQclear(call->result);
    PQclear(call->failure);
    status_clear(&call->status);
    evbuffer_free(call->answer);
    free(call);
}

void connection_close(struct connection *connection, const char *why)
{
    log_event(LOG_DEBUG, "connection_closed", "connection=%llu why=%s",
              (unsigned long long)connection->number, LOG_TEXT(why));
    bufferevent_free(connection->stream);
    connection->stream = NULL;
    connection->server->connection_count--;
    peers_leave(&connection->server->peers, &connection->address);
    connection_enter(connection, CONNECTION_CLOSED);

    struct call_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
    watch_forget_all(connection);
    pool_withdraw(connection->server->pool, &connection->lane, &waiting);
    struct call *call, *next;
    TAILQ_FOREACH(call, &connection->calls, order)
    metrics_add(METRIC_ABANDONED, !call->answered);
    for (call = TAILQ_FIRST(&waiting); call; call = next) {
        next = TAILQ_NEXT(call, queue);
        call_free(call);
    }
    for (call = TAILQ_FIRST(&connection->calls); call; call = next) {
        next = TAILQ_NEXT(call, order);
        call->abandoned = true;
        if (call->answered && !call->running)
            call_free(call);
    }
}

/* Says goodbye, and waits for the peer's: closing with bytes unread would cut off what was sent. */
static void linger(struct connection *connection)
{
    SSL_shutdown(bufferevent_openssl_get_ssl(connection->stream));
    shutdown(bufferevent_getfd(connection->stream), SHUT_WR);
    connection_enter(connection, CONNECTION_LINGERING);
    bufferevent_enable(connection->stream, EV_READ);
}

static struct evbuffer *output_of(const struct connection *connection)
{
    return bufferevent_get_output(connection->stream);
}

static void linger_when_done(struct connection *connection)
{
    if (connection->state == CONNECTION_DRAINING && !connection->call_count &&
        !evbuffer_get_length(output_of(connection)))
        linger(connection);
}

void connection_drain(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_HANDSHAKE:
        connection_close(connection, "the daemon is stopping");
        break;
    case CONNECTION_UNAUTHENTICATED:
    case CONNECTION_READY:
        bufferevent_disable(connection->stream, EV_READ);
        watch_end_all(connection, NULL);
        connection_enter(connection, CONNECTION_DRAINING);
        linger_when_done(connection);
        break;
    default:
        break;
    }
}

/* ---- answers ---- */

bool connection_is_full(const struct connection *connection)
{
    return evbuffer_get_length(output_of(connection)) >= OUTPUT_MAX;
}

size_t connection_holds(const struct connection *connection)
{
    size_t bytes = evbuffer_get_length(bufferevent_get_input(connection->stream)) +
                   evbuffer_get_length(output_of(connection)) + connection->parameter_bytes;
    const struct call *call;
    TAILQ_FOREACH(call, &connection->calls, order)
    bytes += CALL_BYTES + evbuffer_get_length(call->answer);
    return bytes;
}

static bool may_take_more(const struct connection *connection)
{
    return (connection->state == CONNECTION_UNAUTHENTICATED || connection->state == CONNECTION_READY) &&
           !connection->authenticating && connection->call_count < CALLS_MAX &&
           connection->parameter_bytes < PARAMETER_BYTES_MAX && !connection_is_full(connection) &&
           !shortage_holds_up(connection);
}

/* Sends the answers that are next in order. What was answered late still runs. */
static void send_answers(struct connection *connection)
{
    struct call *call, *next;
    for (call = TAILQ_FIRST(&connection->calls); call && call->answered; call = next) {
        next = TAILQ_NEXT(call, order);
        evbuffer_add_buffer(output_of(connection), call->answer);
        if (!call->running)
            call_free(call);
    }
    if (connection_is_full(connection))
        pool_hold(connection->server->pool, &connection->lane, true);
    if (connection->call_count <= CALLS_RESUME)
        connection_read_on(connection);
    if (connection->stream)
        linger_when_done(connection);
}

/* At level info: what was slow, and what failed through no fault of who asked. */
static bool is_worth_a_line(const struct status *status, int64_t took_us)
{
    return took_us > SLOW_MS * 1000 || status->code == TRAJECT__V1__CODE__INTERNAL ||
           status->code == TRAJECT__V1__CODE__UNAVAILABLE;
}

static void answer_as(struct call *call, const struct status *status)
{
    struct connection *connection = call->connection;
    struct server *server = connection->server;
    int64_t took_us = clock_us() - call->received_us;
    metrics_request(call->counted_as, status->code, took_us);
    if (status->code) {
        evbuffer_drain(call->answer, evbuffer_get_length(call->answer));
        response_put_status(call->answer, call->id, status);
        server->refused++;
    } else {
        server->answered++;
    }
    log_event(is_worth_a_line(status, took_us) ? LOG_INFO : LOG_DEBUG, "call",
              "connection=%llu municipality_id=%lld worker_id=%lld method=%s status=%s ms=%lld trace_id=%s",
              (unsigned long long)connection->number, (long long)connection->municipality_id,
              (long long)connection->worker_id, call->method ? call->method->full_name : "Session",
              status_name(status->code), (long long)took_us / 1000, call->trace.id);
    call->answered = true;
    send_answers(connection);
}

static void answer(struct call *call)
{
    answer_as(call, &call->status);
}

void connection_answer_late(struct call *call)
{
    /* Its own status is still the database's. */
    struct status late = {0};
    status_set(
        &late, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
        "the database has not answered within %lld ms, and what was asked may still be done; ask again "
        "later with the same request_key",
        (long long)(call->late_ms - call->received_ms));
    call->abandoned = true;
    if (call->step == CALL_AUTHENTICATE)
        call->connection->authenticating = false;
    answer_as(call, &late);
    status_clear(&late);
}

void connection_answer(struct call *call, const ProtobufCMessage *reply)
{
    if (reply) {
        struct bytes body = {0};
        protobuf_c_message_pack(reply, bytes_extend(&body, protobuf_c_message_get_packed_size(reply)));
        response_put_body(call->answer, call->id, &body, false);
        free(body.data);
    }
    answer(call);
}

static void refuse_token(struct status *status)
{
    status_set(status, TRAJECT__V1__CODE__UNAUTHENTICATED, "token",
               "the token has expired or was revoked; ask an admin for a new one");
}

void connection_token_ended(struct connection *connection)
{
    if (connection->state != CONNECTION_READY)
        return;
    log_event(LOG_INFO, "token_ended", "connection=%llu municipality_id=%lld worker_id=%lld",
              (unsigned long long)connection->number, (long long)connection->municipality_id,
              (long long)connection->worker_id);
    struct status ended = {0};
    struct call_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
    refuse_token(&ended);
    connection->token_ended = true;
    bufferevent_disable(connection->stream, EV_READ);
    connection_enter(connection, CONNECTION_DRAINING);
    watch_end_all(connection, &ended);
    pool_withdraw(connection->server->pool, &connection->lane, &waiting);
    struct call *call, *next;
    for (call = TAILQ_FIRST(&waiting); call; call = next) {
        next = TAILQ_NEXT(call, queue);
        if (call->lost)
            call_set_unknown(call);
        else
            refuse_token(&call->status);
        answer(call);
    }
    status_clear(&ended);
    linger_when_done(connection);
}

void connection_done(struct call *call)
{
    struct connection *connection = call->connection;
    if (call->watcher) {
        watch_answered(call);
        return;
    }
    if (connection->state == CONNECTION_CLOSED) {
        call_free(call);
        return;
    }
    if (call->answered) {
        call_free(call);
        send_answers(connection);
        return;
    }
    if (call->step == CALL_AUTHENTICATE) {
        session_authenticated(call);
        return;
    }
    bool token_ended = call->status.code == TRAJECT__V1__CODE__UNAUTHENTICATED;
    bool watches = call->method->watches;
    if (token_ended)
        connection_token_ended(connection);
    if (!call->status.code &&
        !response_put_rows(call->answer, call->id, call->method, connection->server->keys, call->result,
                           call->staleness_ms, watches, &call->status) &&
        watches)
        watch_begin(call, &call->status);
    PQclear(call->result);
    call->result = NULL;
    answer(call);
    if (watches)
        watch_run(connection->server);
}

/* ---- requests ---- */

/* What cannot be read as frames has no id to answer to, and nothing after it can be trusted. */
static void refuse_stream(struct connection *connection, const char *message)
{
    log_event(LOG_WARNING, "stream_refused", "connection=%llu why=%s", (unsigned long long)connection->number,
              LOG_TEXT(message));
    struct status status = {0};
    status_set(&status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "%s", message);
    response_put_status(output_of(connection), 0, &status);
    status_clear(&status);
    connection->server->refused++;
    metrics_add(METRIC_STREAMS_REFUSED, 1);
    connection_drain(connection);
}

/* Takes the next request out of the buffer. Returns false when there is none, or no more to take. */
static bool take_next(struct connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    uint8_t start[FRAME_PREFIX_MAX];
    ev_ssize_t copied = evbuffer_copyout(input, start, sizeof start);
    size_t prefix = 0, length = 0;
    switch (frame_read_length(start, copied < 0 ? 0 : (size_t)copied, &prefix, &length)) {
    case FRAME_INCOMPLETE:
        return false;
    case FRAME_TOO_LARGE: {
        char *message = memory_format(
            "a frame of %zu bytes is over the limit of %d; send less in one request", length, FRAME_MAX);
        refuse_stream(connection, message);
        free(message);
        return false;
    }
    case FRAME_MALFORMED:
        refuse_stream(connection,
                      "no frame begins here: send a varint length of at most five bytes, then a Request");
        return false;
    case FRAME_COMPLETE:
        break;
    }
    bool unauthenticated = connection->state == CONNECTION_UNAUTHENTICATED;
    if (unauthenticated && length > FRAME_UNAUTHENTICATED_MAX) {
        char *message = memory_format("a frame of %zu bytes is over the limit of %d before authenticating",
                                      length, FRAME_UNAUTHENTICATED_MAX);
        refuse_stream(connection, message);
        free(message);
        return false;
    }
    if (evbuffer_get_length(input) < prefix + length)
        return false;
    uint8_t *bytes = evbuffer_pullup(input, (ev_ssize_t)(prefix + length));
    Traject__V1__Request *request = traject__v1__request__unpack(NULL, length, bytes + prefix);
    if (unauthenticated)
        OPENSSL_cleanse(bytes, prefix + length); /* a token may be in it */
    evbuffer_drain(input, prefix + length);
    connection->begun_ms = 0;
    if (!request) {
        char *message = memory_format("a frame of %zu bytes holds no Request", length);
        refuse_stream(connection, message);
        free(message);
        return false;
    }
    request_take(connection, request);
    if (unauthenticated && request->body.data)
        OPENSSL_cleanse(request->body.data, request->body.len);
    traject__v1__request__free_unpacked(request, NULL);
    return true;
}

/* Reads on as long as the connection may have more in flight, and stops the socket when not: the
 * peer then feels it through TCP's window. */
void connection_read_on(struct connection *connection)
{
    if (connection->taking)
        return; /* an answer given while a request was being taken: the loop below goes on */
    connection->taking = true;
    while (connection->stream && may_take_more(connection) && take_next(connection))
        ;
    connection->taking = false;
    if (!connection->stream || connection->state == CONNECTION_LINGERING)
        return;
    if (may_take_more(connection)) {
        bufferevent_enable(connection->stream, EV_READ);
        if (!connection->begun_ms && evbuffer_get_length(bufferevent_get_input(connection->stream)))
            connection->begun_ms = clock_ms();
    } else {
        /* What has not come meanwhile is not the peer's fault. */
        bufferevent_disable(connection->stream, EV_READ);
        connection->begun_ms = 0;
    }
}

/* ---- what the socket tells ---- */

static void on_read(struct bufferevent *stream, void *context)
{
    struct connection *connection = context;
    if (connection->state == CONNECTION_LINGERING) {
        struct evbuffer *input = bufferevent_get_input(stream);
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    connection_read_on(connection);
}

static void on_write(struct bufferevent *stream, void *context)
{
    (void)stream;
    struct connection *connection = context;
    if (connection->lane.held)
        pool_hold(connection->server->pool, &connection->lane, false);
    if (connection->stream)
        send_answers(connection);
    if (connection->stream)
        watch_resume(connection);
}

static void on_event(struct bufferevent *stream, short what, void *context)
{
    struct connection *connection = context;
    if (what & BEV_EVENT_CONNECTED) {
        SSL *ssl = bufferevent_openssl_get_ssl(stream);
        if (!tls_speaks_traject(ssl)) {
            log_event(LOG_INFO, "handshake_failed", "connection=%llu why=\"no ALPN traject/1\"",
                      (unsigned long long)connection->number);
            metrics_add(METRIC_HANDSHAKES_FAILED, 1);
            connection_close(connection, "no ALPN traject/1");
            return;
        }
        struct credentials *credentials = &connection->credentials;
        credentials->has_certificate = tls_peer_certificate(ssl, credentials->certificate_sha256);
        log_event(LOG_DEBUG, "handshake_done", "connection=%llu resumed=%d certificate=%d",
                  (unsigned long long)connection->number, SSL_session_reused(ssl),
                  credentials->has_certificate);
        metrics_add(SSL_session_reused(ssl) ? METRIC_HANDSHAKES_RESUMED : METRIC_HANDSHAKES_FULL, 1);
        connection_enter(connection, CONNECTION_UNAUTHENTICATED);
        return;
    }
    const char *reason = "the peer closed";
    unsigned long code, first = 0;
    while ((code = bufferevent_get_openssl_error(stream)))
        first = first ? first : code;
    if (first) {
        reason = ERR_reason_error_string(first);
        reason = reason ? reason : "unknown TLS error";
    }
    if (connection->state == CONNECTION_HANDSHAKE) {
        metrics_add(METRIC_HANDSHAKES_FAILED, 1);
        log_event(LOG_INFO, "handshake_failed", "connection=%llu why=%s",
                  (unsigned long long)connection->number, LOG_TEXT(reason));
    }
    connection_close(connection, reason);
}

void connection_accept(struct server *server, evutil_socket_t fd, const struct address *address)
{
    /* Answers are written as whole batches; waiting for more only delays the next requests. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* The kernel would let what is not read grow to megabytes for each, on both sides. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){SOCKET_BYTES}, sizeof(int));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){SOCKET_BYTES}, sizeof(int));
    /* Who watches says nothing for long; a peer that has vanished is noticed all the same. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){KEEPALIVE_SECONDS}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &(int){KEEPALIVE_SECONDS / 3}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &(int){3}, sizeof(int));
    SSL *ssl = SSL_new(server->tls);
    struct bufferevent *stream =
        ssl ? bufferevent_openssl_socket_new(server->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                             BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
            : NULL;
    if (!stream) {
        log_event(LOG_ERROR, "accept_failed", "why=%s", LOG_TEXT(tls_reason()));
        SSL_free(ssl);
        evutil_closesocket(fd);
        peers_leave(&server->peers, address);
        return;
    }
    struct connection *connection = memory_new(1, sizeof *connection);
    connection->server = server;
    connection->number = ++server->last_connection;
    connection->address = *address;
    connection->stream = stream;
    connection->since_ms = connection->progress_ms = clock_ms();
    TAILQ_INIT(&connection->calls);
    TAILQ_INIT(&connection->watchers);
    lane_init(&connection->lane);
    TAILQ_INSERT_TAIL(&server->connections[CONNECTION_HANDSHAKE], connection, link);
    server->connection_count++;
    metrics_add(METRIC_CONNECTIONS_HANDSHAKE, 1);
    /* A peer that just hangs up harms nothing: a request is whole or it is not there. */
    bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    bufferevent_setcb(stream, on_read, on_write, on_event, connection);
    /* No high-water mark for reading: there the rest of a TLS record would stay within OpenSSL, where nothing
     * tells of it until more comes (libevent issue 854). connection_read_on stops the reading. */
    bufferevent_setwatermark(stream, EV_WRITE, OUTPUT_RESUME, 0);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
}
