#include "session.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "clock.h"
#include "field.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "process.h"
#include "response.h"
#include "server.h"

enum {
    TOKEN_BYTES = 32,
    FAILED_AUTHENTICATIONS_MAX = 3,
    STALENESS_MS_MAX = 3600000, /* of a standby that says whose token it is, while there is no primary */
};

/* Takes the token's digest and beginning. What is no token at all is looked up like one that nobody has, so
 * that answer and time are the same. */
static void take_token(struct connection *connection, struct call *call, const char *text)
{
    uint8_t token[TOKEN_BYTES];
    size_t length = 0;
    bool whole = strlen(text) == 2 * TOKEN_BYTES &&
                 OPENSSL_hexstr2buf_ex(token, sizeof token, &length, text, '\0') && length == TOKEN_BYTES;
    if (!whole && RAND_bytes(token, sizeof token) != 1)
        abort();
    memset(connection->token_prefix, 0, TOKEN_PREFIX_BYTES);
    if (whole)
        memcpy(connection->token_prefix, token, TOKEN_PREFIX_BYTES);
    SHA256(token, sizeof token, call->credentials.token_sha256);
    OPENSSL_cleanse(token, sizeof token);
}

/* One more wrong token ends the connection, or it may go on trying. */
static void answer_failed(struct connection *connection, struct call *call, bool wrong)
{
    char from[ADDRESS_TEXT];
    log_event(LOG_WARNING, "authentication_failed", "connection=%llu address=%s status=%s",
              (unsigned long long)connection->number, address_text(&connection->address, from),
              status_name(call->status.code));
    connection_answer(call, NULL);
    if (wrong && ++connection->failed_authentications == FAILED_AUTHENTICATIONS_MAX)
        connection_drain(connection);
}

/* Asks the database whose token it is, unless too many failed. */
static void try_token(struct connection *connection, struct call *call, const char *text)
{
    struct server *server = connection->server;
    take_token(connection, call, text);
    int64_t wait_ms =
        failures_wait_ms(server->failures, &connection->address, connection->token_prefix, clock_ms());
    if (wait_ms) {
        status_set(&call->status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, "token",
                   "too many tokens failed; try again in %lld seconds", (long long)(wait_ms + 999) / 1000);
        answer_failed(connection, call, true);
        return;
    }
    call->step = CALL_AUTHENTICATE;
    call->max_staleness_ms = STALENESS_MS_MAX;
    connection->authenticating = true;
    connection->token_checks = server->token_checks;
    if (pool_submit(server->pool, call, &call->status)) {
        connection->authenticating = false;
        connection_answer(call, NULL);
    }
}

static void authenticate(struct connection *connection, struct call *call, const ProtobufCBinaryData *body)
{
    Traject__V1__AuthenticateRequest *request =
        traject__v1__authenticate_request__unpack(NULL, body->len, body->data);
    if (connection->state == CONNECTION_READY) {
        status_set(&call->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                   "this connection is authenticated already; open another for another token");
        connection_answer(call, NULL);
    } else if (!request) {
        status_set(&call->status, TRAJECT__V1__CODE__INVALID_ARGUMENT, "body",
                   "the body of %zu bytes is no AuthenticateRequest", body->len);
        connection_answer(call, NULL);
    } else {
        try_token(connection, call, request->token);
    }
    if (request) {
        OPENSSL_cleanse(request->token, strlen(request->token));
        traject__v1__authenticate_request__free_unpacked(request, NULL);
    }
}

static Google__Protobuf__Timestamp timestamp_at(int64_t seconds)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = seconds;
    return time;
}

static void get_status(struct connection *connection, struct call *call)
{
    const struct server *server = connection->server;
    struct pool_counts counts = pool_count(server->pool);
    Google__Protobuf__Timestamp started = timestamp_at(server->started_at), now = timestamp_at(time(NULL));
    Traject__V1__GetStatusReply reply = TRAJECT__V1__GET_STATUS_REPLY__INIT;
    reply.version = (char *)TRAJECT_VERSION;
    reply.started_at = &started;
    reply.now = &now;
    reply.client_connections = server->connection_count;
    reply.database_connections = counts.connections;
    reply.database_connections_ready = counts.ready;
    reply.standby_connections = counts.standby_connections;
    reply.standby_connections_ready = counts.standby_ready;
    reply.requests_waiting = (int32_t)counts.waiting;
    reply.requests_answered = (int64_t)server->answered;
    reply.requests_refused = (int64_t)server->refused;
    reply.batches = (int64_t)counts.batches;
    reply.watchers = server->watcher_count;
    reply.median_us = metrics_quantile(500);
    reply.p95_us = metrics_quantile(950);
    reply.p99_us = metrics_quantile(990);
    reply.waiting_bytes = (int64_t)counts.waiting_bytes;
    reply.batched_calls = metrics_sum(HISTOGRAM_BATCH_ON_PRIMARY) + metrics_sum(HISTOGRAM_BATCH_ON_STANDBY);
    reply.calls_retried = metrics_retries();
    reply.database_connections_lost =
        metrics_get(METRIC_LOST_OF_PRIMARY) + metrics_get(METRIC_LOST_OF_STANDBY);
    reply.connections_turned_away = metrics_get(METRIC_TURNED_AWAY);
    process_measure_use();
    reply.resident_memory_bytes = metrics_get(METRIC_PROCESS_RESIDENT_BYTES);
    reply.memory_in_use_bytes = metrics_get(METRIC_MEMORY_IN_USE);
    reply.memory_max_bytes = metrics_get(METRIC_MEMORY_MAX);
    Google__Protobuf__Timestamp answered = timestamp_at(metrics_get(METRIC_STALENESS_SEEN_AT));
    if (answered.seconds) {
        reply._standby_staleness_ms_case =
            TRAJECT__V1__GET_STATUS_REPLY___STANDBY_STALENESS_MS_STANDBY_STALENESS_MS;
        reply.standby_staleness_ms = metrics_get(METRIC_STALENESS_MS);
        reply.standby_answered_at = &answered;
    }
    connection_answer(call, &reply.base);
}

