#include "seal.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "names.h"

enum { VERSION = 1, NONCE_BYTES = 12, TAG_BYTES = 16, HEADER_BYTES = 20, TOKENS_MAX = 255 };

/* What OpenSSL cannot do any more when memory or its random source is gone: then going on would seal badly.
 */
static void demand(int done)
{
    if (done != 1)
        abort();
}

/* ---- AES-256-GCM */

/* Finding the algorithm anew would cost more than most texts do. */
static const EVP_CIPHER *algorithm(void)
{
    static EVP_CIPHER *found;
    if (!found)
        found = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    demand(found != NULL);
    return found;
}

static EVP_CIPHER_CTX *cipher_new(void)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    demand(cipher != NULL);
    demand(EVP_CipherInit_ex(cipher, algorithm(), NULL, NULL, NULL, 0));
    return cipher;
}

static void encrypt(const uint8_t key[KEY_BYTES], const void *with, size_t with_length,
                    const uint8_t nonce[NONCE_BYTES], const void *text, size_t length, uint8_t *to)
{
    EVP_CIPHER_CTX *cipher = cipher_new();
    int done = 0;
    demand(EVP_EncryptInit_ex(cipher, NULL, NULL, key, nonce));
    demand(EVP_EncryptUpdate(cipher, NULL, &done, with, (int)with_length));
    demand(EVP_EncryptUpdate(cipher, to, &done, text, (int)length));
    demand(EVP_EncryptFinal_ex(cipher, to + done, &done));
    demand(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, to + length));
    EVP_CIPHER_CTX_free(cipher);
}

/* With the key that the cipher was given last, or another one. Returns 0, or -1 when it was not sealed with
 * that key and these bytes. */
static int decrypt(EVP_CIPHER_CTX *cipher, const uint8_t *key, const void *with, size_t with_length,
                   const uint8_t nonce[NONCE_BYTES], const uint8_t *sealed, size_t length, uint8_t *to)
{
    int done = 0;
    uint8_t tag[TAG_BYTES];
    memcpy(tag, sealed + length, TAG_BYTES);
    const OSSL_PARAM expected[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TAG_BYTES),
                                   OSSL_PARAM_END};
    demand(EVP_DecryptInit_ex2(cipher, NULL, key, nonce, expected));
    demand(EVP_DecryptUpdate(cipher, NULL, &done, with, (int)with_length));
    demand(EVP_DecryptUpdate(cipher, to, &done, sealed, (int)length));
    return EVP_DecryptFinal_ex(cipher, to + done, &done) == 1 ? 0 : -1;
}

/* ---- keys of persons */

void seal_new_key(struct person_key *key)
{
    demand(RAND_bytes(key->id, sizeof key->id));
    demand(RAND_priv_bytes(key->secret, sizeof key->secret));
}

void seal_wrap(const struct master *master, const struct person_key *key, uint8_t wrapped[WRAPPED_BYTES])
{
    uint8_t *nonce = wrapped + MASTER_ID_BYTES;
    memcpy(wrapped, master->id, MASTER_ID_BYTES);
    demand(RAND_bytes(nonce, NONCE_BYTES));
    encrypt(master->key, key->id, sizeof key->id, nonce, key->secret, KEY_BYTES, nonce + NONCE_BYTES);
}

static int unwrap(EVP_CIPHER_CTX *cipher, const struct keys *keys, const uint8_t wrapped[WRAPPED_BYTES],
                  struct person_key *key, struct status *status)
{
    const struct master *master = keys_master(keys, wrapped);
    const uint8_t *nonce = wrapped + MASTER_ID_BYTES;
    if (master && !decrypt(cipher, master->key, key->id, sizeof key->id, nonce, nonce + NONCE_BYTES,
                           KEY_BYTES, key->secret))
        return 0;
    char id[MASTER_ID_TEXT];
    keys_id_text(wrapped, id);
    if (!master)
        return status_set(
            status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
            "the words are sealed under the master key %s, which this daemon does not have yet; ask again "
            "in a moment",
            id);
    return status_set(
        status, TRAJECT__V1__CODE__DATA_LOSS, NULL,
        "the key of a person does not open under the master key %s; it was changed in the database", id);
}

