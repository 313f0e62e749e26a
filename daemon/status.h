/* What a call came to: a gRPC status code, a line for people, the field at fault. Also the error
 * type of everything that can fail at start. */
#ifndef TRAJECT_STATUS_H
#define TRAJECT_STATUS_H

#include <stdarg.h>

#include "phrase.h"
#include "traject.pb-c.h"

struct status {
    Traject__V1__Code code;
    char *message;        /* UTF-8; NULL when OK; owned */
    char *field;          /* NULL when none; owned */
    struct phrase phrase; /* the message and the values in it apart; empty when there are none */
};

/* Fills `status`, which must be OK (zeroed) before; `field` may be NULL and is copied. What is no
 * UTF-8 in the message becomes U+FFFD. Returns -1, so that a failing function can return it. */
int status_set(struct status *status, Traject__V1__Code code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same of a message that SQL made: `detail` is as sql/internal/refuse.sql has it, or NULL. */
int status_refuse(struct status *status, Traject__V1__Code code, const char *field, const char *message,
                  const char *detail);

/* Says that the argument at `index` of the phrase is the enum value of that name. */
void status_name_argument(struct status *status, size_t index, const char *name);

/* Frees what it owns and makes it OK again. */
void status_clear(struct status *status);

/* gRPC's name of the code, as "NOT_FOUND". */
const char *status_name(Traject__V1__Code code);

#endif
