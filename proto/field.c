#include "field.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

bool field_may_be_absent(const ProtobufCFieldDescriptor *field)
{
    return is_oneof(field) || field->label == PROTOBUF_C_LABEL_REPEATED ||
           field->type == PROTOBUF_C_TYPE_MESSAGE;
}

bool field_is_timestamp(const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return false;
    const ProtobufCMessageDescriptor *message = field->descriptor;
    return strcmp(message->name, "google.protobuf.Timestamp") == 0;
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset);
    if (is_oneof(field))
        return *(const uint32_t *)(base + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(base + field->offset) != NULL;
    return 1;
}

const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index)
{
    assert(index < field_count(message, field));
    const char *place = (const char *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return place;
    return *(const char *const *)place + index * value_size(field);
}

int field_put(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *value)
{
    char *place = (char *)message + field->offset;
    size_t size = value_size(field);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t *count = (size_t *)((char *)message + field->quantifier_offset);
        char *grown = realloc(*(char **)place, (*count + 1) * size);
        if (!grown)
            return -1;
        *(char **)place = grown;
        memcpy(grown + (*count)++ * size, value, size);
        return 0;
    }
    memcpy(place, value, size);
    if (is_oneof(field))
        *(uint32_t *)((char *)message + field->quantifier_offset) = field->id;
    return 0;
}

void field_drop_last(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    size_t *count = (size_t *)((char *)message + field->quantifier_offset);
    assert(field->type == PROTOBUF_C_TYPE_MESSAGE && *count > 0);
    ProtobufCMessage **rows = *(ProtobufCMessage ***)((char *)message + field->offset);
    protobuf_c_message_free_unpacked(rows[--*count], NULL);
}

size_t field_enum_word(const ProtobufCEnumDescriptor *descriptor, const char *value_name, char *name,
                       size_t size)
{
    /* The prefix is the enum's name in upper snake case: TrajectoryKind -> TRAJECTORY_KIND_. */
    const char *rest = value_name;
    for (const char *c = descriptor->short_name; *c; c++) {
        if (isupper((unsigned char)*c) && c != descriptor->short_name && *rest++ != '_')
            goto no_prefix;
        if (*rest++ != toupper((unsigned char)*c))
            goto no_prefix;
    }
    if (*rest++ == '_')
        goto write;
no_prefix:
    rest = value_name;
write:;
    size_t length = 0;
    for (; rest[length]; length++) {
        if (length + 1 < size)
            name[length] = (char)tolower((unsigned char)rest[length]);
    }
    if (size)
        name[length < size ? length : size - 1] = '\0';
    return length;
}
