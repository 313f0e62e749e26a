/* Whether PostgreSQL is there at all: over a connection of its own, on which nothing else waits for a lock,
 * the disk or a standby. Internal to the pool. */
#ifndef TRAJECT_PROBE_H
#define TRAJECT_PROBE_H

#include <stdint.h>

#include <event2/event.h>

struct probe;

struct probe *probe_new(struct event_base *base, const char *conninfo);

/* Asks, unless an answer is owed already. */
void probe_ask(struct probe *probe);

/* For how long the server has owed an answer, or a word to who connects; 0 when it owes none. */
int64_t probe_silent_ms(const struct probe *probe, int64_t now_ms);

/* Connects anew, to the next server if there are several. */
void probe_give_up(struct probe *probe);

/* Gives up on an attempt to connect that takes too long. */
void probe_tick(struct probe *probe, int64_t now_ms);

void probe_free(struct probe *probe);

#endif
