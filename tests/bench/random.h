/* Numbers that look random and are the same from the same seed: SplitMix64 (Steele, Lea, Flood 2014). */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

/* From `least` to before `below`. */
static inline int64_t random_between(struct random *random, int64_t least, int64_t below)
{
    return least + (int64_t)(random_next(random) % (uint64_t)(below - least));
}

static inline bool random_percent(struct random *random, int percent)
{
    return random_between(random, 0, 100) < percent;
}

#endif
