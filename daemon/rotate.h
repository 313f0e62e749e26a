/* A new master key in the place of the present one, while the daemons run. */
#ifndef TRAJECT_ROTATE_H
#define TRAJECT_ROTATE_H

#include "config.h"
#include "status.h"

/* Puts a new master key first in the key file, waits until every daemon on the database has read it, wraps
 * the key of each person anew, and puts the old master key into FILE.retired. Goes on where an earlier run
 * ended. `conninfo` is a superuser's. Returns the process's exit code, having said on standard error what is
 * wrong; or -1 with the status. */
int rotate_run(const struct config *config, const char *conninfo, struct status *status);

#endif
