/* A client with a journey, and all that follows from it: what internal.derive would make of the entries. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "caseload.h"
#include "chain.h"
#include "journey.h"
#include "seal.h"
#include "tables.h"

struct client {
    struct person_key key;
    struct journey journey;
    const struct coach *coach, *first_coach; /* of now, and who began */
    int64_t id;                              /* of the trajectory too */
    int number, employer;
    int trajectory_kind, outcome;
    /* As the chain stands while entries are written. */
    int64_t sequence;
    uint8_t chained[CHAIN_BYTES];
};

extern const char *const trajectory_kind_words[7], *const outcome_words[7];

/* Who guided at an entry's moment. */
const struct coach *client_coach_at(const struct client *client, int64_t moment);

/* NULL while it is open. */
const struct entry *client_end(const struct client *client);

/* Writes the rows of everything but the entries, once these have their numbers. `next_id` hands out numbers.
 */
void client_write(const struct client *client, const struct municipality *municipality, struct tables *tables,
                  int64_t now, int64_t *next_id);

#endif
