/* Entries on their way into traject.event: sealed, chained, and sent. */
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

#include "client.h"

struct events;

struct events *events_new(const struct keys *keys, struct copy *copy);
void events_free(struct events *events);

/* The next entry of a client's chain, which has its number. */
void events_add(struct events *events, const struct municipality *municipality, struct client *client,
                struct entry *entry, struct random *random);

#endif
