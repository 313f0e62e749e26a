/* What is answered. An answer's envelope is read without unpacking it: its body is taken out of its wrapping
 * only where somebody looks at it. */
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traject.pb-c.h"

struct answer {
    uint64_t id;
    bool more;
    const uint8_t *status, *body; /* within the frame; NULL when absent */
    size_t status_length, body_length;
};

/* Returns -1 when the bytes are no Response. */
int answer_read(const uint8_t *bytes, size_t length, struct answer *answer);

/* An OK answer's Status is absent. Returns NULL, or what was refused, for free(). */
char *answer_refusal(const struct answer *answer);

/* Whether that says that the server has more to do than it can. */
bool answer_refusal_is_of_overload(const char *refusal);

/* How many rows of the reply of that method of Traject the body holds: of a reply that is one row, 1. -1 when
 * it is no such reply. */
int answer_rows(const struct answer *answer, const char *method);

#endif
