/* Seals what was written before names and words were sealed. */
#ifndef TRAJECT_SEAL_OLD_H
#define TRAJECT_SEAL_OLD_H

#include "config.h"
#include "status.h"

/* Gives a key to each person who has none, seals the name and the words about them, and chains the timelines
 * anew: all in one transaction, so a run that is cut off has done nothing. Then has the tables written anew,
 * whose files still hold what stood there; a run that finds that done does nothing. No daemon may run
 * meanwhile. `conninfo` is a superuser's. Returns the process's exit code, or -1 with the status. */
int seal_old_run(const struct config *config, const char *conninfo, struct status *status);

#endif
