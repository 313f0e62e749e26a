#include "request.h"

#include <string.h>

#include <event2/buffer.h>
#include <openssl/crypto.h>

#include "clock.h"
#include "codec.h"
#include "field.h"
#include "memory.h"
#include "metrics.h"
#include "response.h"
#include "server.h"
#include "session.h"

enum {
    WAIT_MS_STANDARD = 10000, /* how long a call without a deadline waits for the database */
    DEADLINE_MS_MAX = 600000,
};

/* "123e4567-e89b-12d3-a456-426614174000" (RFC 9562, section 4), in any case. */
static int parse_uuid(const char *text, uint8_t uuid[UUID_BYTES])
{
    size_t digits = 0;
    for (size_t i = 0; i < 36; i++) {
        char c = text[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return -1;
            continue;
        }
        int digit = OPENSSL_hexchar2int((unsigned char)c);
        if (digit < 0)
            return -1;
        uuid[digits / 2] = (uint8_t)(digits % 2 ? uuid[digits / 2] | digit : digit << 4);
        digits++;
    }
    return text[36] ? -1 : 0;
}

static int check_call(struct connection *connection, const Traject__V1__Request *request, struct call *call)
{
    struct status *status = &call->status;
    if (connection->state != CONNECTION_READY)
        return status_set(status, TRAJECT__V1__CODE__UNAUTHENTICATED, NULL,
                          "authenticate first, with /traject.v1.Session/Authenticate");
    call->method = contract_method(connection->server->contract, request->method);
    if (!call->method)
        return status_set(status, TRAJECT__V1__CODE__UNIMPLEMENTED, "method",
                          "there is no method %.200s; methods are called like /traject.v1.Traject/GetClient",
                          request->method);
    call->counted_as = METRICS_METHODS + (size_t)(call->method - connection->server->contract->methods);
    if (!(call->method->roles & 1u << connection->role)) {
        const ProtobufCEnumValue *role =
            protobuf_c_enum_descriptor_get_value(&traject__v1__role__descriptor, (int)connection->role);
        char word[32] = "";
        if (role)
            field_enum_word(&traject__v1__role__descriptor, role->name, word, sizeof word);
        status_set(status, TRAJECT__V1__CODE__PERMISSION_DENIED, "method",
                   "%s is not for the role %s; ask somebody with another role",
                   strrchr(call->method->full_name, '/') + 1, word);
        if (role)
            status_name_argument(status, 1, role->name);
        return -1;
    }
    if (call->method->writes && parse_uuid(request->request_key, call->request_key))
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, "request_key",
                          "request_key is \"%.60s\"; a write needs a UUID, a new one for each",
                          request->request_key);
    if (trace_take(request->traceparent, request->foreign_entity, &call->trace, status))
        return -1;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(call->method->input, NULL, request->body.len, request->body.data);
    if (!message)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, "body",
                          "the body of %zu bytes is no %s", request->body.len,
                          call->method->input->short_name);
    const ProtobufCFieldDescriptor *cut =
        codec_text_with_nul(call->method->input, request->body.data, request->body.len);
    if (cut) {
        protobuf_c_message_free_unpacked(message, NULL);
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, cut->name,
                          "%s holds a NUL character; leave it out", cut->name);
    }
    const struct sealing unsealed = {connection->server->keys, connection->municipality_id, NULL};
    int bound = codec_bind(call->method, message, &unsealed, &call->parameters, status);
    protobuf_c_message_free_unpacked(message, NULL);
    call->wants_key = call->method->names || call->parameters.unsealed;
    if (!bound && call->wants_key)
        bytes_append(&call->body, request->body.data, request->body.len);
    return bound;
}

static int check_room(struct server *server, struct status *status)
{
    if (shortage_has_room(server))
        return 0;
    return status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                      "the server's memory is full; ask again in a moment");
}

void request_take(struct connection *connection, const Traject__V1__Request *request)
{
    struct call *call = memory_new(1, sizeof *call);
    call->connection = connection;
    call->lane = &connection->lane;
    call->id = request->id;
    call->step = CALL_FUNCTION;
    call->answer = evbuffer_new();
    call->staleness_ms = STALENESS_NONE;
    call->received_us = clock_us();
    call->received_ms = call->received_us / 1000;
    uint32_t wait_ms = request->deadline_ms ? request->deadline_ms : WAIT_MS_STANDARD;
    call->deadline_ms = call->received_ms + (wait_ms < DEADLINE_MS_MAX ? wait_ms : DEADLINE_MS_MAX);
    call->late_ms = request->deadline_ms ? call->deadline_ms : INT64_MAX;
    call->municipality_id = connection->municipality_id;
    call->credentials = connection->credentials;
    TAILQ_INSERT_TAIL(&connection->calls, call, order);
    connection->call_count++;

    if (session_call(connection, call, request->method, &request->body))
        return;
    if (check_room(connection->server, &call->status) || check_call(connection, request, call)) {
        connection_answer(call, NULL);
        return;
    }
    call->parameter_bytes = call->parameters.data.capacity + call->body.capacity;
    connection->parameter_bytes += call->parameter_bytes;
    if (call->method->writes)
        seal_digest(connection->server->keys, request->body.data, request->body.len, call->body_sha256);
    else if (!call->method->watches && !call->wants_key)
        call->max_staleness_ms = request->max_staleness_ms;
    if (pool_submit(connection->server->pool, call, &call->status))
        connection_answer(call, NULL);
}
