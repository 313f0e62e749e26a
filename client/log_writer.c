#include "log_writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "when.h"

static char *word(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(descriptor, value);
    char text[64] = "";
    if (known)
        field_enum_word(descriptor, known->name, text, sizeof text);
    return strdup(text);
}

static char *number(long long value)
{
    char *text;
    if (asprintf(&text, "%lld", value) < 0)
        abort();
    return text;
}

char *log_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *value = field_value(message, field, 0);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return strdup(*(char *const *)value);
    case PROTOBUF_C_TYPE_ENUM:
        return word(field->descriptor, *(const int *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return strdup(*(const protobuf_c_boolean *)value ? "true" : "false");
    case PROTOBUF_C_TYPE_MESSAGE: {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        char text[64];
        when_rfc3339(time->seconds, time->nanos, text, sizeof text);
        return strdup(text);
    }
    default:
        return number(*(const int32_t *)value);
    }
}

char *log_case_id(const Traject__V1__LogCase *of)
{
    char *id;
    if (asprintf(&id, "%s-%" PRId32, of->client_number, of->trajectory) < 0)
        abort();
    return id;
}

char *log_activity(const Traject__V1__LogEntry *entry)
{
    if (entry->_activity_case)
        return strdup(entry->activity);
    char *kind = word(&traject__v1__event_kind__descriptor, entry->kind), *text = kind;
    if (entry->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_STAGE_MOVED) {
        char *stage = word(&traject__v1__stage__descriptor, entry->stage);
        if (asprintf(&text, "moved to %s", stage) < 0)
            abort();
        free(stage);
        free(kind);
    }
    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return text;
}

bool log_tells(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "page_token") != 0;
}
