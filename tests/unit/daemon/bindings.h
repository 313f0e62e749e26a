/* A method bound as the contract would bind it, without a database: type ids are PostgreSQL's own
 * for the built-in types and made up for the others. Shared with the fuzz target. */
#ifndef TRAJECT_BINDINGS_H
#define TRAJECT_BINDINGS_H

#include "method.h"

enum { MADE_UP_OID = 100001 };

void bindings_make(struct method *method, const ProtobufCMethodDescriptor *descriptor, bool writes);
void bindings_free(struct method *method);

/* Rows as a call of the method answers them, each one record; of rows that hold its columns one by one,
 * perhaps followed by the keys. To clear. */
PGresult *bindings_records(const struct method *method, const PGresult *rows);

#endif
