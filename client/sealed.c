#include "sealed.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

/* As it stands in the file: what it is, the salt of its key, by what the key is known, the nonce; then what
 * is sealed; then the tag, which covers the header too. */
#define MAGIC "traject waiting1"
enum {
    MAGIC_SIZE = sizeof MAGIC - 1,
    SALT_SIZE = 32,
    CHECK_SIZE = 16,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    KEY_SIZE = 32
};
enum {
    SALT_AT = MAGIC_SIZE,
    CHECK_AT = SALT_AT + SALT_SIZE,
    NONCE_AT = CHECK_AT + CHECK_SIZE,
    HEADER_SIZE = NONCE_AT + NONCE_SIZE
};

/* What the token gives for one salt: the key, and what tells whether it is the right one. */
struct derived {
    uint8_t key[KEY_SIZE], check[CHECK_SIZE];
};

/* Whoever cannot compute has no memory. */
static void must(int done)
{
    if (done != 1)
        abort();
}

static void derive(const char *token, const char *profile, uint8_t *salt, struct derived *derived)
{
    uint8_t secret[KEY_SIZE], both[KEY_SIZE + CHECK_SIZE];
    char *info;
    size_t length;
    must(OPENSSL_hexstr2buf_ex(secret, sizeof secret, &length, token, '\0'));
    if (asprintf(&info, "traject waiting %s", profile) < 0)
        abort();
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(hkdf);
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, SALT_SIZE),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info)),
        OSSL_PARAM_construct_end(),
    };
    must(EVP_KDF_derive(context, both, sizeof both, parameters));
    memcpy(derived->key, both, KEY_SIZE);
    memcpy(derived->check, both + KEY_SIZE, CHECK_SIZE);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(hkdf);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(both, sizeof both);
    free(info);
}

uint8_t *sealed_make(const char *token, const char *profile, const uint8_t *bytes, size_t length,
                     size_t *sealed_length)
{
    struct derived derived;
    int written, rest;
    *sealed_length = HEADER_SIZE + length + TAG_SIZE;
    uint8_t *sealed = malloc(*sealed_length);
    if (!sealed)
        abort();
    uint8_t *body = sealed + HEADER_SIZE;
    memcpy(sealed, MAGIC, MAGIC_SIZE);
    must(RAND_bytes(sealed + SALT_AT, SALT_SIZE));
    must(RAND_bytes(sealed + NONCE_AT, NONCE_SIZE));
    derive(token, profile, sealed + SALT_AT, &derived);
    memcpy(sealed + CHECK_AT, derived.check, CHECK_SIZE);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must(EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, derived.key, sealed + NONCE_AT));
    must(EVP_EncryptUpdate(cipher, NULL, &written, sealed, HEADER_SIZE));
    must(EVP_EncryptUpdate(cipher, body, &written, bytes, (int)length));
    must(EVP_EncryptFinal_ex(cipher, body + written, &rest));
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, body + length));
    EVP_CIPHER_CTX_free(cipher);
    OPENSSL_cleanse(&derived, sizeof derived);
    return sealed;
}

enum sealed_state sealed_open(const char *token, const char *profile, const uint8_t *sealed,
                              size_t sealed_length, uint8_t **bytes, size_t *length)
{
    if (sealed_length < HEADER_SIZE + TAG_SIZE || memcmp(sealed, MAGIC, MAGIC_SIZE) != 0)
        return SEALED_DAMAGED;
    struct derived derived;
    uint8_t salt[SALT_SIZE], tag[TAG_SIZE];
    int written, rest;
    memcpy(salt, sealed + SALT_AT, SALT_SIZE);
    derive(token, profile, salt, &derived);
    if (CRYPTO_memcmp(sealed + CHECK_AT, derived.check, CHECK_SIZE) != 0) {
        OPENSSL_cleanse(&derived, sizeof derived);
        return SEALED_OTHER_TOKEN;
    }
    *length = sealed_length - HEADER_SIZE - TAG_SIZE;
    memcpy(tag, sealed + sealed_length - TAG_SIZE, TAG_SIZE);
    uint8_t *opened = malloc(*length + 1);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (!opened)
        abort();
    must(EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, derived.key, sealed + NONCE_AT));
    must(EVP_DecryptUpdate(cipher, NULL, &written, sealed, HEADER_SIZE));
    must(EVP_DecryptUpdate(cipher, opened, &written, sealed + HEADER_SIZE, (int)*length));
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag));
    bool whole = EVP_DecryptFinal_ex(cipher, opened + written, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    OPENSSL_cleanse(&derived, sizeof derived);
    if (!whole) {
        OPENSSL_cleanse(opened, *length);
        free(opened);
        return SEALED_DAMAGED;
    }
    *bytes = opened;
    return SEALED_OPENED;
}
