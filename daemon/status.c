#include "status.h"

#include <assert.h>
#include <stdlib.h>

#include "memory.h"

int status_set(struct status *status, Traject__V1__Code code, const char *field, const char *format, ...)
{
    assert(status->code == TRAJECT__V1__CODE__OK && code != TRAJECT__V1__CODE__OK);
    va_list arguments;
    va_start(arguments, format);
    status->code = code;
    status->message = memory_format_list(format, arguments);
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
