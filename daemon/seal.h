/* Names and words are sealed here, each person's under a key of their own (AES-256-GCM, NIST SP 800-38D), and
 * that key under the master key. A dump of the database tells neither.
 *
 * Sealed:  1 byte version (1), 16 the person's key id, 2 how many characters, 1 how many tokens, 8 each
 * token, 12 nonce, the sealed text, 16 tag; all before the nonce is authenticated with it. Wrapped: 8 bytes
 * id of the master key, 12 nonce, 32 the sealed key, 16 tag; the person's key id is authenticated with it, so
 * that no key can be put in another one's place. */
#ifndef TRAJECT_SEAL_H
#define TRAJECT_SEAL_H

#include <stdbool.h>

#include <openssl/types.h>

#include "keys.h"
#include "memory.h"
#include "status.h"

enum {
    PERSON_KEY_ID_BYTES = 16,
    WRAPPED_BYTES = MASTER_ID_BYTES + 12 + KEY_BYTES + 16,
    TOKEN_BYTES_SEALED = 8,
};

struct person_key {
    uint8_t id[PERSON_KEY_ID_BYTES];
    uint8_t secret[KEY_BYTES];
};

/* By what the sealed text can be found again. */
enum seal_tokens {
    SEAL_NOTHING,
    SEAL_LABEL, /* the whole */
    SEAL_NAME,  /* the whole, and the beginnings of its words */
};

/* A new random key; wipe it when done. */
void seal_new_key(struct person_key *key);

void seal_wrap(const struct master *master, const struct person_key *key, uint8_t wrapped[WRAPPED_BYTES]);

/* Returns 0 and the secret of the key whose id is set, or -1: UNAVAILABLE when this daemon lacks the master
 * key, DATA_LOSS when it does not fit. */
int seal_unwrap(const struct keys *keys, const uint8_t wrapped[WRAPPED_BYTES], struct person_key *key,
                struct status *status);

/* Appends the sealed form of a text, which is not empty, to `sealed`. */
void seal_text(const struct keys *keys, int64_t municipality_id, const struct person_key *key,
               enum seal_tokens tokens, const char *text, size_t length, struct bytes *sealed);

/* What one reply's texts are opened with: the keys that the database hands out with it, one after another by
 * their ids, each PERSON_KEY_ID_BYTES of id and WRAPPED_BYTES of key. Mostly the next text is about the same
 * person, so that key need not be unwrapped again. Set `keys` and what was handed out, which is not copied,
 * and zero the rest to begin; clear it, which wipes the key, when the reply is made. */
struct opener {
    const struct keys *keys;
    const uint8_t *handed_out;
    size_t handed_out_length;
    EVP_CIPHER_CTX *cipher;
    bool has_key; /* the cipher holds the key of this id */
    uint8_t id[PERSON_KEY_ID_BYTES];
};

void opener_clear(struct opener *opener);

/* Appends the text of what is sealed; "(erased)" when zeros were handed out for its key, which was destroyed.
 * Returns 0, or -1 as seal_unwrap does, and with DATA_LOSS when its key was not handed out. */
int seal_open(struct opener *opener, const void *sealed, size_t length, struct bytes *text,
              struct status *status);

/* The token of a label. */
void seal_label(const struct keys *keys, int64_t municipality_id, const char *text, size_t length,
                uint8_t token[TOKEN_BYTES_SEALED]);

/* Calls `found` with the token of each word that is looked for. */
void seal_words(const struct keys *keys, int64_t municipality_id, const char *text, size_t length,
                void (*found)(void *context, const uint8_t token[TOKEN_BYTES_SEALED]), void *context);

/* A digest by which the same body is recognised and which tells nothing to who lacks the keys. */
void seal_digest(const struct keys *keys, const void *body, size_t length, uint8_t digest[32]);

#endif
