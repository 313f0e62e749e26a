#include "call.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <protobuf-c/protobuf-c.h>

#include "metrics.h"
#include "seal.h"
#include "sqlstate.h"

void call_persons(const struct call *call, int count, const char **values, int *lengths)
{
    for (int person = 0; person < count; person++) {
        int argument = call->method->persons[person];
        values[person] = argument == NO_ARGUMENT ? NULL : call->parameters.values[argument];
        lengths[person] = argument == NO_ARGUMENT ? 0 : call->parameters.lengths[argument];
    }
}

static bool names_somebody(const struct call *call)
{
    for (int person = 0; call->method && person < PERSONS; person++) {
        int argument = call->method->persons[person];
        if (argument != NO_ARGUMENT && call->parameters.values[argument])
            return true;
    }
    return false;
}

bool call_lacks_key(const struct call *call)
{
    return call->wants_key && !call->has_key && call->step == CALL_FUNCTION;
}

bool call_wants_refusal(const struct call *call)
{
    return call->step != CALL_REFUSED && call->status.code &&
           call->status.code != TRAJECT__V1__CODE__UNAUTHENTICATED && names_somebody(call);
}

int call_seal(struct call *call, const struct keys *keys)
{
    struct person_key key = {0};
    struct sealing sealing = {keys, call->municipality_id, &key};
    const PGresult *found = call->result;
    call->new_key.length = 0;
    if (PQntuples(found)) {
        memcpy(key.id, PQgetvalue(found, 0, 0), sizeof key.id);
        if (PQgetisnull(found, 0, 1))
            return status_set(&call->status, TRAJECT__V1__CODE__FAILED_PRECONDITION, "client_number",
                              "this client was erased; nothing can be added any more");
        if (PQgetlength(found, 0, 1) != WRAPPED_BYTES)
            return status_set(
                &call->status, TRAJECT__V1__CODE__DATA_LOSS, NULL,
                "the key of a person has %d bytes instead of %d; it was changed in the database",
                PQgetlength(found, 0, 1), WRAPPED_BYTES);
        if (seal_unwrap(keys, (const uint8_t *)PQgetvalue(found, 0, 1), &key, &call->status))
            return -1;
    } else {
        char id[2 * PERSON_KEY_ID_BYTES + 1];
        seal_new_key(&key);
        OPENSSL_buf2hexstr_ex(id, sizeof id, NULL, key.id, sizeof key.id, '\0');
        bytes_append(&call->new_key, key.id, sizeof key.id);
        seal_wrap(&keys->masters[0], &key, bytes_extend(&call->new_key, WRAPPED_BYTES));
        seal_text(keys, call->municipality_id, &key, SEAL_NOTHING, id, sizeof id - 1, &call->new_key);
    }
    ProtobufCMessage *message =
        protobuf_c_message_unpack(call->method->input, NULL, call->body.length, call->body.data);
    struct parameters parameters = {0};
    int bound = codec_bind(call->method, message, &sealing, &parameters, &call->status);
    protobuf_c_message_free_unpacked(message, NULL);
    OPENSSL_cleanse(&key, sizeof key);
    if (bound)
        return -1;
    parameters_free(&call->parameters);
    call->parameters = parameters;
    call->has_key = true;
    return 0;
}

void call_set_unknown(struct call *call)
{
    status_clear(&call->status);
    status_set(&call->status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
               "the database was lost during this request, which may have been done; ask again with the same "
               "request_key");
}

void call_forget_answer(struct call *call)
{
    PQclear(call->result);
    PQclear(call->failure);
    call->result = call->failure = NULL;
    call->has_key = false;
}

bool call_runs_again(struct call *call)
{
    enum sqlstate_kind kind = sqlstate_kind(sqlstate_of(call->failure));
    if (call->step == CALL_FUNCTION && kind == SQLSTATE_ANSWERED) {
        call->step = CALL_REPLAY;
        return true;
    }
    if (kind != SQLSTATE_PASSING || ++call->attempts >= CALL_ATTEMPTS_MAX)
        return false;
    metrics_retry(sqlstate_of(call->failure));
    return true;
}

/* Whether that says nothing of whether an attempt before was done. */
static bool is_of_this_attempt(Traject__V1__Code code)
{
    return code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED || code == TRAJECT__V1__CODE__ABORTED ||
           code == TRAJECT__V1__CODE__PERMISSION_DENIED || code == TRAJECT__V1__CODE__UNAUTHENTICATED;
}

void call_set_outcome(struct call *call, const struct contract *contract)
{
    if (call->failure)
        sqlstate_to_status(call->failure, contract, call->method, call->trace.id, &call->status);
    if (call->lost && is_of_this_attempt(call->status.code))
        call_set_unknown(call);
}
