/* RFC 4180. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "output.h"

static void csv_cell(FILE *out, const char *text)
{
    /* A spreadsheet would run what begins like a formula. */
    const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
    if (!*guard && !text[strcspn(text, ",\"\r\n")]) {
        fputs(text, out);
        return;
    }
    fprintf(out, "\"%s", guard);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

static void csv_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *value)
{
    char text[64];
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        csv_cell(out, *(char *const *)value);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumDescriptor *descriptor = field->descriptor;
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value(descriptor, *(const int *)value);
        if (known)
            field_enum_word(descriptor, known->name, text, sizeof text);
        fputs(known ? text : "", out);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        when_rfc3339(time->seconds, time->nanos, text, sizeof text);
        fputs(text, out);
        break;
    }
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_INT64:
        fprintf(out, "%" PRId64, *(const int64_t *)value);
        break;
    default:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    }
}

void output_csv_field(FILE *out, const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (!field || !field_count(message, field))
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        char *list = output_value(&(struct session){.out = out}, message, field->name, SHOW_LIST);
        csv_cell(out, list);
        free(list);
    } else {
        csv_value(out, field, field_value(message, field, 0));
    }
}

void output_csv_row(FILE *out, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        fputs(i ? "," : "", out);
        output_csv_field(out, message, message->descriptor->fields[i].name);
    }
    fputs("\r\n", out);
}

void output_csv(FILE *out, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *list = output_list(message);
    const ProtobufCMessageDescriptor *row = list ? list->descriptor : message->descriptor;
    for (unsigned i = 0; i < row->n_fields; i++)
        fprintf(out, "%s%s", i ? "," : "", row->fields[i].name);
    fputs("\r\n", out);
    if (!list)
        output_csv_row(out, message);
    for (size_t i = 0; list && i < field_count(message, list); i++)
        output_csv_row(out, *(ProtobufCMessage *const *)field_value(message, list, i));
}
