#include "codec.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "field.h"
#include "names.h"
#include "wire.h"

enum { BYTEA_OID = 17 };

/* What sql/schema/014_sealed.sql would refuse anyway is refused before it costs a digest for each beginning.
 */
enum { NAME_CHARACTERS_MAX = 100, WORDS_CHARACTERS_MAX = 4000 };

/* What google.protobuf.Timestamp may hold: the years 1 to 9999. */
static const int64_t timestamp_minimum = -62135596800, timestamp_maximum = 253402300799;

static void put_int32(struct bytes *bytes, uint32_t value)
{
    bytes_append(bytes, &(uint32_t){htobe32(value)}, 4);
}

static void put_int64(struct bytes *bytes, uint64_t value)
{
    bytes_append(bytes, &(uint64_t){htobe64(value)}, 8);
}

static int check_text(const char *text, const char *name, struct status *status)
{
    if (!u8_check((const uint8_t *)text, strlen(text)))
        return 0;
    return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name,
                      "%s is not UTF-8 text; send it encoded as UTF-8", name);
}

/* The error line is SQL's own (sql/internal/text.sql). */
static int check_length(const char *text, size_t length, size_t maximum, const char *name,
                        struct status *status)
{
    size_t characters = names_characters(text, length);
    if (characters <= maximum)
        return 0;
    return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name,
                      "%s has %zu characters; give at most %zu", name, characters, maximum);
}

static int put_text(struct bytes *data, const char *text, const char *name, struct status *status)
{
    if (check_text(text, name, status))
        return -1;
    bytes_append(data, text, strlen(text));
    return 0;
}

/* What is made of a message so far: its parameters, and what its words are sealed with. */
struct making {
    struct parameters *made;
    const struct sealing *sealing;
    struct status *status;
};

/* Returns 1 for words that are blank, or that there is no key for yet: then there is no value. */
static int put_sealed(struct making *making, const struct binding *binding, const char *text)
{
    const struct sealing *sealing = making->sealing;
    const char *name = binding->field->name;
    size_t length = strlen(text);
    if (check_text(text, name, making->status))
        return -1;
    names_trim(&text, &length);
    if (check_length(text, length,
                     binding->tokens == SEAL_NOTHING ? WORDS_CHARACTERS_MAX : NAME_CHARACTERS_MAX, name,
                     making->status))
        return -1;
    if (!length)
        return 1;
    if (!sealing->key) {
        making->made->unsealed++;
        return 1;
    }
    seal_text(sealing->keys, sealing->municipality_id, sealing->key, binding->tokens, text, length,
              &making->made->data);
    return 0;
}

static int put_label_token(struct making *making, const struct binding *binding, const char *text)
{
    const struct sealing *sealing = making->sealing;
    const char *name = binding->field->name;
    size_t length = strlen(text);
    if (check_text(text, name, making->status))
        return -1;
    names_trim(&text, &length);
    if (!length)
        return status_set(making->status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name,
                          "%s holds a name that is empty; give it, or leave it out", name);
    if (check_length(text, length, NAME_CHARACTERS_MAX, name, making->status))
        return -1;
    seal_label(sealing->keys, sealing->municipality_id, text, length,
               bytes_extend(&making->made->data, TOKEN_BYTES_SEALED));
    return 0;
}

static int put_timestamp(struct bytes *data, const Google__Protobuf__Timestamp *time, const char *name,
                         struct status *status)
{
    if (time->seconds < timestamp_minimum || time->seconds > timestamp_maximum || time->nanos < 0 ||
        time->nanos > 999999999)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name,
                          "%s has seconds %" PRId64 " and nanos %" PRId32
                          ", which is no moment in the years 1 to 9999; give a valid one",
                          name, time->seconds, time->nanos);
    put_int64(data, (uint64_t)((time->seconds - POSTGRES_EPOCH) * 1000000 + time->nanos / 1000));
    return 0;
}

