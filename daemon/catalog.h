/* What the database says of itself at the start, for the contract: its functions, types and rules. */
#ifndef TRAJECT_CATALOG_H
#define TRAJECT_CATALOG_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "keys.h"
#include "memory.h"
#include "status.h"

/* Columns of `functions` and `rows`. */
enum { F_OID, F_NAME, F_WRITES, F_VOID, F_ARGUMENT, F_MODE, F_DEFAULT, F_TYPE_OID, F_ELEMENT, F_TYPE };
enum { R_NAME, R_ATTRIBUTE, R_TYPE_OID, R_ELEMENT, R_TYPE };

struct catalog {
    PGresult *functions, *enums, *rows, *access, *activities, *constraints;
    bool other_version; /* its functions are not those of this daemon's version, though they may fit */
    struct bytes mismatches;
};

/* Fills a zeroed catalog, to clear either way. Returns 0, or -1 with the status; also when its schema
 * is another version's, names and words stand there in clear, or are sealed with other keys. Blocks. */
int catalog_read(const char *conninfo, const struct keys *keys, struct catalog *catalog,
                 struct status *status);
void catalog_clear(struct catalog *catalog);

#endif
