#include "chain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <endian.h>
#include <openssl/evp.h>

#include "memory.h"

struct column {
    const char *name;
    int number;
};

struct chain {
    EVP_MD_CTX *hash;
    int count;
    struct column columns[]; /* in the order of the bytes of their names */
};

static bool is_outside(const char *name)
{
    static const char *const outside[] = {"sequence", "chained", "recorded_in", "next_event_id"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (strcmp(name, outside[i]) == 0)
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct column *)a)->name, ((const struct column *)b)->name);
}

struct chain *chain_new(const PGresult *entries)
{
    int fields = PQnfields(entries);
    struct chain *chain = memory_new(1, sizeof *chain + (size_t)fields * sizeof *chain->columns);
    chain->hash = EVP_MD_CTX_new();
    for (int i = 0; i < fields; i++)
        if (!is_outside(PQfname(entries, i)))
            chain->columns[chain->count++] = (struct column){memory_copy(PQfname(entries, i)), i};
    qsort(chain->columns, (size_t)chain->count, sizeof *chain->columns, by_name);
    return chain;
}

void chain_free(struct chain *chain)
{
    if (!chain)
        return;
    for (int i = 0; i < chain->count; i++)
        free((char *)chain->columns[i].name);
    EVP_MD_CTX_free(chain->hash);
    free(chain);
}

void chain_origin(struct chain *chain, int64_t municipality_id, int64_t trajectory_id, int64_t client_id,
                  const uint8_t *key_id, uint8_t origin[CHAIN_BYTES])
{
    uint64_t numbers[] = {htobe64((uint64_t)municipality_id), htobe64((uint64_t)trajectory_id),
                          htobe64((uint64_t)client_id)};
    EVP_DigestInit_ex(chain->hash, EVP_sha256(), NULL);
    EVP_DigestUpdate(chain->hash, numbers, sizeof numbers);
    if (key_id)
        EVP_DigestUpdate(chain->hash, key_id, KEY_ID_BYTES);
    EVP_DigestFinal_ex(chain->hash, origin, NULL);
}

static void add(EVP_MD_CTX *hash, const char *bytes, size_t length)
{
    uint32_t prefix = htonl((uint32_t)length);
    EVP_DigestUpdate(hash, &prefix, sizeof prefix);
    EVP_DigestUpdate(hash, bytes, length);
}

void chain_link(struct chain *chain, const PGresult *entries, int row, const uint8_t previous[CHAIN_BYTES],
                uint8_t computed[CHAIN_BYTES])
{
    EVP_DigestInit_ex(chain->hash, EVP_sha256(), NULL);
    EVP_DigestUpdate(chain->hash, previous, CHAIN_BYTES);
    for (int i = 0; i < chain->count; i++) {
        const struct column *column = &chain->columns[i];
        if (PQgetisnull(entries, row, column->number))
            continue;
        add(chain->hash, column->name, strlen(column->name));
        add(chain->hash, PQgetvalue(entries, row, column->number),
            (size_t)PQgetlength(entries, row, column->number));
    }
    EVP_DigestFinal_ex(chain->hash, computed, NULL);
}
