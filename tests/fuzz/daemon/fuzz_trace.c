/* Any two texts as a caller's trace: they are taken, or refused with a field and a message. The first zero
 * byte parts them. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *texts = memory_new(size + 2, 1);
    memcpy(texts, data, size);
    struct trace trace = {0};
    struct status status = {0};
    if (trace_take(texts, texts + strlen(texts) + (strlen(texts) < size), &trace, &status))
        assert(status.code == TRAJECT__V1__CODE__INVALID_ARGUMENT && status.field && !trace.traceparent);
    trace_clear(&trace);
    status_clear(&status);
    free(texts);
    return 0;
}