static int put_enum(struct bytes *data, const struct binding *binding, int value, const char *name,
                    struct status *status)
{
    const ProtobufCEnumDescriptor *descriptor = binding->field->descriptor;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        if (descriptor->values[i].value == value && value != 0) {
            bytes_append(data, binding->labels.words[i], strlen(binding->labels.words[i]));
            return 0;
        }
    }
    struct bytes allowed = {0};
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        if (descriptor->values[i].value == 0)
            continue;
        if (allowed.length)
            bytes_append(&allowed, ", ", 2);
        bytes_append(&allowed, binding->labels.words[i], strlen(binding->labels.words[i]));
    }
    bytes_append(&allowed, "", 1);
    if (value)
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name, "%s is %d, which is none of %s", name,
                   value, (char *)allowed.data);
    else
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, name, "%s is missing; give one of %s", name,
                   (char *)allowed.data);
    free(allowed.data);
    return -1;
}

static void put_array_header(struct bytes *data, size_t count, Oid element)
{
    put_int32(data, count ? 1 : 0); /* dimensions */
    put_int32(data, 0);             /* no nulls */
    put_int32(data, element);
    if (count) {
        put_int32(data, (uint32_t)count);
        put_int32(data, 1); /* the first index */
    }
}

struct token_list {
    struct bytes tokens;
    size_t count;
};

static void add_token(void *context, const uint8_t token[TOKEN_BYTES_SEALED])
{
    struct token_list *list = context;
    put_int32(&list->tokens, TOKEN_BYTES_SEALED);
    bytes_append(&list->tokens, token, TOKEN_BYTES_SEALED);
    list->count++;
}

static int put_name_tokens(struct making *making, const struct binding *binding, const char *text)
{
    const struct sealing *sealing = making->sealing;
    const char *name = binding->field->name;
    struct token_list list = {0};
    size_t length = strlen(text);
    if (check_text(text, name, making->status) ||
        check_length(text, length, NAME_CHARACTERS_MAX, name, making->status))
        return -1;
    seal_words(sealing->keys, sealing->municipality_id, text, length, add_token, &list);
    put_array_header(&making->made->data, list.count, BYTEA_OID);
    bytes_append(&making->made->data, list.tokens.data, list.tokens.length);
    free(list.tokens.data);
    return 0;
}

static int put_row(struct making *making, const struct binding *binding, const ProtobufCMessage *message);

/* Returns 0, -1, or 1 when there is no value after all. */
static int put_value(struct making *making, const struct binding *binding, const void *value)
{
    struct bytes *data = &making->made->data;
    struct status *status = making->status;
    const char *name = binding->field->name;
    switch (binding->kind) {
    case VALUE_TEXT:
        return put_text(data, *(char *const *)value, name, status);
    case VALUE_BOOL:
        bytes_append(data, &(uint8_t){*(const protobuf_c_boolean *)value != 0}, 1);
        return 0;
    case VALUE_INT4:
        put_int32(data, *(const uint32_t *)value);
        return 0;
    case VALUE_INT8:
        put_int64(data, *(const uint64_t *)value);
        return 0;
    case VALUE_BYTES: {
        const ProtobufCBinaryData *bytes = value;
        bytes_append(data, bytes->data, bytes->len);
        return 0;
    }
    case VALUE_TIMESTAMP:
        return put_timestamp(data, *(Google__Protobuf__Timestamp *const *)value, name, status);
    case VALUE_ENUM:
        return put_enum(data, binding, *(const int *)value, name, status);
    case VALUE_ROW:
        return put_row(making, binding, *(ProtobufCMessage *const *)value);
    case VALUE_SEALED:
        return put_sealed(making, binding, *(char *const *)value);
    case VALUE_LABEL_TOKEN:
        return put_label_token(making, binding, *(char *const *)value);
    case VALUE_NAME_TOKENS:
        return put_name_tokens(making, binding, *(char *const *)value);
    }
    abort();
}

/* A value with its length before it, as arrays and rows hold them. */
static int put_sized(struct making *making, const struct binding *binding, const void *value)
{
    struct bytes *data = &making->made->data;
    size_t at = data->length;
    put_int32(data, UINT32_MAX);
    int result = put_value(making, binding, value);
    if (result < 0)
        return -1;
    if (!result) {
        uint32_t length = htobe32((uint32_t)(data->length - at - 4));
        memcpy(data->data + at, &length, 4);
    }
    return 0;
}

