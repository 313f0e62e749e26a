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

/* The key file was changed and is to be read again. */
typedef void (*listener_keys_changed)(void *context);

/* `name` is what the database shows as the connection's name. */
struct listener *listener_new(struct event_base *base, const char *conninfo, const char *name,
                              listener_heard heard, listener_keys_changed keys_changed, void *context);

/* Connects again under another name. */
void listener_rename(struct listener *listener, const char *name);

/* The janitor's tick: gives up on a server that has gone silent. */
void listener_tick(struct listener *listener, int64_t now_ms);

void listener_free(struct listener *listener);

#endif
