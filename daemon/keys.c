#include "keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { PURPOSE_BYTES = 32 };

static void make_id(const char *purpose, const uint8_t key[KEY_BYTES], uint8_t id[MASTER_ID_BYTES])
{
    uint8_t named[PURPOSE_BYTES + KEY_BYTES], digest[SHA256_DIGEST_LENGTH];
    size_t length = strlen(purpose) + 1;
    assert(length <= PURPOSE_BYTES);
    memcpy(named, purpose, length);
    memcpy(named + length, key, KEY_BYTES);
    SHA256(named, length + KEY_BYTES, digest);
    memcpy(id, digest, MASTER_ID_BYTES);
    OPENSSL_cleanse(named, sizeof named);
}

/* Takes the word that `word` says stands at `*at`, and the blanks after it. */
static bool take_word(const char **at, const char *end, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(end - *at) <= length || memcmp(*at, word, length) != 0 || (*at)[length] != ' ')
        return false;
    *at += length;
    while (*at < end && **at == ' ')
        (*at)++;
    return true;
}

static int take_key(const char *at, const char *end, uint8_t key[KEY_BYTES])
{
    if (end - at != 2 * KEY_BYTES)
        return -1;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int high = OPENSSL_hexchar2int((unsigned char)at[2 * i]);
        int low = OPENSSL_hexchar2int((unsigned char)at[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int take_line(struct keys *keys, bool *indexed, const char *at, const char *end, const char *name,
                     int line, struct status *status)
{
    while (end > at && (end[-1] == ' ' || end[-1] == '\r'))
        end--;
    if (at == end || *at == '#')
        return 0;
    if (take_word(&at, end, "index")) {
        if (*indexed)
            return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                              "%s:%d: there is an index key already; leave one of them out", name, line);
        *indexed = true;
        if (!take_key(at, end, keys->index)) {
            make_id("traject index key id", keys->index, keys->index_id);
            return 0;
        }
    } else if (take_word(&at, end, "master")) {
        if (keys->master_count == KEYS_MASTERS_MAX)
            return status_set(
                status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                "%s:%d: there are over %d master keys; leave out those that wrap nothing any more", name,
                line, KEYS_MASTERS_MAX);
        struct master *master = &keys->masters[keys->master_count];
        if (!take_key(at, end, master->key)) {
            make_id("traject master key id", master->key, master->id);
            keys->master_count++;
            return 0;
        }
    }
    return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                      "%s:%d: write index or master, a space and %d hexadecimal digits", name, line,
                      2 * KEY_BYTES);
}

int keys_parse(const char *text, size_t length, const char *name, struct keys **result, struct status *status)
{
    struct keys *keys = OPENSSL_secure_zalloc(sizeof *keys);
    if (!keys)
        return status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                          "there is no memory for keys that can be locked; raise LimitMEMLOCK");
    bool indexed = false;
    int line = 1, failed = 0;
    for (const char *at = text, *end = text + length; at < end && !failed; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        failed = take_line(keys, &indexed, at, newline ? newline : end, name, line, status);
        at = newline ? newline + 1 : end;
    }
    if (!failed && (!indexed || !keys->master_count))
        failed = status_set(
            status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
            "%s: there is no %s key; add a line with %s, a space and what openssl rand -hex 32 prints", name,
            indexed ? "master" : "index", indexed ? "master" : "index");
    if (failed) {
        keys_free(keys);
        return -1;
    }
    *result = keys;
    return 0;
}

int keys_read(const char *path, struct keys **keys, struct status *status)
{
    struct stat about;
    char *text = NULL;
    ssize_t length = 0, got = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about)) {
        status_set(status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "master_key %s: %s", path, strerror(errno));
    } else if (!S_ISREG(about.st_mode) || about.st_size > KEYS_FILE_MAX) {
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                   "master_key %s is no file of up to %d bytes; name the key file", path, KEYS_FILE_MAX);
    } else if (about.st_mode & (S_IRWXO | S_IWGRP)) {
        /* Its group may read: so systemd hands out credentials, by an access list that shows as a group's
         * right. */
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                   "master_key %s can be read by everybody on this machine; chmod 600 %s", path, path);
    } else if (!(text = OPENSSL_secure_malloc(KEYS_FILE_MAX))) {
        status_set(status, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED, NULL,
                   "there is no memory for keys that can be locked; raise LimitMEMLOCK");
    } else {
        while (length < KEYS_FILE_MAX &&
               (got = read(file, text + length, (size_t)(KEYS_FILE_MAX - length))) > 0)
            length += got;
        if (got < 0)
            status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "master_key %s: %s", path,
                       strerror(errno));
        else
            keys_parse(text, (size_t)length, path, keys, status);
    }
    OPENSSL_secure_clear_free(text, KEYS_FILE_MAX);
    if (file >= 0)
        close(file);
    return status->code ? -1 : 0;
}

int keys_check_follow(const struct keys *keys, const struct keys *before, struct status *status)
{
    if (CRYPTO_memcmp(keys->index, before->index, KEY_BYTES) != 0)
        return status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                          "the key file has another index key; put the one back that names are found by");
    for (size_t i = 0; i < before->master_count; i++) {
        if (keys_master(keys, before->masters[i].id))
            return 0;
    }
    return status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
                      "the key file has none of the master keys that were in it; put it back");
}

const struct master *keys_master(const struct keys *keys, const uint8_t id[MASTER_ID_BYTES])
{
    for (size_t i = 0; i < keys->master_count; i++) {
        if (memcmp(keys->masters[i].id, id, MASTER_ID_BYTES) == 0)
            return &keys->masters[i];
    }
    return NULL;
}

void keys_id_text(const uint8_t id[MASTER_ID_BYTES], char text[MASTER_ID_TEXT])
{
    for (int i = 0; i < MASTER_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
}

void keys_free(struct keys *keys)
{
    OPENSSL_secure_clear_free(keys, sizeof *keys);
}
