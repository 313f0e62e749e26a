/* The chain of a trajectory's entries, as sql/schema/015_chain.sql defines it, computed from rows of
 * traject.event in libpq's binary format. No function of the database has a part in it. */
#ifndef TRAJECT_CHAIN_H
#define TRAJECT_CHAIN_H

#include <libpq-fe.h>
#include <stdint.h>

enum { CHAIN_BYTES = 32, KEY_ID_BYTES = 16 };

struct chain;

/* For rows with the columns of `entries`: those of the table, and what is listed in chain.c as outside of it.
 */
struct chain *chain_new(const PGresult *entries);
void chain_free(struct chain *chain);

/* What the chain of a trajectory begins with: whose it is. `key_id` is NULL when the client has none. */
void chain_origin(struct chain *chain, int64_t municipality_id, int64_t trajectory_id, int64_t client_id,
                  const uint8_t *key_id, uint8_t origin[CHAIN_BYTES]);

/* The hash of an entry, after the one before it; `previous` may be `computed`. */
void chain_link(struct chain *chain, const PGresult *entries, int row, const uint8_t previous[CHAIN_BYTES],
                uint8_t computed[CHAIN_BYTES]);

#endif
