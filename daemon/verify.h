/* `trajectd verify`: are the entries of all municipalities as they were recorded, none changed, none left
 * out. */
#ifndef TRAJECT_VERIFY_H
#define TRAJECT_VERIFY_H

#include "config.h"

/* Says on standard output what does not fit, of each trajectory the first entry, or else what was verified.
 * `heads` is a file of signed heads; NULL for the configuration's. Returns the exit code, or -1 with the
 * status. */
int verify_run(const struct config *config, const char *heads, struct status *status);

#endif
