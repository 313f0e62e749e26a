#include "response.h"

#include <stdlib.h>

#include "frame.h"
#include "memory.h"

enum { ENVELOPE_MAX = 4096 }; /* of a Response, around its body */

/* In one piece, which is then one TLS record. */
static void put_response(struct evbuffer *to, const Traject__V1__Response *response)
{
    size_t length = traject__v1__response__get_packed_size(response);
    struct evbuffer_iovec piece;
    if (evbuffer_reserve_space(to, (ev_ssize_t)(FRAME_PREFIX_MAX + length), &piece, 1) != 1)
        memory_ran_out();
    size_t prefix = frame_write_length(length, piece.iov_base);
    traject__v1__response__pack(response, (uint8_t *)piece.iov_base + prefix);
    piece.iov_len = prefix + length;
    evbuffer_commit_space(to, &piece, 1);
}

void response_put_status(struct evbuffer *to, uint64_t id, const struct status *status)
{
    Traject__V1__Status said = TRAJECT__V1__STATUS__INIT;
    Traject__V1__Response response = TRAJECT__V1__RESPONSE__INIT;
    said.code = status->code;
    said.message = status->message;
    if (status->field)
        said.field = status->field;
    if (status->phrase.count) {
        said.message_format = status->phrase.format;
        said.n_arguments = status->phrase.count;
        said.arguments = status->phrase.arguments;
    }
    response.id = id;
    response.status = &said;
    put_response(to, &response);
}

static void put_body(struct evbuffer *to, uint64_t id, const struct bytes *body, int64_t staleness_ms,
                     bool more)
{
    Traject__V1__Response response = TRAJECT__V1__RESPONSE__INIT;
    response.id = id;
    response.body = (ProtobufCBinaryData){body->length, body->data};
    response.more = more;
    if (staleness_ms != STALENESS_NONE) {
        response._staleness_ms_case = TRAJECT__V1__RESPONSE___STALENESS_MS_STALENESS_MS;
        response.staleness_ms = (uint32_t)staleness_ms;
    }
    put_response(to, &response);
}

void response_put_body(struct evbuffer *to, uint64_t id, const struct bytes *body, bool more)
{
    put_body(to, id, body, STALENESS_NONE, more);
}

int response_put_rows(struct evbuffer *to, uint64_t id, const struct method *method, const struct keys *keys,
                      const PGresult *result, int64_t staleness_ms, bool more, struct status *status)
{
    struct bytes body = {0};
    int row = 0, rows = codec_rows(result), failed;
    /* Half of most records is types and nulls. A body that has to grow leaves copies of what was opened
     * behind. */
    size_t expected = rows > 0 ? (size_t)rows * (size_t)PQgetlength(result, 0, 0) / 2 : 0;
    bytes_grow(&body, expected < CODEC_PART_BYTES ? expected : CODEC_PART_BYTES);
    do {
        body.length = 0;
        failed = codec_reply(method, keys, result, &row, &body, status);
        if (!failed && body.length > FRAME_MAX - ENVELOPE_MAX)
            failed = status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL,
                                "a reply of %zu bytes does not fit a frame of %d", body.length, FRAME_MAX);
        if (!failed)
            put_body(to, id, &body, staleness_ms, more || row < rows);
    } while (!failed && row < rows);
    bytes_wipe(&body);
    return failed;
}
