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
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    status->code = code;
    status->message = make_utf8(memory_format_list(format, arguments));
    status->field = field ? memory_copy(field) : NULL;
    /* What is all value has nothing to translate. */
    if (strcmp(format, "%s") != 0)
        phrase_take(&status->phrase, format, again);
    for (size_t i = 0; i < status->phrase.count; i++)
        status->phrase.arguments[i] = make_utf8(status->phrase.arguments[i]);
    va_end(again);
    va_end(arguments);
    return -1;
}

int status_refuse(struct status *status, Traject__V1__Code code, const char *field, const char *message,
                  const char *detail)
{
    status_set(status, code, field, "%s", message);
    if (!detail || !*detail)
        return -1;
    char *rest = memory_copy(detail), *parts = rest;
    status->phrase.format = memory_copy(strsep(&rest, "\x1f"));
    for (const char *argument = strsep(&rest, "\x1f"); argument; argument = strsep(&rest, "\x1f")) {
        size_t count = status->phrase.count++;
        status->phrase.arguments =
            memory_resize(status->phrase.arguments, count + 1, sizeof *status->phrase.arguments);
        status->phrase.arguments[count] = memory_copy(argument);
    }
    free(parts);
    return -1;
}

void status_name_argument(struct status *status, size_t index, const char *name)
{
    assert(index < status->phrase.count);
    free(status->phrase.arguments[index]);
    status->phrase.arguments[index] = memory_copy(name);
}

void status_clear(struct status *status)
{
    free(status->message);
    free(status->field);
    phrase_clear(&status->phrase);
    *status = (struct status){0};
}

const char *status_name(Traject__V1__Code code)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&traject__v1__code__descriptor, (int)code);
    return value ? value->name : "UNKNOWN";
}
