/* PostgreSQL's error codes (manual, appendix A) as gRPC statuses. */
#ifndef TRAJECT_SQLSTATE_H
#define TRAJECT_SQLSTATE_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "contract.h"
#include "status.h"

/* The result's code, "" when it is no error; 08006 (connection failure) when libpq failed by itself, whose
 * errors have none (manual, 34.3). Valid while the result is. */
const char *sqlstate_of(const PGresult *result);

enum sqlstate_kind {
    SQLSTATE_FINAL,
    SQLSTATE_ANSWERED,  /* this request_key has its answer already */
    SQLSTATE_PASSING,   /* only because of what others did at that moment; the same again may succeed */
    SQLSTATE_LOST,      /* the server ends the connection */
    SQLSTATE_READ_ONLY, /* a primary that is none any more */
    SQLSTATE_STALE,     /* what a standby has is older than the callers allow */
    SQLSTATE_OUTDATED,  /* the functions were made anew, as by an upgrade, since the connection prepared its
                         * statements; or they lack something */
};
enum sqlstate_kind sqlstate_kind(const char *sqlstate);

/* Fills `status` for people, and logs what only the operator may know. `method` may be NULL; `trace_id` is
 * the call's, "" without one. */
void sqlstate_to_status(const PGresult *result, const struct contract *contract, const struct method *method,
                        const char *trace_id, struct status *status);

#endif
