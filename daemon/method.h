/* A method of the service and the SQL function behind it: which field is which argument, which
 * column is which field. Built once at start by contract.c, read by everything else. */
#ifndef TRAJECT_METHOD_H
#define TRAJECT_METHOD_H

#include <stdbool.h>

#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>

#include "traject.pb-c.h"

enum value_kind {
    VALUE_TEXT,
    VALUE_BOOL,
    VALUE_INT4,
    VALUE_INT8,
    VALUE_BYTES,
    VALUE_TIMESTAMP,
    VALUE_ENUM,
    VALUE_ROW, /* a composite type */
};

struct binding {
    const ProtobufCFieldDescriptor *field;
    enum value_kind kind;
    Oid oid;               /* the argument's, column's or attribute's type */
    Oid element;           /* of an array; 0 when it is none */
    char **words;          /* VALUE_ENUM: PostgreSQL's label of each of the descriptor's values, by index */
    struct binding *parts; /* VALUE_ROW: its attributes, in order */
    size_t part_count;
};

/* The fields of a request that say whose record it is about. */
enum person { PERSON_CLIENT_NUMBER, PERSON_EVENT_ID, PERSON_ITEM_ID, PERSONS };
enum { NO_ARGUMENT = -1 };

struct method {
    char *full_name; /* as gRPC writes it */
    const ProtobufCMessageDescriptor *input, *output;
    bool writes;
    unsigned roles; /* a bit for each Role that may call it */
    struct binding *arguments;
    size_t argument_count;
    struct binding *columns;
    size_t column_count;
    int persons[PERSONS];                 /* the arguments that say so, or NO_ARGUMENT */
    const ProtobufCFieldDescriptor *rows; /* the reply's one repeated message, a row each; or NULL */
    /* A watch: its argument resume_after, and the columns of its last row that say how far it came and
     * whether there is more already. */
    bool watches;
    size_t resume_after, position, more;
    /* Prepared on every database connection under these names. A write's call takes three more
     * parameters: request_key uuid, method text, body_sha256 bytea; its replay takes the first. */
    char *call_sql, *call_name;
    char *replay_sql, *replay_name; /* NULL for a read */
};

#endif
