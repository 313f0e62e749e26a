/* The key file: what opens every person's words, and never enters the database.
 *
 *   # comments
 *   index 64 hexadecimal digits     of the digests by which names are found; stays the same
 *   master 64 hexadecimal digits    wraps the keys of persons; further ones still open what they wrapped
 */
#ifndef TRAJECT_KEYS_H
#define TRAJECT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum {
    KEY_BYTES = 32,
    MASTER_ID_BYTES = 8,
    KEYS_MASTERS_MAX = 8,
    KEYS_FILE_MAX = 4096,
};

struct master {
    uint8_t id[MASTER_ID_BYTES]; /* says which one wrapped a key: the beginning of a digest of it */
    uint8_t key[KEY_BYTES];
};

/* In memory that is locked and wiped when freed, as far as the system allows. */
struct keys {
    uint8_t index[KEY_BYTES];
    uint8_t index_id[MASTER_ID_BYTES];       /* says which index key, as a master has its */
    struct master masters[KEYS_MASTERS_MAX]; /* the first wraps */
    size_t master_count;                     /* at least 1 */
};

/* Reads the file at `path`, which not everybody may be able to read. Returns 0 and keys to free, or -1 with
 * the status saying what is wrong with it, with the number of the line and without its content. */
int keys_read(const char *path, struct keys **keys, struct status *status);

/* The same from text of `length` bytes; `name` stands for the file in messages. */
int keys_parse(const char *text, size_t length, const char *name, struct keys **keys, struct status *status);

/* Whether a daemon that had `before` can go on with `keys`: with the same index key, and a master key that
 * was there. Returns 0, or -1 with the status. */
int keys_check_follow(const struct keys *keys, const struct keys *before, struct status *status);

/* Which master key has this id; NULL when none. */
const struct master *keys_master(const struct keys *keys, const uint8_t id[MASTER_ID_BYTES]);

/* The id as people see it. */
enum { MASTER_ID_TEXT = 2 * MASTER_ID_BYTES + 1 };
void keys_id_text(const uint8_t id[MASTER_ID_BYTES], char text[MASTER_ID_TEXT]);

/* NULL is fine. */
void keys_free(struct keys *keys);

#endif
