#include "pipeline.h"

#include <endian.h>
#include <string.h>

#include "clock.h"
#include "looks.h"
#include "memory.h"

void pipeline_note(struct pipeline *pipeline, enum sent_kind kind, struct call *call)
{
    if (pipeline->count == pipeline->capacity) {
        pipeline->capacity = pipeline->capacity * 2 + 64;
        pipeline->sent = memory_resize(pipeline->sent, pipeline->capacity, sizeof *pipeline->sent);
    }
    pipeline->sent[pipeline->count++] = (struct sent){kind, call};
}

static int send_statement(struct pipeline *pipeline, enum sent_kind kind, struct call *call, const char *name,
                          int count, const char *const *values, const int *lengths, const int *formats)
{
    pipeline_note(pipeline, kind, call);
    return PQsendQueryPrepared(postgres_connection(pipeline->postgres), name, count, values, lengths, formats,
                               1);
}

int pipeline_send_sync(struct pipeline *pipeline)
{
    pipeline_note(pipeline, SENT_SYNC, NULL);
    return PQpipelineSync(postgres_connection(pipeline->postgres));
}

enum { ENTER_VALUES = 8 };
static const int binary[ENTER_VALUES] = {1, 1, 1, 1, 1, 1, 1, 1};

static int length_of(const char *text)
{
    return text ? (int)strlen(text) : 0;
}

static const char *certificate_of(const struct call *call)
{
    return call->credentials.has_certificate ? (const char *)call->credentials.certificate_sha256 : NULL;
}

/* Who calls; for a write with its request_key, so that it happens once. */
static int send_enter(struct pipeline *pipeline, struct call *call, bool keyed)
{
    const uint32_t waited_ms = htobe32((uint32_t)(clock_ms() - call->received_ms));
    const struct trace *trace = &call->trace;
    const char *values[ENTER_VALUES] = {(char *)call->credentials.token_sha256,
                                        keyed ? (char *)call->request_key : NULL,
                                        call->method->full_name,
                                        (char *)call->body_sha256,
                                        (char *)&waited_ms,
                                        trace->traceparent,
                                        trace->foreign_entity,
                                        certificate_of(call)};
    const int lengths[ENTER_VALUES] = {SHA256_BYTES,
                                       UUID_BYTES,
                                       (int)strlen(values[2]),
                                       SHA256_BYTES,
                                       sizeof waited_ms,
                                       length_of(trace->traceparent),
                                       length_of(trace->foreign_entity),
                                       SHA256_BYTES};
    return send_statement(pipeline, SENT_ENTER, call, pipeline->standby ? "enter_on_standby" : "enter",
                          ENTER_VALUES, values, lengths, binary);
}

int pipeline_send_applied(struct pipeline *pipeline)
{
    pipeline_note(pipeline, SENT_APPLIED, NULL);
    return PQsendQueryParams(postgres_connection(pipeline->postgres),
                             "select migration, functions from session.applied()", 0, NULL, NULL, NULL, NULL,
                             0);
}

int pipeline_send_begin(struct pipeline *pipeline, uint32_t max_staleness_ms)
{
    const uint64_t value = htobe64(max_staleness_ms);
    return send_statement(pipeline, SENT_ENTER, NULL, "begin_on_standby", 1, (const char *[]){(char *)&value},
                          (int[]){sizeof value}, binary);
}

int pipeline_send_flush_request(struct pipeline *pipeline)
{
    return PQsendFlushRequest(postgres_connection(pipeline->postgres));
}

int pipeline_send_looks(struct pipeline *pipeline)
{
    return send_statement(pipeline, pipeline->standby ? SENT_LOOKS : SENT_LOOKED, NULL,
                          pipeline->standby ? "standby_looks" : "log_looks", 0, NULL, NULL, NULL);
}

int pipeline_send_looks_of(struct pipeline *pipeline, const char *name, int count, const PGresult *looks)
{
    const char *values[LOOKS_LOGGED];
    int lengths[LOOKS_LOGGED];
    for (int column = 0; column < count; column++) {
        values[column] = PQgetvalue(looks, 0, column);
        lengths[column] = PQgetlength(looks, 0, column);
    }
    return send_statement(pipeline, SENT_LOG, NULL, name, count, values, lengths, binary);
}

int pipeline_send_key(struct pipeline *pipeline, struct call *call)
{
    enum { COUNT = 2 + PERSON_EVENT_ID + 1 };
    const char *values[COUNT] = {(char *)call->credentials.token_sha256, certificate_of(call)};
    int lengths[COUNT] = {SHA256_BYTES, SHA256_BYTES};
    call_persons(call, PERSON_EVENT_ID + 1, values + 2, lengths + 2);
    return send_statement(pipeline, SENT_CALL, call, "subject_key", COUNT, values, lengths, binary);
}

static int send_refused(struct pipeline *pipeline, struct call *call)
{
    const char *values[PERSONS];
    int lengths[PERSONS];
    call_persons(call, PERSONS, values, lengths);
    return send_statement(pipeline, SENT_CALL, call, "refused", PERSONS, values, lengths, binary);
}

static int send_new_key(struct pipeline *pipeline, struct call *call)
{
    const char *values[] = {call->new_key.length ? (char *)call->new_key.data : ""};
    return send_statement(pipeline, SENT_ENTER, call, "new_key", 1, values,
                          (int[]){(int)call->new_key.length}, binary);
}

int pipeline_send_call(struct pipeline *pipeline, struct call *call)
{
    const struct method *method = call->method;
    if (call->step == CALL_AUTHENTICATE) {
        const char *values[] = {(char *)call->credentials.token_sha256, certificate_of(call)};
        const int lengths[] = {SHA256_BYTES, SHA256_BYTES};
        return send_statement(pipeline, SENT_CALL, call, "authenticate", 2, values, lengths, binary);
    }
    if (!send_enter(pipeline, call, call->step == CALL_FUNCTION && method->writes))
        return 0;
    if (method->names && call->step == CALL_FUNCTION && !send_new_key(pipeline, call))
        return 0;
    if (call->step == CALL_REFUSED)
        return send_refused(pipeline, call);
    if (call->step == CALL_REPLAY) {
        const char *values[] = {(char *)call->request_key};
        return send_statement(pipeline, SENT_CALL, call, method->replay_name, 1, values, (int[]){UUID_BYTES},
                              binary);
    }
    struct parameters *parameters = &call->parameters;
    if (method->writes) {
        size_t at = method->argument_count;
        const char *values[] = {(char *)call->request_key, method->full_name, (char *)call->body_sha256};
        const int lengths[] = {UUID_BYTES, (int)strlen(method->full_name), SHA256_BYTES};
        memcpy(parameters->values + at, values, sizeof values);
        memcpy(parameters->lengths + at, lengths, sizeof lengths);
        memcpy(parameters->formats + at, binary, sizeof lengths);
    }
    return send_statement(pipeline, SENT_CALL, call, method->call_name, parameters->count, parameters->values,
                          parameters->lengths, parameters->formats);
}
