/* The SQL of a method's calls: what the function answers, with the keys that open what is sealed; in the same
 * statement the lines of the logs, and for a write the answer that the same request_key gets again. */
#ifndef TRAJECT_STATEMENT_H
#define TRAJECT_STATEMENT_H

#include "method.h"

/* Writes call_sql and replay_sql of a method that is bound, of that function of the schema api; `logged` says
 * that it shows or changes somebody's record. */
void statement_write(struct method *method, const char *function, bool logged);

#endif
