/* What PostgreSQL announces on the channel `traject`: that a transaction recorded something in a
 * municipality. */
#ifndef TRAJECT_ANNOUNCEMENT_H
#define TRAJECT_ANNOUNCEMENT_H

#include <stdint.h>

struct announcement {
    int64_t municipality_id;
    uint64_t transaction;
};

/* Reads the payload "MUNICIPALITY TRANSACTION", as traject.announce() writes it. Anybody who reaches the
 * database can send another; returns -1 for those. */
int announcement_read(const char *payload, struct announcement *announcement);

#endif
