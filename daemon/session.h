/* The Session service: what the daemon answers itself. */
#ifndef TRAJECT_SESSION_H
#define TRAJECT_SESSION_H

#include "connection.h"

/* Handles `call` when `method` is of Session and returns true; it may be answered on return. */
bool session_call(struct connection *connection, struct call *call, const char *method,
                  const ProtobufCBinaryData *body);

/* The database has said whose token it is, or that it is nobody's. */
void session_authenticated(struct call *call);

#endif
