/* protobuf's canonical mapping: protobuf.dev, "ProtoJSON Format". */
#include <inttypes.h>
#include <string.h>

#include "field.h"
#include "output.h"

void output_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f)
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void json_name(FILE *out, const char *name)
{
    fputc('"', out);
    for (; *name; name++) {
        if (*name == '_' && name[1])
            fputc(*++name - 'a' + 'A', out);
        else
            fputc(*name, out);
    }
    fputc('"', out);
}

enum { ONE_LINE = -1000 }; /* a depth that no message nests out of */

static void json_break(FILE *out, int depth)
{
    if (depth >= 0)
        fprintf(out, "\n%*s", 2 * depth, "");
}

static void json_message(FILE *out, const ProtobufCMessage *message, int depth);

static void json_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *value, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        output_json_string(out, *(char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_INT64:
        fprintf(out, "\"%" PRId64 "\"", *(const int64_t *)value);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        if (known)
            output_json_string(out, known->name);
        else
            fprintf(out, "%d", *(const int *)value);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        if (field_is_timestamp(field)) {
            const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
            char text[64];
            when_rfc3339(time->seconds, time->nanos, text, sizeof text);
            output_json_string(out, text);
        } else {
            json_message(out, *(ProtobufCMessage *const *)value, depth + 1);
        }
        break;
    default:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    }
}

/* The mapping leaves a field without presence out when it has its default value. */
static bool is_default(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field_may_be_absent(field))
        return field_count(message, field) == 0;
    const void *value = field_value(message, field, 0);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return **(char *const *)value == '\0';
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)value == 0;
    default:
        return *(const int32_t *)value == 0;
    }
}

static void json_message(FILE *out, const ProtobufCMessage *message, int depth)
{
    bool first = true;
    fputc('{', out);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (is_default(message, field))
            continue;
        fputs(first ? "" : depth < 0 ? ", " : ",", out);
        json_break(out, depth + 1);
        first = false;
        json_name(out, field->name);
        fputs(": ", out);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            json_value(out, field, field_value(message, field, 0), depth);
            continue;
        }
        fputc('[', out);
        for (size_t n = 0; n < field_count(message, field); n++) {
            fputs(n ? ", " : "", out);
            json_value(out, field, field_value(message, field, n), depth);
        }
        fputc(']', out);
    }
    if (!first)
        json_break(out, depth);
    fputc('}', out);
}

void output_json(FILE *out, const ProtobufCMessage *message)
{
    json_message(out, message, 0);
    fputc('\n', out);
}

void output_json_line(FILE *out, const ProtobufCMessage *message)
{
    json_message(out, message, ONE_LINE);
    fputc('\n', out);
}
