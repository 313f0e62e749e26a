/* `trajectd sign`: signs where the chains of each municipality stand now, in the database and in a file
 * outside of it. */
#ifndef TRAJECT_SIGN_H
#define TRAJECT_SIGN_H

#include "config.h"

/* `option` is none's. Returns the exit code, or -1 with the status. */
int sign_run(const struct config *config, const char *option, struct status *status);

#endif
