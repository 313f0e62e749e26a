#include "head.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h>

/* What OpenSSL cannot do any more when memory is gone: then going on would sign or tell what is not so. */
static void demand(int done)
{
    if (done != 1)
        abort();
}

void head_hex(const uint8_t *bytes, size_t length, char *text)
{
    for (size_t i = 0; i < length; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
}

bool head_bytes(const char *text, uint8_t *bytes, size_t length)
{
    if (strlen(text) != 2 * length || strspn(text, "0123456789abcdef") != 2 * length)
        return false;
    for (size_t i = 0; i < length; i++)
        sscanf(text + 2 * i, "%2hhx", &bytes[i]);
    return true;
}

bool head_read(const char *statement, struct head *head)
{
    int end = 0;
    return sscanf(statement,
                  "municipality=%" SCNd64 " head=%" SCNd64 " made_at=%*s trajectories=%*d entries=%*d "
                  "digest=%64[0-9a-f] name=%n",
                  &head->municipality_id, &head->head_id, head->digest, &end) == 3 &&
           end > 0 && strlen(head->digest) == HEAD_HEX - 1;
}

bool head_split(char *line, uint8_t signature[SIGNATURE_BYTES])
{
    static const char mark[] = " signature=";
    size_t length = strlen(line), tail = sizeof mark - 1 + SIGNATURE_HEX - 1;
    if (length < tail || strncmp(line + length - tail, mark, sizeof mark - 1) != 0 ||
        !head_bytes(line + length - (SIGNATURE_HEX - 1), signature, SIGNATURE_BYTES))
        return false;
    line[length - tail] = '\0';
    return true;
}

EVP_PKEY *head_signing_key(const char *option, const char *path, struct status *status)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        status_set(status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "%s %s: %m", option, path);
        return NULL;
    }
    /* An empty password: a key that is encrypted is refused instead of asked for. */
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, "");
    struct stat about;
    bool fits = key && EVP_PKEY_is_a(key, "ED25519");
    bool is_open = fstat(fileno(file), &about) == 0 && (about.st_mode & S_IRWXO);
    fclose(file);
    if (fits && !is_open)
        return key;
    EVP_PKEY_free(key);
    if (fits)
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                   "%s %s can be read by everybody on this machine; chmod 600 it", option, path);
    else
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                   "%s %s holds no Ed25519 key in PEM; make one with: openssl genpkey -algorithm ed25519",
                   option, path);
    return NULL;
}

int head_read_signers(const char *option, const char *path, struct signers *signers, struct status *status)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return status_set(status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "%s %s: %m", option, path);
    EVP_PKEY *key;
    bool fit = true;
    *signers = (struct signers){0};
    while (fit && signers->count < SIGNERS_MAX && (key = PEM_read_PUBKEY(file, NULL, NULL, NULL))) {
        fit = EVP_PKEY_is_a(key, "ED25519");
        signers->keys[signers->count++] = key;
    }
    fclose(file);
    if (fit && signers->count)
        return 0;
    head_clear_signers(signers);
    return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                      "%s %s holds no Ed25519 key in PEM, or another one too; make it with: openssl pkey "
                      "-in KEY -pubout",
                      option, path);
}

bool head_has_signer(const struct signers *signers, const EVP_PKEY *key)
{
    for (int i = 0; i < signers->count; i++) {
        if (EVP_PKEY_eq(signers->keys[i], key) == 1)
            return true;
    }
    return false;
}

void head_clear_signers(struct signers *signers)
{
    for (int i = 0; i < signers->count; i++)
        EVP_PKEY_free(signers->keys[i]);
    signers->count = 0;
}

void head_sign(EVP_PKEY *key, const char *statement, uint8_t signature[SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = SIGNATURE_BYTES;
    demand(EVP_DigestSignInit(context, NULL, NULL, NULL, key));
    demand(EVP_DigestSign(context, signature, &length, (const uint8_t *)statement, strlen(statement)));
    demand(length == SIGNATURE_BYTES);
    EVP_MD_CTX_free(context);
}

bool head_is_signed(const struct signers *signers, const char *statement, const uint8_t *signature,
                    size_t length)
{
    bool is = false;
    for (int i = 0; i < signers->count && !is; i++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        is = EVP_DigestVerifyInit(context, NULL, NULL, NULL, signers->keys[i]) == 1 &&
             EVP_DigestVerify(context, signature, length, (const uint8_t *)statement, strlen(statement)) == 1;
        EVP_MD_CTX_free(context);
    }
    return is;
}

void head_digest_begin(EVP_MD_CTX *digest, const uint8_t previous[CHAIN_BYTES])
{
    demand(EVP_DigestInit_ex(digest, EVP_sha256(), NULL));
    demand(EVP_DigestUpdate(digest, previous, CHAIN_BYTES));
}

void head_digest_add(EVP_MD_CTX *digest, int64_t trajectory_id, int64_t sequence,
                     const uint8_t chained[CHAIN_BYTES])
{
    uint64_t numbers[] = {htobe64((uint64_t)trajectory_id), htobe64((uint64_t)sequence)};
    demand(EVP_DigestUpdate(digest, numbers, sizeof numbers));
    demand(EVP_DigestUpdate(digest, chained, CHAIN_BYTES));
}

void head_digest_end(EVP_MD_CTX *digest, uint8_t made[CHAIN_BYTES])
{
    demand(EVP_DigestFinal_ex(digest, made, NULL));
}
