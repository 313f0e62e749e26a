#include "status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "memory.h"

/* What a message quotes may be no UTF-8, or cut within a character: then no client of protobuf could read it.
 */
static char *make_utf8(char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t length = strlen(text);
    if (!u8_check(bytes, length))
        return text;
    struct bytes made = {0};
    for (size_t at = 0; at < length;) {
        ucs4_t character; /* U+FFFD for what is none */
        uint8_t encoded[6];
        at += (size_t)u8_mbtouc(&character, bytes + at, length - at);
        bytes_append(&made, encoded, (size_t)u8_uctomb(encoded, character, sizeof encoded));
    }
    bytes_append(&made, "", 1);
    free(text);
    return (char *)made.data;
}

int status_set(struct status *status, Traject__V1__Code code, const char *field, const char *format, ...)
{
    assert(status->code == TRAJECT__V1__CODE__OK && code != TRAJECT__V1__CODE__OK);
    va_list arguments;
    va_start(arguments, format);
    status->code = code;
    status->message = make_utf8(memory_format_list(format, arguments));
    status->field = field ? memory_copy(field) : NULL;
    va_end(arguments);
    return -1;
}

void status_clear(struct status *status)
{
    free(status->message);
    free(status->field);
    *status = (struct status){0};
}

const char *status_name(Traject__V1__Code code)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&traject__v1__code__descriptor, (int)code);
    return value ? value->name : "UNKNOWN";
}
