/* What is asked. A request is packed once; after that only what differs is written into a copy: whose record
 * it is about, the key of a write, the stage of a move. */
#ifndef LOAD_REQUEST_H
#define LOAD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "traject.pb-c.h"

enum request_kind {
    REQUEST_JOURNEY,
    REQUEST_CONTACT,
    REQUEST_MOVE,
    REQUEST_QUIET,
    REQUEST_BOARD,
    REQUEST_CLIENT,
    REQUEST_COMING_UP,
    REQUEST_KINDS,
};

enum {
    REQUEST_TEXT_MAX = 100, /* of a client number or a team */
    REQUEST_BYTES_MAX = 512,
    REQUEST_KEY_CHARACTERS = 36,
    REQUEST_ID_MAX = 127, /* so that each takes one byte */
    JOURNEY_ENTRIES = 20,
    QUIET_ROWS = 50,
};

struct request_about {
    const char *name;   /* as --work and the mix say it */
    const char *method; /* of the service Traject */
    enum { ABOUT_NOBODY, ABOUT_CLIENT, ABOUT_TEAM } about;
    const char *role; /* whose work it is */
};

extern const struct request_about request_about[REQUEST_KINDS];

/* Writes a request's frame to `to`, which has room for REQUEST_BYTES_MAX, and returns its length. `text` is
 * the client number or the team that it is about; the stage is where a move goes. A write has a key of its
 * own. */
size_t request_put(enum request_kind kind, const char *text, size_t text_length, Traject__V1__Stage stage,
                   uint8_t id, uint8_t *to);

/* Writes a new request key, a UUID, without a NUL: one that no run had before, since a write under a key that
 * the daemon knows does nothing. */
void request_new_key(uint8_t key[REQUEST_KEY_CHARACTERS]);

/* Writes the frame of any other request; `method` is its full name, and the key may be empty. */
size_t request_pack(const char *method, const ProtobufCMessage *body, uint8_t id, const char *key,
                    uint8_t *to);

#endif
