/* Messages to PostgreSQL's binary parameters (codec_request.c), and rows, straight as they come, to encoded
 * messages (codec_reply.c), by a method's bindings. Formats: PostgreSQL's src/backend/utils/adt (*_recv,
 * *_send), protobuf's encoding guide. */
#ifndef TRAJECT_CODEC_H
#define TRAJECT_CODEC_H

#include "memory.h"
#include "method.h"
#include "seal.h"
#include "status.h"

/* What PQsendQueryPrepared takes. Owns `data`, which the values point into. */
struct parameters {
    int count;
    const char **values;
    int *lengths;
    int *formats;
    struct bytes data;
    size_t unsealed; /* so many values wait for a key to be sealed with */
};

/* What words are sealed with. */
struct sealing {
    const struct keys *keys;
    int64_t municipality_id;
    const struct person_key *key; /* NULL as long as it is not known */
};

enum {
    CODEC_ELEMENTS_MAX = 10000, /* of one repeated field: a byte on the wire can grow to hundreds */
    CODEC_PART_BYTES = 256 * 1024,
};

/* The first text field in the encoded message, or in one within it, that holds a NUL character, which
 * PostgreSQL's text cannot and C's strings end at; NULL when there is none. The bytes must have been unpacked
 * before. */
const ProtobufCFieldDescriptor *codec_text_with_nul(const ProtobufCMessageDescriptor *descriptor,
                                                    const uint8_t *at, size_t length);

/* Turns a request into the parameters of the method's call; for a write, three more are left empty
 * at the end for the caller to set. Words are trimmed, and those that are blank left out; without a key they
 * are checked, counted and left out too. Returns 0 and parameters to free, or -1 with INVALID_ARGUMENT naming
 * the field and the value. */
int codec_bind(const struct method *method, const ProtobufCMessage *request, const struct sealing *sealing,
               struct parameters *parameters, struct status *status);

void parameters_free(struct parameters *parameters);

/* How many rows the function answered: the keys that open them stand in one more (daemon/statement.h). */
int codec_rows(const PGresult *result);

/* Appends to `body` the encoded reply for the rows from `*row` on, and moves `*row` past what it took: all of
 * a single reply, of a list until about CODEC_PART_BYTES. Returns 0, or -1 with INTERNAL when the function
 * broke the contract (no row, or null in a field that is not optional). A sealed value that does not open
 * reads "(unreadable)", and the log says why. */
int codec_reply(const struct method *method, const struct keys *keys, const PGresult *result, int *row,
                struct bytes *body, struct status *status);

#endif
