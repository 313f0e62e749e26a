/* A method of the service and the SQL function behind it: which field is which argument, which
 * column is which field. Built once at start by contract.c, read by everything else. */
#ifndef TRAJECT_METHOD_H
#define TRAJECT_METHOD_H

#include <stdbool.h>

#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>

#include "labels.h"
#include "seal.h"
#include "traject.pb-c.h"

enum value_kind {
    VALUE_TEXT,
    VALUE_BOOL,
    VALUE_INT4,
    VALUE_INT8,
    VALUE_BYTES,
    VALUE_TIMESTAMP,
    VALUE_ENUM,
    VALUE_ROW,         /* a composite type */
    VALUE_SEALED,      /* text that is sealed here */
    VALUE_LABEL_TOKEN, /* of a text: by which the same label is found */
    VALUE_NAME_TOKENS, /* of the words of a text: by which a name is found */
};

struct binding {
    const ProtobufCFieldDescriptor *field;
    enum value_kind kind;
    bool optional;           /* it may be left out (field_may_be_absent) */
    char *type;              /* its name in SQL */
    Oid oid;                 /* the argument's, column's or attribute's type */
    Oid element;             /* of an array; 0 when it is none */
    enum seal_tokens tokens; /* VALUE_SEALED */
    struct labels labels;    /* VALUE_ENUM */
    struct binding *parts;   /* VALUE_ROW: its attributes, in order */
    size_t part_count;
};

/* The fields of a request that say whose record it is about. */
enum person { PERSON_CLIENT_NUMBER, PERSON_EVENT_ID, PERSON_ITEM_ID, PERSONS };
enum { NO_ARGUMENT = -1 };

/* An argument that is called like a field with this after it is made of that field too: VALUE_NAME_TOKENS. */
#define METHOD_TOKENS_ENDING "_tokens"

struct method {
    char *full_name; /* as gRPC writes it */
    const ProtobufCMessageDescriptor *input, *output;
    bool writes;
    unsigned roles; /* a bit for each Role that may call it */
    struct binding *arguments;
    size_t argument_count;
    bool seals; /* words of its request are sealed, */
    bool names; /* and it may be of somebody new */
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
