#include "template.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "output.h"

static void put_value(FILE *out, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      size_t index, bool exact)
{
    const void *value = field_value(message, field, index);
    if (field_is_timestamp(field)) {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        char text[60];
        if (exact)
            when_exact(time->seconds, text, sizeof text);
        else
            when_date(time->seconds, text, sizeof text);
        fputs(text, out);
        return;
    }
    char *text = NULL;
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        text = output_words(field->descriptor, *(const int *)value);
        break;
    case PROTOBUF_C_TYPE_STRING:
        /* Lists of the server's own phrases, and words that cannot be told. */
        text = field->label == PROTOBUF_C_LABEL_REPEATED ? traject_said(*(char *const *)value)
                                                         : output_text(*(char *const *)value);
        output_tame(text);
        break;
    case PROTOBUF_C_TYPE_INT32:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_INT64:
        fprintf(out, "%" PRId64, *(const int64_t *)value);
        break;
    default:
        assert(!"a template names a field of a type that is not shown");
    }
    if (text)
        fputs(text, out);
    free(text);
}

/* Puts what stands at `pattern` up to `end`. Returns whether every field in it is there. */
static bool put_part(FILE *out, const char *pattern, const char *end, const ProtobufCMessage *message)
{
    bool whole = true;
    while (pattern < end) {
        if (*pattern != '{') {
            fputc(*pattern++, out);
            continue;
        }
        const char *close = strchr(pattern, '}');
        bool exact = close[-1] == '+';
        char *name = strndup(pattern + 1, (size_t)(close - pattern - 1 - exact));
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
        assert(field);
        size_t count = field_count(message, field);
        whole = whole && count > 0;
        for (size_t i = 0; i < count; i++) {
            fputs(i ? ", " : "", out);
            put_value(out, message, field, i, exact);
        }
        free(name);
        pattern = close + 1;
    }
    return whole;
}

char *template_text(const char *pattern, const ProtobufCMessage *message)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    while (*pattern) {
        size_t plain = strcspn(pattern, "[");
        put_part(out, pattern, pattern + plain, message);
        pattern += plain;
        if (!*pattern)
            break;
        const char *end = strchr(pattern, ']');
        char *part = NULL;
        FILE *optional = open_memstream(&part, &size);
        bool whole = put_part(optional, pattern + 1, end, message);
        fclose(optional);
        if (whole)
            fputs(part, out);
        free(part);
        pattern = end + 1;
    }
    fclose(out);
    return text;
}