int seal_unwrap(const struct keys *keys, const uint8_t wrapped[WRAPPED_BYTES], struct person_key *key,
                struct status *status)
{
    EVP_CIPHER_CTX *cipher = cipher_new();
    int failed = unwrap(cipher, keys, wrapped, key, status);
    EVP_CIPHER_CTX_free(cipher);
    return failed;
}

/* ---- tokens */

static void digest(const uint8_t key[KEY_BYTES], const void *data, size_t length, uint8_t to[32])
{
    unsigned size = 32;
    demand(HMAC(EVP_sha256(), key, KEY_BYTES, data, length, to, &size) != NULL);
}

struct tokens {
    const struct keys *keys;
    int64_t municipality_id;
    char purpose;
    void (*found)(void *context, const uint8_t token[TOKEN_BYTES_SEALED]);
    void *context;
    size_t left; /* to be made; the rest is passed over before it costs a digest */
};

/* The same name gives another token in another municipality, and as a whole another than as a word. */
static void make_token(void *context, const uint8_t *text, size_t length)
{
    struct tokens *tokens = context;
    if (!tokens->left)
        return;
    tokens->left--;
    struct bytes said = {0};
    uint8_t made[32];
    const uint64_t municipality_id = htobe64((uint64_t)tokens->municipality_id);
    bytes_append(&said, &municipality_id, sizeof municipality_id);
    bytes_append(&said, &tokens->purpose, 1);
    bytes_append(&said, text, length);
    digest(tokens->keys->index, said.data, said.length, made);
    bytes_wipe(&said);
    tokens->found(tokens->context, made);
}

static void copy_token(void *context, const uint8_t token[TOKEN_BYTES_SEALED])
{
    memcpy(context, token, TOKEN_BYTES_SEALED);
}

void seal_label(const struct keys *keys, int64_t municipality_id, const char *text, size_t length,
                uint8_t token[TOKEN_BYTES_SEALED])
{
    struct bytes folded = {0};
    struct tokens tokens = {keys, municipality_id, 'l', copy_token, token, 1};
    names_fold(text, length, &folded);
    make_token(&tokens, folded.data, folded.length);
    bytes_wipe(&folded);
}

void seal_words(const struct keys *keys, int64_t municipality_id, const char *text, size_t length,
                void (*found)(void *context, const uint8_t token[TOKEN_BYTES_SEALED]), void *context)
{
    struct bytes folded = {0};
    struct tokens tokens = {keys, municipality_id, 'w', found, context, SIZE_MAX};
    names_fold(text, length, &folded);
    names_words(&folded, make_token, &tokens);
    bytes_wipe(&folded);
}

void seal_digest(const struct keys *keys, const void *body, size_t length, uint8_t to[32])
{
    struct bytes said = {0};
    bytes_append(&said, "body", 4);
    bytes_append(&said, body, length);
    digest(keys->index, said.data, said.length, to);
    bytes_wipe(&said);
}

/* ---- texts */

static void add_token(void *context, const uint8_t token[TOKEN_BYTES_SEALED])
{
    bytes_append(context, token, TOKEN_BYTES_SEALED);
}

void seal_text(const struct keys *keys, int64_t municipality_id, const struct person_key *key,
               enum seal_tokens kind, const char *text, size_t length, struct bytes *sealed)
{
    assert(length > 0);
    size_t begin = sealed->length, characters = names_characters(text, length);
    uint16_t counted = htobe16(characters < UINT16_MAX ? (uint16_t)characters : UINT16_MAX);
    bytes_append(sealed, &(uint8_t){VERSION}, 1);
    bytes_append(sealed, key->id, sizeof key->id);
    bytes_append(sealed, &counted, sizeof counted);
    size_t count_at = sealed->length;
    bytes_append(sealed, &(uint8_t){0}, 1);
    struct tokens tokens = {keys, municipality_id, 'l', add_token, sealed, TOKENS_MAX};
    if (kind != SEAL_NOTHING) {
        struct bytes folded = {0};
        names_fold(text, length, &folded);
        make_token(&tokens, folded.data, folded.length);
        tokens.purpose = 'w';
        if (kind == SEAL_NAME)
            names_beginnings(&folded, make_token, &tokens);
        bytes_wipe(&folded);
    }
    sealed->data[count_at] = (uint8_t)(TOKENS_MAX - tokens.left);
    size_t header = sealed->length - begin;
    uint8_t *nonce = bytes_extend(sealed, NONCE_BYTES + length + TAG_BYTES);
    demand(RAND_bytes(nonce, NONCE_BYTES));
    encrypt(key->secret, sealed->data + begin, header, nonce, text, length, nonce + NONCE_BYTES);
}

