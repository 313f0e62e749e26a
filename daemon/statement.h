/* The SQL of a method's calls: what the function answers, each row as one record (daemon/record.h); in the
 * same statement what the logs are told, and for a write the answer that the same request_key gets again.
 * Beside its record, the first row of an answer that is logged has the keys that open what is sealed in all
 * of it (sql/session/look.sql); without any row to answer there is one in which all is null. */
#ifndef TRAJECT_STATEMENT_H
#define TRAJECT_STATEMENT_H

#include "method.h"

/* Writes call_sql and replay_sql of a method that is bound, of that function of the schema api; `logged` says
 * that it shows or changes somebody's record. */
void statement_write(struct method *method, const char *function, bool logged);

#endif
