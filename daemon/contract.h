/* The agreement between proto/traject.proto and the database: every rpc has its function, with the
 * same names and types. Held against pg_proc once, at start. */
#ifndef TRAJECT_CONTRACT_H
#define TRAJECT_CONTRACT_H

#include "keys.h"
#include "method.h"
#include "status.h"

struct contract {
    struct method *methods;
    size_t method_count;
    struct constraint_words {
        char *constraint;
        char *words; /* its comment: the rule in one line for people */
    } * constraints;
    size_t constraint_count;
};

/* Connects with `conninfo` and reads; blocks, so only before the event loop runs. Returns 0 and a
 * contract to free, or -1 with every mismatch in the status message, a line each; also when `keys` are not
 * those of this database. */
int contract_load(const char *conninfo, const struct keys *keys, struct contract **contract,
                  struct status *status);

/* The method of that full name, or NULL. */
const struct method *contract_method(const struct contract *contract, const char *full_name);

/* The words for a violated constraint, or NULL when nobody wrote any. */
const char *contract_constraint(const struct contract *contract, const char *constraint);

void contract_free(struct contract *contract);

#endif