static int put_row(struct making *making, const struct binding *binding, const ProtobufCMessage *message)
{
    struct bytes *data = &making->made->data;
    put_int32(data, (uint32_t)binding->part_count);
    for (size_t i = 0; i < binding->part_count; i++) {
        const struct binding *part = &binding->parts[i];
        put_int32(data, part->oid);
        if (!field_count(message, part->field))
            put_int32(data, UINT32_MAX);
        else if (put_sized(making, part, field_value(message, part->field, 0)))
            return -1;
    }
    return 0;
}

static int put_array(struct making *making, const struct binding *binding, const ProtobufCMessage *message)
{
    size_t count = field_count(message, binding->field);
    if (count > CODEC_ELEMENTS_MAX)
        return status_set(making->status, TRAJECT__V1__CODE__INVALID_ARGUMENT, binding->field->name,
                          "%s has %zu elements; give at most %d", binding->field->name, count,
                          CODEC_ELEMENTS_MAX);
    put_array_header(&making->made->data, count, binding->element);
    for (size_t i = 0; i < count; i++) {
        if (put_sized(making, binding, field_value(message, binding->field, i)))
            return -1;
    }
    return 0;
}

static uint64_t get_varint(const uint8_t **at, const uint8_t *end)
{
    uint64_t value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

const ProtobufCFieldDescriptor *codec_text_with_nul(const ProtobufCMessageDescriptor *descriptor,
                                                    const uint8_t *at, size_t length)
{
    /* An empty message has no bytes, perhaps not even an address. */
    const uint8_t *end = length ? at + length : at;
    while (at < end) {
        uint64_t tag = get_varint(&at, end), size = 0;
        switch (tag & 7) {
        case WIRE_VARINT:
            get_varint(&at, end);
            continue;
        case WIRE_FIXED64:
            size = 8;
            break;
        case WIRE_LENGTH:
            size = get_varint(&at, end);
            break;
        case WIRE_FIXED32:
            size = 4;
            break;
        }
        if (size > (size_t)(end - at))
            return NULL;
        const ProtobufCFieldDescriptor *found = NULL, *field = protobuf_c_message_descriptor_get_field(
                                                          descriptor, (unsigned)(tag >> 3));
        if ((tag & 7) == WIRE_LENGTH && field && field->type == PROTOBUF_C_TYPE_STRING)
            found = memchr(at, '\0', size) ? field : NULL;
        else if ((tag & 7) == WIRE_LENGTH && field && field->type == PROTOBUF_C_TYPE_MESSAGE)
            found = codec_text_with_nul(field->descriptor, at, size);
        if (found)
            return found;
        at += size;
    }
    return NULL;
}

int codec_bind(const struct method *method, const ProtobufCMessage *request, const struct sealing *sealing,
               struct parameters *parameters, struct status *status)
{
    size_t count = method->argument_count + (method->writes ? 3 : 0);
    struct parameters made = {.count = (int)count,
                              .values = memory_new(count, sizeof *made.values),
                              .lengths = memory_new(count, sizeof *made.lengths),
                              .formats = memory_new(count, sizeof *made.formats)};
    struct making making = {&made, sealing, status};
    size_t *offsets = memory_new(count, sizeof *offsets);
    int result = 0;
    for (size_t i = 0; i < method->argument_count && result >= 0; i++) {
        const struct binding *binding = &method->arguments[i];
        made.formats[i] = 1;
        offsets[i] = made.data.length;
        if (binding->element)
            result = put_array(&making, binding, request);
        else if (field_count(request, binding->field))
            result = put_value(&making, binding, field_value(request, binding->field, 0));
        else
            result = 1;
        if (result > 0)
            offsets[i] = SIZE_MAX;
        made.lengths[i] = offsets[i] == SIZE_MAX ? 0 : (int)(made.data.length - offsets[i]);
    }
    bytes_append(&made.data, "", 1); /* so that an empty last value has an address too */
    for (size_t i = 0; i < method->argument_count; i++)
        made.values[i] = offsets[i] == SIZE_MAX ? NULL : (char *)made.data.data + offsets[i];
    free(offsets);
    if (result < 0) {
        parameters_free(&made);
        return -1;
    }
    *parameters = made;
    return 0;
}

void parameters_free(struct parameters *parameters)
{
    free(parameters->values);
    free(parameters->lengths);
    free(parameters->formats);
    free(parameters->data.data);
    *parameters = (struct parameters){0};
}
