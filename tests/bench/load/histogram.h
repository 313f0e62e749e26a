/* How long things took, in buckets that are 1/64 of a power of two wide: a percentile is off by 0.8 % at
 * most. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 6,   /* of a value, after its first, that choose its bucket */
    HISTOGRAM_LIMIT = 40, /* what is over 2^40 ns, a quarter of an hour, counts as that */
    HISTOGRAM_BUCKETS = (HISTOGRAM_LIMIT - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t ns);
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* What so large a part of all values is at most, 0.99 for the 99th percentile; 0 of none. */
int64_t histogram_percentile(const struct histogram *histogram, double part);

#endif
