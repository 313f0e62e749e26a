/* What an operator's programs ask the daemon over HTTP, on the loopback or a unix socket: /metrics, in
 * Prometheus' text format; /healthz, whether its loop lives; /readyz, whether it can answer. No answer takes
 * the database, and none waits: a peer that sends or reads slowly is hung up on, and so many as it has room
 * for are served at a time. */
#ifndef TRAJECT_MONITOR_H
#define TRAJECT_MONITOR_H

#include <stdint.h>

#include "status.h"

struct monitor;
struct server;

/* Listens where the configuration's `metrics` says. Returns NULL with the status when it cannot. */
struct monitor *monitor_new(struct server *server, struct status *status);

/* The janitor's tick. */
void monitor_tick(struct monitor *monitor, int64_t now_ms);

void monitor_free(struct monitor *monitor);

#endif
