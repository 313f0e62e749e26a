#include "failures.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "memory.h"

enum { SETS = 1024, WAYS = 8, KEY_BYTES = 16, SALT_BYTES = 16 };

struct failure {
    uint8_t key[KEY_BYTES];
    int count; /* 0: the place is free */
    int64_t since_ms;
};

/* A key can be in one of the places of its set only. */
struct failures {
    uint8_t salt[SALT_BYTES];
    struct failure sets[SETS][WAYS];
};

enum subject { SUBJECT_ADDRESS, SUBJECT_PREFIX };

struct failures *failures_new(void)
{
    struct failures *failures = memory_new(1, sizeof *failures);
    if (RAND_bytes(failures->salt, sizeof failures->salt) != 1)
        abort();
    return failures;
}

void failures_free(struct failures *failures)
{
    free(failures);
}

/* Salted, so that nobody can choose addresses or tokens that crowd others out of their set. */
static void make_key(const struct failures *failures, enum subject subject, const uint8_t *bytes,
                     size_t length, uint8_t key[SHA256_DIGEST_LENGTH])
{
    uint8_t text[SALT_BYTES + 1 + sizeof(struct address)] = {0};
    memcpy(text, failures->salt, SALT_BYTES);
    text[SALT_BYTES] = (uint8_t)subject;
    memcpy(text + SALT_BYTES + 1, bytes, length);
    SHA256(text, SALT_BYTES + 1 + length, key);
}

static size_t set_of(const uint8_t *key)
{
    return ((size_t)key[KEY_BYTES] << 8 | key[KEY_BYTES + 1]) % SETS;
}

static int count_of(const struct failure *failure, int64_t now_ms)
{
    return now_ms - failure->since_ms < FAILURES_WINDOW_MS ? failure->count : 0;
}

static const struct failure *find(const struct failures *failures, enum subject subject, const uint8_t *bytes,
                                  size_t length, int64_t now_ms)
{
    static const struct failure none;
    uint8_t key[SHA256_DIGEST_LENGTH];
    make_key(failures, subject, bytes, length, key);
    const struct failure *set = failures->sets[set_of(key)];
    for (size_t i = 0; i < WAYS; i++) {
        if (count_of(&set[i], now_ms) && memcmp(set[i].key, key, KEY_BYTES) == 0)
            return &set[i];
    }
    return &none;
}

static void note(struct failures *failures, enum subject subject, const uint8_t *bytes, size_t length,
                 int64_t now_ms)
{
    uint8_t key[SHA256_DIGEST_LENGTH];
    make_key(failures, subject, bytes, length, key);
    struct failure *set = failures->sets[set_of(key)], *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        int count = count_of(&set[i], now_ms), least = count_of(place, now_ms);
        if (count && memcmp(set[i].key, key, KEY_BYTES) == 0) {
            set[i].count++;
            return;
        }
        if (count < least || (count == least && set[i].since_ms < place->since_ms))
            place = &set[i];
    }
    memcpy(place->key, key, KEY_BYTES);
    place->count = 1;
    place->since_ms = now_ms;
}

int64_t failures_wait_ms(const struct failures *failures, const struct address *address,
                         const uint8_t prefix[TOKEN_PREFIX_BYTES], int64_t now_ms)
{
    const struct failure *of_address =
        find(failures, SUBJECT_ADDRESS, address->bytes, sizeof address->bytes, now_ms);
    const struct failure *of_prefix = find(failures, SUBJECT_PREFIX, prefix, TOKEN_PREFIX_BYTES, now_ms);
    int64_t address_ms = of_address->since_ms + FAILURES_WINDOW_MS - now_ms;
    int64_t prefix_ms = of_prefix->since_ms + FAILURES_WINDOW_MS - now_ms;
    if (of_address->count >= FAILURES_OF_ADDRESS_MAX)
        return address_ms;
    if (of_address->count && of_prefix->count >= FAILURES_OF_PREFIX_MAX)
        return address_ms < prefix_ms ? address_ms : prefix_ms;
    return 0;
}

void failures_note(struct failures *failures, const struct address *address,
                   const uint8_t prefix[TOKEN_PREFIX_BYTES], int64_t now_ms)
{
    note(failures, SUBJECT_ADDRESS, address->bytes, sizeof address->bytes, now_ms);
    note(failures, SUBJECT_PREFIX, prefix, TOKEN_PREFIX_BYTES, now_ms);
}
