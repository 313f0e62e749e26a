/* The failed authentications of the last minute, by where they came from and by how the token began. Of a
 * fixed size: when many fail, those who failed least and longest ago are forgotten first. */
#ifndef TRAJECT_FAILURES_H
#define TRAJECT_FAILURES_H

#include <stdint.h>

#include "peer.h"

enum {
    FAILURES_OF_ADDRESS_MAX = 30,
    FAILURES_OF_PREFIX_MAX = 10,
    FAILURES_WINDOW_MS = 60000, /* from the first failure on; then it is as if there had been none */
    TOKEN_PREFIX_BYTES = 4,
};

struct failures;

struct failures *failures_new(void);
void failures_free(struct failures *failures);

/* In how many milliseconds somebody from there may try a token that begins like that; 0 for now. An address
 * waits when many of its own tokens failed. While many that begin like that one failed, from wherever, an
 * address waits when one of its own failed: so who holds the right token is never kept out by failures
 * elsewhere. */
int64_t failures_wait_ms(const struct failures *failures, const struct address *address,
                         const uint8_t prefix[TOKEN_PREFIX_BYTES], int64_t now_ms);

/* Such a token failed. */
void failures_note(struct failures *failures, const struct address *address,
                   const uint8_t prefix[TOKEN_PREFIX_BYTES], int64_t now_ms);

#endif
