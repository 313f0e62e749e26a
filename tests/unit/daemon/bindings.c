#include "bindings.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "memory.h"

static struct binding *make(const ProtobufCMessageDescriptor *message, size_t *count)
{
    static const struct {
        ProtobufCType type;
        enum value_kind kind;
        Oid oid;
    } types[] = {{PROTOBUF_C_TYPE_STRING, VALUE_TEXT, 25}, {PROTOBUF_C_TYPE_BOOL, VALUE_BOOL, 16},
                 {PROTOBUF_C_TYPE_INT32, VALUE_INT4, 23},  {PROTOBUF_C_TYPE_INT64, VALUE_INT8, 20},
                 {PROTOBUF_C_TYPE_BYTES, VALUE_BYTES, 17}, {PROTOBUF_C_TYPE_ENUM, VALUE_ENUM, MADE_UP_OID}};
    static const char *const sealed[] = {"words", "reason", "what", "by_whom"};
    struct binding *bindings = memory_new(message->n_fields, sizeof *bindings);
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        struct binding *binding = &bindings[i];
        *binding = (struct binding){.field = field,
                                    .kind = VALUE_ROW,
                                    .optional = field_may_be_absent(field),
                                    .oid = MADE_UP_OID + 1};
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            if (types[t].type == field->type) {
                binding->kind = types[t].kind;
                binding->oid = types[t].oid;
            }
        }
        for (size_t s = 0; s < sizeof sealed / sizeof *sealed; s++) {
            if (field->type == PROTOBUF_C_TYPE_STRING && strcmp(field->name, sealed[s]) == 0) {
                binding->kind = VALUE_SEALED;
                binding->tokens = (enum seal_tokens)(s / 2);
            }
        }
        if (field->type == PROTOBUF_C_TYPE_STRING && strcmp(field->name, "network_people") == 0)
            binding->kind = VALUE_LABEL_TOKEN;
        if (field->type == PROTOBUF_C_TYPE_STRING && strcmp(field->name, "query") == 0)
            binding->kind = VALUE_NAME_TOKENS;
        if (field_is_timestamp(field)) {
            binding->kind = VALUE_TIMESTAMP;
            binding->oid = 1184;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            binding->element = binding->oid;
        if (binding->kind == VALUE_ROW)
            binding->parts = make(field->descriptor, &binding->part_count);
        if (binding->kind == VALUE_ENUM)
            binding->labels = labels_of(field->descriptor);
    }
    *count = message->n_fields;
    return bindings;
}

void bindings_make(struct method *method, const ProtobufCMethodDescriptor *descriptor, bool writes)
{
    *method = (struct method){.full_name = memory_copy(descriptor->name),
                              .input = descriptor->input,
                              .output = descriptor->output,
                              .writes = writes};
    const ProtobufCMessageDescriptor *row = method->output;
    if (row->n_fields == 1 && row->fields[0].label == PROTOBUF_C_LABEL_REPEATED) {
        method->rows = &row->fields[0];
        row = method->rows->descriptor;
    }
    method->arguments = make(method->input, &method->argument_count);
    method->columns = make(row, &method->column_count);
}

static void release(struct binding *bindings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        labels_free(&bindings[i].labels);
        release(bindings[i].parts, bindings[i].part_count);
    }
    free(bindings);
}

void bindings_free(struct method *method)
{
    release(method->arguments, method->argument_count);
    release(method->columns, method->column_count);
    free(method->full_name);
}

static void put_int32(struct bytes *record, uint32_t value)
{
    bytes_append(record, &(uint32_t){htobe32(value)}, 4);
}

PGresult *bindings_records(const struct method *method, const PGresult *rows)
{
    int count = (int)method->column_count, columns = 1 + PQnfields(rows) - count;
    PGresult *records = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc described[] = {{.name = (char *)(uintptr_t) "reply", .format = 1},
                                {.name = (char *)(uintptr_t) "keys", .format = 1}};
    int done = PQsetResultAttrs(records, columns, described);
    struct bytes record = {0};
    for (int row = 0; row < PQntuples(rows); row++) {
        record.length = 0;
        put_int32(&record, (uint32_t)count);
        for (int i = 0; i < count; i++) {
            int length = PQgetisnull(rows, row, i) ? -1 : PQgetlength(rows, row, i);
            put_int32(&record, method->columns[i].oid);
            put_int32(&record, (uint32_t)length);
            if (length > 0)
                bytes_append(&record, PQgetvalue(rows, row, i), (size_t)length);
        }
        done &= PQsetvalue(records, row, 0, (char *)record.data, (int)record.length);
        if (columns > 1)
            done &= PQsetvalue(records, row, 1, PQgetvalue(rows, row, count),
                               PQgetisnull(rows, row, count) ? -1 : PQgetlength(rows, row, count));
    }
    assert(done);
    free(record.data);
    return records;
}
