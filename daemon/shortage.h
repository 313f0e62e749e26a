/* Keeps what the daemon holds under `memory_max` of the configuration, whoever sends much or does not read.
 * Over five eighths of it whoever holds much is read from no more, so that the others go on; when that does
 * not help, those that hold most are closed. */
#ifndef TRAJECT_SHORTAGE_H
#define TRAJECT_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct server;

struct shortage {
    size_t program;    /* bytes of the program and its libraries, */
    size_t in_use;     /* and with all that is allocated, when last measured */
    int64_t again_ms;  /* when it is to be measured again */
    int64_t since_ms;  /* when it became short; 0 while it is not */
    int64_t closed_ms; /* when it last closed some */
    bool holds_up;     /* connections that are to be read from again when it is over */
};

/* Before the first connection. */
void shortage_start(struct server *server);

/* Whether the connection is to send nothing more for now. */
bool shortage_holds_up(const struct connection *connection);

/* Whether there is room for one connection or request more. */
bool shortage_has_room(struct server *server);

/* The janitor's tick: closes who holds most when it stays short, and reads on when it is over. */
void shortage_tick(struct server *server, int64_t now_ms);

#endif
