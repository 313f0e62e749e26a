#include "looks.h"

#include <endian.h>
#include <string.h>

#include "log.h"

int64_t looks_staleness_ms(const PGresult *looks)
{
    uint64_t staleness_ms;
    memcpy(&staleness_ms, PQgetvalue(looks, 0, LOOKS_STALENESS_MS), sizeof staleness_ms);
    return (int64_t)be64toh(staleness_ms);
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
