/* Any text as a moment; what is a moment comes back from its RFC 3339 form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const time_t now = 1795616400;
    if (!size)
        return 0;
    setenv("TZ", data[0] & 4 ? "Europe/Amsterdam" : "UTC", 1);
    tzset();
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    int64_t seconds, again;
    int32_t nanos, nanos_again;
    if (when_parse(text, now, data[0] % 3, &seconds, &nanos) == 0) {
        char shown[64];
        if (nanos < 0 || nanos > 999999999)
            abort();
        when_ago(seconds, now, shown, sizeof shown);
        when_exact(seconds, shown, sizeof shown);
        when_rfc3339(seconds, nanos, shown, sizeof shown);
        /* Four digits of the year is all that it has. */
        if (seconds >= -62135596800 && seconds <= 253402300799 &&
            (when_parse(shown, now, WHEN_NOON, &again, &nanos_again) || again != seconds ||
             nanos_again != nanos))
            abort();
    }
    free(text);
    return 0;
}
