/* What PostgreSQL announces on the channel `traject`: that a transaction recorded something in a
 * municipality, or that tokens or the key file were changed. */
#ifndef TRAJECT_ANNOUNCEMENT_H
#define TRAJECT_ANNOUNCEMENT_H

#include <stdint.h>

enum announcement_kind {
    ANNOUNCEMENT_RECORDED, /* of a municipality and a transaction */
    ANNOUNCEMENT_TOKENS,
    ANNOUNCEMENT_KEYS, /* the key file was changed */
};

struct announcement {
    enum announcement_kind kind;
    int64_t municipality_id;
    uint64_t transaction;
};

/* Reads the payload "MUNICIPALITY TRANSACTION", as traject.announce() writes it, "tokens", as
 * session.announce_tokens() does, or "keys", as `trajectd rotate` does. Anybody who reaches the database can
 * send another; returns -1 for those. */
int announcement_read(const char *payload, struct announcement *announcement);

#endif
