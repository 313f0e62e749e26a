/* What a caller says of the operation that its request is part of. https://www.w3.org/TR/trace-context-1/ */
#ifndef TRAJECT_TRACE_H
#define TRAJECT_TRACE_H

#include "status.h"

enum { TRACE_ID_LENGTH = 32 };

/* Both texts are owned; NULL when the caller said nothing. */
struct trace {
    char *traceparent;
    char *foreign_entity;
    char id[TRACE_ID_LENGTH + 1]; /* the traceparent's, for the log; "" without one */
};

/* Checks both, which may be empty, and copies them. Returns 0, or -1 with INVALID_ARGUMENT. */
int trace_take(const char *traceparent, const char *foreign_entity, struct trace *trace,
               struct status *status);

void trace_clear(struct trace *trace);

#endif
