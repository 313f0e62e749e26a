#include "histogram.h"

static const uint64_t linear = UINT64_C(1) << (HISTOGRAM_BITS + 1);

/* Below `linear` each value has a bucket of its own; from there the first HISTOGRAM_BITS + 1 bits choose. */
static unsigned bucket_of(uint64_t value)
{
    if (value < linear)
        return (unsigned)value;
    if (value >> HISTOGRAM_LIMIT)
        return HISTOGRAM_BUCKETS - 1;
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
    return (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
}

static uint64_t middle_of(unsigned bucket)
{
    if (bucket < linear)
        return bucket;
    unsigned shift = (bucket >> HISTOGRAM_BITS) - 1;
    return ((uint64_t)(bucket - (shift << HISTOGRAM_BITS)) << shift) + (UINT64_C(1) << shift) / 2;
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
    histogram->count++;
    histogram->buckets[bucket_of(ns > 0 ? (uint64_t)ns : 0)]++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    histogram->count += other->count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

int64_t histogram_percentile(const struct histogram *histogram, double part)
{
    uint64_t passed = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        passed += histogram->buckets[i];
        if (passed && (double)passed >= part * (double)histogram->count)
            return (int64_t)middle_of(i);
    }
    return 0;
}