bool session_call(struct connection *connection, struct call *call, const char *method,
                  const ProtobufCBinaryData *body)
{
    if (strcmp(method, "/traject.v1.Session/Authenticate") == 0) {
        call->counted_as = METRICS_AUTHENTICATE;
        authenticate(connection, call, body);
        return true;
    }
    if (strcmp(method, "/traject.v1.Session/GetStatus") == 0 && connection->state == CONNECTION_READY) {
        call->counted_as = METRICS_GET_STATUS;
        get_status(connection, call);
        return true;
    }
    return false;
}

static int64_t bigint(const PGresult *row, const char *column)
{
    uint64_t value;
    memcpy(&value, PQgetvalue(row, 0, PQfnumber(row, column)), sizeof value);
    return (int64_t)be64toh(value);
}

static char *text(const PGresult *row, const char *column)
{
    return PQgetvalue(row, 0, PQfnumber(row, column));
}

static Traject__V1__Role role_of(const char *word)
{
    const ProtobufCEnumDescriptor *roles = &traject__v1__role__descriptor;
    for (unsigned i = 0; i < roles->n_values; i++) {
        char name[32];
        field_enum_word(roles, roles->values[i].name, name, sizeof name);
        if (strcmp(name, word) == 0)
            return (Traject__V1__Role)roles->values[i].value;
    }
    return TRAJECT__V1__ROLE__ROLE_UNSPECIFIED;
}

void session_authenticated(struct call *call)
{
    struct connection *connection = call->connection;
    connection->authenticating = false;
    /* As sql/session/holder.sql says it to a call whose token no longer holds. */
    if (!call->status.code && !PQntuples(call->result))
        status_set(&call->status, TRAJECT__V1__CODE__UNAUTHENTICATED, "token",
                   "the token is unknown, expired or revoked, or bound to another certificate; ask an admin "
                   "for a new one");
    if (call->status.code) {
        bool wrong = call->status.code == TRAJECT__V1__CODE__UNAUTHENTICATED;
        if (wrong)
            failures_note(connection->server->failures, &connection->address, connection->token_prefix,
                          clock_ms());
        answer_failed(connection, call, wrong);
        return;
    }
    const PGresult *row = call->result;
    connection->municipality_id = bigint(row, "municipality_id");
    connection->worker_id = bigint(row, "worker_id");
    connection->role = role_of(text(row, "role"));
    connection->credentials = call->credentials;
    connection->token_ends_ms = clock_ms() + bigint(row, "token_ms");
    if (connection->state == CONNECTION_UNAUTHENTICATED)
        connection_enter(connection, CONNECTION_READY);
    /* The others' tokens were asked after meanwhile, of which this one may have missed the answer; or a
     * standby has said so, which may not know yet that it was revoked. */
    if (connection->token_checks != connection->server->token_checks || call->staleness_ms != STALENESS_NONE)
        listener_check_tokens(connection->server->listener);
    log_event(LOG_INFO, "authenticated", "connection=%llu municipality_id=%lld worker_id=%lld role=%s",
              (unsigned long long)connection->number, (long long)connection->municipality_id,
              (long long)connection->worker_id, text(row, "role"));

    /* PostgreSQL counts microseconds from 2000-01-01. */
    Google__Protobuf__Timestamp expires = timestamp_at(bigint(row, "token_expires_at") / 1000000 + 946684800);
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    Google__Protobuf__Timestamp now = timestamp_at(clock.tv_sec);
    now.nanos = (int32_t)clock.tv_nsec;
    Traject__V1__AuthenticateReply reply = TRAJECT__V1__AUTHENTICATE_REPLY__INIT;
    reply.municipality = text(row, "municipality");
    reply.worker = text(row, "worker");
    reply.full_name = text(row, "full_name");
    reply.role = connection->role;
    reply.token_expires_at = &expires;
    reply.now = &now;
    connection_answer(call, &reply.base);
}
