#include "looks.h"

#include <endian.h>
#include <string.h>

#include "log.h"

static int64_t bigint(const PGresult *result, int column)
{
    uint64_t value;
    memcpy(&value, PQgetvalue(result, 0, column), sizeof value);
    return (int64_t)be64toh(value);
}

int64_t looks_staleness_ms(const PGresult *looks)
{
    return bigint(looks, LOOKS_STALENESS_MS);
}

int64_t looks_took_us(const PGresult *logged)
{
    return bigint(logged, 1);
}

size_t looks_count_lines(const PGresult *looks)
{
    size_t lines = 1;
    for (const char *c = PQgetvalue(looks, 0, LOOKS_LINES); *c; c++)
        lines += *c == '\n';
    return lines;
}

int looks_write(const PGresult *looks)
{
    int failed = 0;
    const char *line = PQgetvalue(looks, 0, LOOKS_LINES);
    while (*line && !failed) {
        int length = (int)strcspn(line, "\n");
        /* At a level that no configuration leaves out. */
        failed = log_event(LOG_ERROR, "looked_without_primary", "%.*s", length, line);
        line += length + (line[length] == '\n');
    }
    return failed;
}
