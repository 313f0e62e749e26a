/* Stable names in the place of those of people, in what leaves the record: HMAC-SHA256 under a key, which is
 * thrown away after the export, or stays with who may join two of them. */
#ifndef TRAJECT_PSEUDONYM_H
#define TRAJECT_PSEUDONYM_H

#include <stdint.h>

#include "traject.pb-c.h"

enum { PSEUDONYM_KEY_BYTES = 32 };

struct pseudonyms {
    uint8_t key[PSEUDONYM_KEY_BYTES];
};

/* A new random key. */
void pseudonyms_random(struct pseudonyms *pseudonyms);

/* The key of a file: what is in it, at least PSEUDONYM_KEY_BYTES, and only its owner may read it. Returns 0,
 * or -1 with `*reason` (to free). */
int pseudonyms_load(struct pseudonyms *pseudonyms, const char *path, char **reason);

/* Puts pseudonyms in the place of numbers, names and ids, and takes a client's name away. */
void pseudonyms_case(const struct pseudonyms *pseudonyms, Traject__V1__LogCase *of);
void pseudonyms_entry(const struct pseudonyms *pseudonyms, Traject__V1__LogEntry *entry);

#endif
