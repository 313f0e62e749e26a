/* Hears from PostgreSQL that something was recorded, by whatever daemon, and sees to it that the passings of
 * the contact rhythm are recorded when their moment comes. Over one connection of its own. */
#ifndef TRAJECT_LISTENER_H
#define TRAJECT_LISTENER_H

#include <stdint.h>

#include <event2/event.h>

struct listener;

/* What was recorded in that municipality can be told now: every transaction that could still come before it
 * has ended. 0 stands for all municipalities. */
typedef void (*listener_heard)(void *context, int64_t municipality_id);

struct listener *listener_new(struct event_base *base, const char *conninfo, listener_heard heard,
                              void *context);

/* The janitor's tick: gives up on a server that has gone silent. */
void listener_tick(struct listener *listener, int64_t now_ms);

void listener_free(struct listener *listener);

#endif
