#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VARINT = 0, /* protobuf's wire types, of the fields that a Response has */
    LENGTH_DELIMITED = 2,
};

/* Moves `*at` past a varint; returns -1 when there is none before `end`. */
static int read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return 0;
    }
    return -1;
}

int answer_read(const uint8_t *bytes, size_t length, struct answer *answer)
{
    const uint8_t *at = bytes, *end = bytes + length;
    *answer = (struct answer){0};
    while (at < end) {
        uint64_t tag, value;
        if (read_varint(&at, end, &tag) || read_varint(&at, end, &value))
            return -1;
        switch (tag) {
        case 1 << 3 | VARINT:
            answer->id = value;
            continue;
        case 4 << 3 | VARINT:
            answer->more = value;
            continue;
        case 2 << 3 | LENGTH_DELIMITED:
            answer->status = at;
            answer->status_length = value;
            break;
        case 3 << 3 | LENGTH_DELIMITED:
            answer->body = at;
            answer->body_length = value;
            break;
        default:
            return -1;
        }
        if (value > (size_t)(end - at))
            return -1;
        at += value;
    }
    return 0;
}

char *answer_refusal(const struct answer *answer)
{
    char *text = NULL;
    if (!answer->status)
        return NULL;
    Traject__V1__Status *status = traject__v1__status__unpack(NULL, answer->status_length, answer->status);
    if (!status)
        return strdup("an answer whose status cannot be read");
    const ProtobufCEnumValue *code =
        protobuf_c_enum_descriptor_get_value(&traject__v1__code__descriptor, status->code);
    if (status->code && asprintf(&text, "%s: %s%s%s%s", code ? code->name : "?", status->message,
                                 *status->field ? " [" : "", status->field, *status->field ? "]" : "") < 0)
        text = NULL;
    traject__v1__status__free_unpacked(status, NULL);
    return text;
}

bool answer_refusal_is_of_overload(const char *refusal)
{
    static const char exhausted[] = "RESOURCE_EXHAUSTED:";
    return strncmp(refusal, exhausted, sizeof exhausted - 1) == 0;
}

int answer_rows(const struct answer *answer, const char *method)
{
    const ProtobufCMessageDescriptor *reply =
        protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, method)->output;
    ProtobufCMessage *message = protobuf_c_message_unpack(reply, NULL, answer->body_length, answer->body);
    if (!message)
        return -1;
    int rows = answer->body_length ? 1 : 0;
    if (reply->n_fields == 1 && reply->fields->label == PROTOBUF_C_LABEL_REPEATED)
        rows = (int)*(const size_t *)((const char *)message + reply->fields->quantifier_offset);
    protobuf_c_message_free_unpacked(message, NULL);
    return rows;
}
