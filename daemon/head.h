/* The signed head of a municipality's chains. A head says where the chains stood that had grown since the
 * head before it, by a digest:
 *
 *   SHA-256(the digest before it, or 32 zero bytes for the first
 *           || trajectory_id || sequence || chained, for each of these, in the order of trajectory_id)
 *
 * the numbers being 8 bytes, the most significant first. So a head vouches for those before it too, and can
 * be checked when entries were added since. What is signed (Ed25519) is a statement, a line of text:
 *
 *   municipality=1 head=3 made_at=2026-11-24T23:40:00Z trajectories=12 entries=345 digest=<64 hexadecimal>
 * name="..."
 *
 * and " signature=<128 hexadecimal>" after it makes it the line of the file outside of the database. */
#ifndef TRAJECT_HEAD_H
#define TRAJECT_HEAD_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain.h"
#include "status.h"

enum { SIGNATURE_BYTES = 64, HEAD_HEX = 2 * CHAIN_BYTES + 1, SIGNATURE_HEX = 2 * SIGNATURE_BYTES + 1 };

struct head {
    int64_t municipality_id, head_id;
    char digest[HEAD_HEX];
};

/* What a statement says; false when it is none. */
bool head_read(const char *statement, struct head *head);

/* Splits a line of the file, in place, into the statement and its signature; false when it is no such line.
 */
bool head_split(char *line, uint8_t signature[SIGNATURE_BYTES]);

/* An Ed25519 key, PEM, to free; NULL with the status. `option` is the configuration's, for the message. */
EVP_PKEY *head_signing_key(const char *option, const char *path, struct status *status);

/* Whose signatures hold: the Ed25519 keys of a PEM file, the present one and those from before. */
enum { SIGNERS_MAX = 16 };
struct signers {
    EVP_PKEY *keys[SIGNERS_MAX];
    int count;
};

/* Returns 0 and `signers` to clear, or -1 with the status. */
int head_read_signers(const char *option, const char *path, struct signers *signers, struct status *status);
bool head_has_signer(const struct signers *signers, const EVP_PKEY *key);
void head_clear_signers(struct signers *signers);

void head_sign(EVP_PKEY *key, const char *statement, uint8_t signature[SIGNATURE_BYTES]);
bool head_is_signed(const struct signers *signers, const char *statement, const uint8_t *signature,
                    size_t length);

void head_digest_begin(EVP_MD_CTX *digest, const uint8_t previous[CHAIN_BYTES]);
void head_digest_add(EVP_MD_CTX *digest, int64_t trajectory_id, int64_t sequence,
                     const uint8_t chained[CHAIN_BYTES]);
void head_digest_end(EVP_MD_CTX *digest, uint8_t made[CHAIN_BYTES]);

/* Bytes in hexadecimal, ended by a zero byte: twice as many, and one. */
void head_hex(const uint8_t *bytes, size_t length, char *text);
bool head_bytes(const char *text, uint8_t *bytes, size_t length);

#endif
