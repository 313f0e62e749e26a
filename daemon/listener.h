/* Hears from PostgreSQL that something was recorded or tokens were changed, by whatever daemon, and sees to
 * it that the passings of the contact rhythm are recorded when their moment comes. Over one connection of its
 * own. */
#ifndef TRAJECT_LISTENER_H
#define TRAJECT_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "memory.h"

struct listener;

struct listener_events {
    /* What was recorded in that municipality can be told now: every transaction that could still come before
     * it has ended. 0 stands for all municipalities. */
    void (*recorded)(void *context, int64_t municipality_id);
    /* Appends the SHA-256 of each token that is in use; the database is asked which of them have ended. */
    void (*tokens_in_use)(void *context, struct bytes *tokens);
    /* That token opens nothing any more. */
    void (*token_ended)(void *context, const uint8_t *token_sha256);
    /* The key file was changed, or may have been, and is to be read again. */
    void (*keys_changed)(void *context);
};

/* `name` is what the database shows as the connection's name. */
struct listener *listener_new(struct event_base *base, const char *conninfo, const char *name,
                              const struct listener_events *events, void *context);

/* Connects again under another name. */
void listener_rename(struct listener *listener, const char *name);

/* Asks after the tokens in use as soon as the connection is free; happens by itself when tokens were changed,
 * and when the connection was away and nothing could be heard. */
void listener_check_tokens(struct listener *listener);

/* Loses a server that is taken for away. */
void listener_give_up(struct listener *listener);

/* Whether it hears: it is connected, and has asked to be told. */
bool listener_listens(const struct listener *listener);

/* The janitor's tick: gives up on a server that has gone silent. */
void listener_tick(struct listener *listener, int64_t now_ms);

void listener_free(struct listener *listener);

#endif
