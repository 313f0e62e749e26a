#include "trace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { TRACEPARENT_LENGTH = 55, TRACE_ID_AT = 3, ENTITY_MAX = 200 };

/* "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": version, trace, operation, flags. */
static bool is_traceparent(const char *text)
{
    static const char form[] = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
    for (size_t i = 0; i < TRACEPARENT_LENGTH; i++) {
        if (form[i] == 'x' ? !text[i] || !strchr("0123456789abcdef", text[i]) : text[i] != form[i])
            return false;
    }
    /* A later version may say more after these. */
    bool ends = strncmp(text, "00", 2) == 0 ? !text[TRACEPARENT_LENGTH]
                                            : !text[TRACEPARENT_LENGTH] || text[TRACEPARENT_LENGTH] == '-';
    return ends && strncmp(text, "ff", 2) != 0 && strspn(text + TRACE_ID_AT, "0") < TRACE_ID_LENGTH &&
           strspn(text + 36, "0") < 16;
}

/* A scheme, a colon, and no spaces or other characters that a URI has none of. */
static bool is_uri(const char *text)
{
    size_t length = strlen(text), scheme = strcspn(text, ":");
    if (length > ENTITY_MAX || !scheme || scheme + 1 >= length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

int trace_take(const char *traceparent, const char *foreign_entity, struct trace *trace,
               struct status *status)
{
    if (*traceparent && !is_traceparent(traceparent))
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, "traceparent",
                          "traceparent is \"%.60s\"; give it as W3C Trace Context writes it, or leave it out",
                          traceparent);
    if (*foreign_entity && (!*traceparent || !is_uri(foreign_entity)))
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, "foreign_entity",
                          "foreign_entity is \"%.60s\"; give the URI of who calls, with a traceparent, "
                          "or leave it out",
                          foreign_entity);
    if (*traceparent) {
        trace->traceparent = memory_copy(traceparent);
        memcpy(trace->id, traceparent + TRACE_ID_AT, TRACE_ID_LENGTH);
    }
    if (*foreign_entity)
        trace->foreign_entity = memory_copy(foreign_entity);
    return 0;
}

void trace_clear(struct trace *trace)
{
    free(trace->traceparent);
    free(trace->foreign_entity);
    *trace = (struct trace){0};
}
