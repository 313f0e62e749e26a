/* Whether more ask than are served, so that the queue would only grow: those of one municipality that wait
 * for one server. Then no more wait than were begun in a period, so that who is let in waits little longer
 * than that. Who does not read what was answered waits for nobody else, and watchers ask while there is room:
 * of both nothing is counted. Internal to the queue. */
#ifndef TRAJECT_CROWD_H
#define TRAJECT_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crowd {
    size_t lanes, calls;        /* that wait */
    int64_t since_ms;           /* when a call waited that still does, or has been followed by others */
    int64_t too_large_since_ms; /* 0 when it is not */
    int64_t begun_ms;           /* when a call was last begun */
    int64_t period_began_ms;    /* how many were begun since, */
    size_t begun, begun_before; /* and in the period before */
};

/* A lane comes with its calls, or goes with those it came with. */
void crowd_enter(struct crowd *crowd, size_t calls, int64_t now_ms);
void crowd_leave(struct crowd *crowd, size_t calls);

/* A call is begun. */
void crowd_begin(struct crowd *crowd, int64_t period_ms, int64_t now_ms);

/* Asked for each call that comes or is begun, it knows since when it was so. */
bool crowd_is_too_large(struct crowd *crowd, int64_t period_ms, int64_t now_ms);

/* Whether a call was let in before it was known how many others would come, and waits for too long now. */
bool crowd_waits_too_long(struct crowd *crowd, int64_t period_ms, int64_t queued_ms, int64_t now_ms);

#endif
