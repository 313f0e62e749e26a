/* The SQL of a method's calls: what the function answers, each row as one record (daemon/record.h); in the
 * same statement what the logs are told, and for a write the answer that the same request_key gets again. An
 * answer that is logged has one more row at its end, in whose last column stand the keys that open what is
 * sealed in the others (sql/session/look.sql): a union appends it, so it comes last, and when the others are
 * made. */
#ifndef TRAJECT_STATEMENT_H
#define TRAJECT_STATEMENT_H

#include "method.h"

/* Writes call_sql and replay_sql of a method that is bound, of that function of the schema api; `logged` says
 * that it shows or changes somebody's record. */
void statement_write(struct method *method, const char *function, bool logged);

#endif
