/* Looks after the connections of clients from time to time. */
#ifndef TRAJECT_JANITOR_H
#define TRAJECT_JANITOR_H

#include <stdint.h>

struct server;

/* Answers what is late, closes those that do not go on, and frees those that are gone. */
void janitor_tick(struct server *server, int64_t now_ms);

#endif
