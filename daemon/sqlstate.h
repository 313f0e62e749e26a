/* PostgreSQL's error codes (manual, appendix A) as gRPC statuses. */
#ifndef TRAJECT_SQLSTATE_H
#define TRAJECT_SQLSTATE_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "contract.h"
#include "status.h"

/* The result's code, "" when it is no error. Valid while the result is. */
const char *sqlstate_of(const PGresult *result);

/* The functions of sql/ raise TJ901: this request_key has its answer already. */
bool sqlstate_is_answered(const char *sqlstate);

/* It failed only because of what others did at that moment; the same again may succeed. */
bool sqlstate_is_passing(const char *sqlstate);

/* The server ends the connection. */
bool sqlstate_is_loss(const char *sqlstate);

/* Fills `status` for people, and logs what only the operator may know. `method` may be NULL; `trace_id` is
 * the call's, "" without one. */
void sqlstate_to_status(const PGresult *result, const struct contract *contract, const struct method *method,
                        const char *trace_id, struct status *status);

#endif
