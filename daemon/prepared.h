/* The statements that every database connection has prepared: those around a call, and each method's own. */
#ifndef TRAJECT_PREPARED_H
#define TRAJECT_PREPARED_H

#include <libpq-fe.h>

#include "contract.h"

/* Sends the connection's settings and then all of them, in pipeline mode and without a Sync. Waiting for a
 * lock may take a third of what a statement may. Returns how many results are to come, or -1 when the
 * connection is gone. */
int prepared_send(PGconn *connection, const struct contract *contract, int statement_seconds,
                  int idle_seconds);

#endif
