#include "crowd.h"

enum {
    CALLS_MIN = 64, /* so many may always wait, a batch, */
    LANES_MIN = 16, /* and more of fewer lanes, which wait for nobody but themselves */
    PERIODS = 10,   /* for so long it may be too large, as when an office opens */
};

void crowd_enter(struct crowd *crowd, size_t calls, int64_t now_ms)
{
    if (!crowd->lanes++)
        crowd->since_ms = now_ms;
    crowd->calls += calls;
}

void crowd_leave(struct crowd *crowd, size_t calls)
{
    crowd->lanes--;
    crowd->calls -= calls;
}

void crowd_begin(struct crowd *crowd, int64_t period_ms, int64_t now_ms)
{
    int64_t age_ms = now_ms - crowd->period_began_ms;
    if (age_ms >= period_ms) {
        crowd->begun_before = age_ms < 2 * period_ms ? crowd->begun : 0;
        crowd->begun = 0;
        crowd->period_began_ms = now_ms;
    }
    crowd->begun++;
    crowd->begun_ms = now_ms;
}

bool crowd_is_too_large(struct crowd *crowd, int64_t period_ms, int64_t now_ms)
{
    int64_t long_ms = PERIODS * period_ms;
    size_t served = crowd->begun > crowd->begun_before ? crowd->begun : crowd->begun_before;
    /* Where nothing was begun of late the database is away, or slow, and they may wait as long as they allow.
     */
    bool too_large = crowd->lanes >= LANES_MIN && crowd->calls >= CALLS_MIN && crowd->calls >= served &&
                     now_ms - crowd->since_ms > long_ms && now_ms - crowd->begun_ms < long_ms;
    if (!too_large)
        crowd->too_large_since_ms = 0;
    else if (!crowd->too_large_since_ms)
        crowd->too_large_since_ms = now_ms;
    return too_large;
}

bool crowd_waits_too_long(struct crowd *crowd, int64_t period_ms, int64_t queued_ms, int64_t now_ms)
{
    if (!crowd_is_too_large(crowd, period_ms, now_ms))
        return false;
    int64_t since_ms = queued_ms > crowd->too_large_since_ms ? queued_ms : crowd->too_large_since_ms;
    return now_ms - since_ms > PERIODS * period_ms;
}
