#include "codec.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "record.h"
#include "wire.h"

enum { VARINT_MAX = 10 };

/* Returns where it ends. */
static uint8_t *write_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *write_tag(uint8_t *at, const ProtobufCFieldDescriptor *field, enum wire_type type)
{
    return write_varint(at, (uint64_t)field->id << 3 | type);
}

/* Counts in no more than what was written of the room that was made. */
static void end_at(struct bytes *bytes, const uint8_t *at)
{
    bytes->length = (size_t)(at - bytes->data);
}

static void put_length_delimited(struct bytes *bytes, const ProtobufCFieldDescriptor *field, const void *data,
                                 size_t length)
{
    uint8_t *at = bytes_extend(bytes, 2 * VARINT_MAX + length);
    at = write_varint(write_tag(at, field, WIRE_LENGTH), length);
    if (length)
        memcpy(at, data, length);
    end_at(bytes, at + length);
}

/* Begins a field whose length is known when it ends, so that it need not be written elsewhere first; most
 * lengths take one byte. Returns where it begins. */
static size_t begin_delimited(struct bytes *bytes, const ProtobufCFieldDescriptor *field)
{
    end_at(bytes, write_tag(bytes_extend(bytes, VARINT_MAX + 1), field, WIRE_LENGTH) + 1);
    return bytes->length;
}

static void end_delimited(struct bytes *bytes, size_t begin)
{
    size_t length = bytes->length - begin;
    uint8_t varint[VARINT_MAX];
    size_t size = (size_t)(write_varint(varint, length) - varint);
    if (size > 1) {
        bytes_extend(bytes, size - 1);
        memmove(bytes->data + begin + size - 1, bytes->data + begin, length);
    }
    memcpy(bytes->data + begin - 1, varint, size);
}

static uint32_t get_int32(const void *data)
{
    uint32_t value;
    memcpy(&value, data, 4);
    return be32toh(value);
}

static uint64_t get_int64(const void *data)
{
    uint64_t value;
    memcpy(&value, data, 8);
    return be64toh(value);
}

/* A google.protobuf.Timestamp: seconds = 1, nanos = 2. */
static void put_column_timestamp(struct bytes *body, const ProtobufCFieldDescriptor *field,
                                 int64_t microseconds)
{
    int64_t seconds = microseconds / 1000000, rest = microseconds % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    seconds += POSTGRES_EPOCH;
    uint8_t *length = write_tag(bytes_extend(body, 4 * VARINT_MAX), field, WIRE_LENGTH), *at = length + 1;
    if (seconds) {
        *at++ = 1 << 3 | WIRE_VARINT;
        at = write_varint(at, (uint64_t)seconds);
    }
    if (rest) {
        *at++ = 2 << 3 | WIRE_VARINT;
        at = write_varint(at, (uint64_t)rest * 1000);
    }
    *length = (uint8_t)(at - length - 1); /* less than 128: one byte as a varint too */
    end_at(body, at);
}

/* What rows are turned into a reply with. */
struct reading {
    struct opener opener;
    struct bytes *body;
    struct status *status;
    size_t unreadable;   /* so many values did not open, */
    struct status first; /* the first of them for this cause */
};

/* What does not open is shown as such, so that one person's broken key hides no others in a list. */
static void put_opened(struct reading *reading, const struct binding *binding, const char *value,
                       size_t length)
{
    static const char unreadable[] = "(unreadable)";
    struct bytes *body = reading->body;
    struct status status = {0};
    size_t begin = begin_delimited(body, binding->field);
    if (seal_open(&reading->opener, value, length, body, &status)) {
        bytes_append(body, unreadable, sizeof unreadable - 1);
        if (!reading->unreadable++)
            reading->first = status;
        else
            status_clear(&status);
    }
    end_delimited(body, begin);
}

