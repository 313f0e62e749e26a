/* The queue of what was entered while the server could not be reached, one of each profile.
 *
 * It is the file $XDG_STATE_HOME/traject/PROFILE.waiting, else ~/.local/state/traject/PROFILE.waiting, sealed
 * under the profile's token (sealed.h), readable by its owner only. It is replaced as a whole and brought to
 * the disk before a function returns, so that whatever ends the program leaves what was there before or what
 * is there after. A lock beside it is held for as long as a change takes, never while the server is called.
 *
 * Functions that can fail return enum traject_result and fill the error (traject.h). */
#ifndef TRAJECT_WAITING_H
#define TRAJECT_WAITING_H

#include "traject.h"
#include "waiting.pb-c.h"

enum { WAITING_BYTES_MAX = 1 << 20 }; /* of the file */

/* What waits, to free with traject__client__waiting__free_unpacked; nothing waits where no file is. */
enum traject_result waiting_read(const char *profile, Traject__Client__Waiting **waiting,
                                 struct traject_error *error);

/* Adds an entry behind the others, and gives it its number. */
enum traject_result waiting_add(const char *profile, Traject__Client__WaitingEntry *entry,
                                struct traject_error *error);

/* Takes out the entry with that key, or, with a refusal, leaves it with that instead. `*found` says whether
 * it was there still. */
enum traject_result waiting_settle(const char *profile, const char *request_key, const char *refusal,
                                   bool *found, struct traject_error *error);

/* What stands in the file once it is opened; NULL when it is not what this program writes. */
Traject__Client__Waiting *waiting_unpack(const uint8_t *bytes, size_t length);

/* The request of an entry, to free with protobuf_c_message_free_unpacked; NULL when this program knows no
 * such method or the request is none of it. */
ProtobufCMessage *waiting_request(const Traject__Client__WaitingEntry *entry);

#endif
