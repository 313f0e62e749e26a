/* What is entered while the server cannot be reached, and what becomes of it. */
#ifndef TRAJECT_OFFLINE_H
#define TRAJECT_OFFLINE_H

#include "command.h"

/* Puts a request that could not be sent, of a command that may wait, into the queue of the session's profile,
 * and says so; when it cannot be kept, why. `why` it could not be sent is cleared. */
enum exit_code offline_keep(const struct session *session, const struct command *command,
                            const ProtobufCMessage *request, const char *key, struct traject_error *why);

/* Sends what waits for the server, in its order, and says on standard error what became of it. */
void offline_send(const char *profile, struct traject *traject);

#endif
