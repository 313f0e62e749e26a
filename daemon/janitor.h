/* Looks after the connections of clients from time to time. */
#ifndef TRAJECT_JANITOR_H
#define TRAJECT_JANITOR_H

#include <stdint.h>

struct server;

/* Answers what is late, closes those that do not go on, and sweeps. */
void janitor_tick(struct server *server, int64_t now_ms);

/* Frees those that are gone and have no call on the way. */
void janitor_sweep(struct server *server);

#endif