static int broken(struct status *status)
{
    return status_set(status, TRAJECT__V1__CODE__DATA_LOSS, NULL,
                      "sealed words do not open; they were changed in the database");
}

enum { KEY_DESTROYED = 1 };

static int compare_ids(const void *id, const void *handed_out)
{
    return memcmp(id, handed_out, PERSON_KEY_ID_BYTES);
}

/* Has the cipher hold the key of this id, wrapped as it was handed out. */
static int take_key(struct opener *opener, const uint8_t *handed_out, struct status *status)
{
    struct person_key key;
    memcpy(key.id, handed_out, sizeof key.id);
    if (!opener->cipher)
        opener->cipher = cipher_new();
    opener->has_key =
        unwrap(opener->cipher, opener->keys, handed_out + PERSON_KEY_ID_BYTES, &key, status) == 0;
    if (opener->has_key) {
        demand(EVP_DecryptInit_ex(opener->cipher, NULL, NULL, key.secret, NULL));
        memcpy(opener->id, key.id, sizeof key.id);
    }
    OPENSSL_cleanse(&key, sizeof key);
    return opener->has_key ? 0 : -1;
}

/* Finds that key among those that were handed out. */
static int find_key(struct opener *opener, const uint8_t *id, struct status *status)
{
    static const uint8_t destroyed[WRAPPED_BYTES];
    enum { ENTRY_BYTES = PERSON_KEY_ID_BYTES + WRAPPED_BYTES };
    size_t count = opener->handed_out_length / ENTRY_BYTES;
    const uint8_t *entry = count ? bsearch(id, opener->handed_out, count, ENTRY_BYTES, compare_ids) : NULL;
    if (!entry)
        return status_set(
            status, TRAJECT__V1__CODE__DATA_LOSS, NULL,
            "words are sealed under a key that is not there; they were changed in the database");
    if (memcmp(entry + PERSON_KEY_ID_BYTES, destroyed, sizeof destroyed) == 0)
        return KEY_DESTROYED;
    return take_key(opener, entry, status);
}

int seal_open(struct opener *opener, const void *bytes, size_t length, struct bytes *text,
              struct status *status)
{
    static const char erased[] = "(erased)";
    const uint8_t *sealed = bytes;
    if (length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] != VERSION)
        return broken(status);
    size_t header = HEADER_BYTES + (size_t)TOKEN_BYTES_SEALED * sealed[HEADER_BYTES - 1];
    if (length < header + NONCE_BYTES + TAG_BYTES)
        return broken(status);
    const uint8_t *id = sealed + 1;
    if (!opener->has_key || memcmp(opener->id, id, sizeof opener->id) != 0) {
        int found = find_key(opener, id, status);
        if (found == KEY_DESTROYED)
            bytes_append(text, erased, sizeof erased - 1);
        if (found)
            return found == KEY_DESTROYED ? 0 : -1;
    }
    length -= header + NONCE_BYTES + TAG_BYTES;
    size_t begin = text->length;
    if (!decrypt(opener->cipher, NULL, sealed, header, sealed + header, sealed + header + NONCE_BYTES, length,
                 bytes_extend(text, length)))
        return 0;
    text->length = begin;
    return broken(status);
}

void opener_clear(struct opener *opener)
{
    /* Wipes the keys that it was given. */
    EVP_CIPHER_CTX_free(opener->cipher);
    *opener = (struct opener){0};
}