static void put_strings(struct reading *reading, const struct binding *binding, const char *array,
                        size_t length)
{
    /* dimensions, null flag, element type, count, first index; then length and text of each */
    if (length < 20 || get_int32(array) != 1)
        return;
    const char *end = array + length;
    uint32_t count = get_int32(array + 12);
    array += 20;
    for (uint32_t i = 0; i < count && end - array >= 4; i++) {
        uint32_t size = get_int32(array);
        array += 4;
        if (size > (size_t)(end - array))
            break;
        if (binding->kind != VALUE_SEALED)
            put_length_delimited(reading->body, binding->field, array, size);
        else
            put_opened(reading, binding, array, size);
        array += size;
    }
}

static void put_column(struct reading *reading, const struct binding *binding, const char *value,
                       size_t length)
{
    const ProtobufCFieldDescriptor *field = binding->field;
    struct bytes *body = reading->body;
    if (binding->element) {
        put_strings(reading, binding, value, length);
        return;
    }
    uint64_t number;
    switch (binding->kind) {
    case VALUE_TEXT:
    case VALUE_BYTES:
        if (length || binding->optional)
            put_length_delimited(body, field, value, length);
        return;
    case VALUE_SEALED:
        put_opened(reading, binding, value, length);
        return;
    case VALUE_TIMESTAMP:
        put_column_timestamp(body, field, (int64_t)get_int64(value));
        return;
    case VALUE_BOOL:
        number = value[0] != 0;
        break;
    case VALUE_INT4:
        number = (uint64_t)(int64_t)(int32_t)get_int32(value);
        break;
    case VALUE_INT8:
        number = get_int64(value);
        break;
    case VALUE_ENUM:
        /* 0 for a label added to the database since the contract was checked */
        number = (uint64_t)labels_value(&binding->labels, value, length);
        break;
    default:
        abort(); /* contract_load lets no row type into a reply */
    }
    if (number || binding->optional) {
        uint8_t *at = bytes_extend(body, 2 * VARINT_MAX);
        end_at(body, write_varint(write_tag(at, field, WIRE_VARINT), number));
    }
}

static int put_columns(const struct method *method, struct reading *reading, const PGresult *result, int row)
{
    struct record record = record_of(result, row);
    const struct binding *end = method->columns + method->column_count;
    for (const struct binding *binding = method->columns; binding < end; binding++) {
        size_t length;
        const char *value = record_next(&record, &length);
        if (value)
            put_column(reading, binding, value, length);
        else if (!binding->optional)
            return status_set(reading->status, TRAJECT__V1__CODE__INTERNAL, NULL, "%s answered without %s",
                              method->full_name, binding->field->name);
    }
    return 0;
}

int codec_rows(const PGresult *result)
{
    return PQntuples(result) - (PQnfields(result) > 1);
}

int codec_reply(const struct method *method, const struct keys *keys, const PGresult *result, int *row,
                struct bytes *body, struct status *status)
{
    struct reading reading = {.opener = {.keys = keys}, .body = body, .status = status};
    int rows = codec_rows(result), failed = 0;
    if (rows < PQntuples(result)) {
        reading.opener.handed_out = (const uint8_t *)PQgetvalue(result, rows, 1);
        reading.opener.handed_out_length = (size_t)PQgetlength(result, rows, 1);
    }
    if (!method->rows && rows != 1)
        return status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL, "%s answered %d rows instead of one",
                          method->full_name, rows);
    if (!method->rows)
        failed = put_columns(method, &reading, result, (*row)++);
    while (method->rows && *row < rows && body->length < CODEC_PART_BYTES && !failed) {
        size_t begin = begin_delimited(body, method->rows);
        failed = put_columns(method, &reading, result, (*row)++);
        end_delimited(body, begin);
    }
    if (reading.unreadable)
        log_event(LOG_ERROR, "words_unreadable", "method=%s values=%zu why=%s", method->full_name,
                  reading.unreadable, LOG_TEXT(reading.first.message));
    opener_clear(&reading.opener);
    status_clear(&reading.first);
    return failed;
}
