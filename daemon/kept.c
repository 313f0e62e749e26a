#include "kept.h"

#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "looks.h"
#include "memory.h"
#include "metrics.h"

enum {
    KEPT_BYTES_MAX = 4 * 1024 * 1024,
    RETRY_MS = 1000,
};

struct kept_looks {
    TAILQ_ENTRY(kept_looks) link;
    PGresult *looks;
};

void kept_init(struct kept *kept)
{
    *kept = (struct kept){0};
    TAILQ_INIT(&kept->list);
}

static void append(struct kept *kept, PGresult *looks)
{
    struct kept_looks *last = memory_new(1, sizeof *last);
    last->looks = looks;
    TAILQ_INSERT_TAIL(&kept->list, last, link);
}

static PGresult *take_first(struct kept *kept)
{
    struct kept_looks *first = TAILQ_FIRST(&kept->list);
    if (!first)
        return NULL;
    PGresult *looks = first->looks;
    TAILQ_REMOVE(&kept->list, first, link);
    free(first);
    return looks;
}

void kept_add(struct kept *kept, PGresult *looks)
{
    kept->lines += looks_count_lines(looks);
    kept->bytes += PQresultMemorySize(looks);
    metrics_set(METRIC_KEPT_LINES, (int64_t)kept->lines);
    append(kept, looks);
    if (kept_is_full(kept))
        log_event(LOG_WARNING, "kept_full", "lines=%zu", kept->lines);
}

bool kept_is_full(const struct kept *kept)
{
    return kept->bytes >= KEPT_BYTES_MAX;
}

PGresult *kept_next(struct kept *kept)
{
    if (kept->logging || clock_ms() < kept->retry_ms)
        return NULL;
    PGresult *looks = take_first(kept);
    kept->logging = looks;
    return looks;
}

void kept_logged(struct kept *kept, PGresult *looks, bool logged)
{
    kept->logging = false;
    if (!logged) {
        kept->retry_ms = clock_ms() + RETRY_MS;
        append(kept, looks);
        return;
    }
    kept->lines -= looks_count_lines(looks);
    kept->bytes -= PQresultMemorySize(looks);
    metrics_set(METRIC_KEPT_LINES, (int64_t)kept->lines);
    PQclear(looks);
}

void kept_clear(struct kept *kept)
{
    PGresult *looks;
    if (kept->lines)
        log_event(LOG_ERROR, "looks_not_logged",
                  "lines=%zu why=\"the primary did not come back; who looked stands in this log only, as "
                  "looked_without_primary\"",
                  kept->lines);
    while ((looks = take_first(kept)))
        PQclear(looks);
}
