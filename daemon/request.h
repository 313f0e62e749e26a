/* A request becomes a call. */
#ifndef TRAJECT_REQUEST_H
#define TRAJECT_REQUEST_H

#include "connection.h"
#include "traject.pb-c.h"

/* Checks it and gives it to the pool, or answers it at once. The request stays the caller's. */
void request_take(struct connection *connection, const Traject__V1__Request *request);

#endif
