/* libtraject: call trajectd from any program.
 *
 * One struct traject is one connection, used by one thread at a time. A lost connection is made anew, to
 * the profile's next server where it has several, and what was not answered is sent again with the same
 * request keys, so nothing is written twice.
 *
 * Functions that can fail return enum traject_result and fill a struct traject_error, which the
 * caller clears with traject_error_clear. */
#ifndef TRAJECT_H
#define TRAJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "traject.pb-c.h"

enum traject_result {
    TRAJECT_OK,
    TRAJECT_REFUSED,     /* the server said no: code, message and perhaps field are set */
    TRAJECT_UNREACHABLE, /* no answer, also after trying again */
    TRAJECT_UNUSABLE,    /* something on this side: a profile, a file, a message that is too large */
};

struct traject_error {
    Traject__V1__Code code; /* of a refusal */
    char *message;          /* one line for people, in the language of the locale; owned */
    char *field;            /* the request's field at fault, or NULL; owned */
};

/* Sets a message, in the language of the locale where the catalogues of gettext's domain "traject" have it,
 * and returns `result`; what was set before is cleared. */
enum traject_result traject_error_set(struct traject_error *error, enum traject_result result,
                                      const char *format, ...) __attribute__((format(printf, 3, 4)));
void traject_error_clear(struct traject_error *error);

/* What the server says in English phrases of its own in a field of a reply (what a handover needs, what a
 * look was for), perhaps several with commas between them, in the language of the locale; as it is when it is
 * none of these. To free; NULL when memory ran out. */
char *traject_said(const char *text);

/* ---- profiles: whom to call and as whom ---- */

struct traject_server {
    char *host, *port; /* the host is checked against the server's certificate */
};

struct traject_profile {
    /* Of one database, one at least: tried in turn from the one that worked last on. Owned. */
    struct traject_server *servers;
    size_t server_count;
    char *ca;    /* path of the certificate authority's certificate, PEM */
    char *token; /* 64 hexadecimal digits */
    /* Paths of the client certificate and its key, PEM, when the token is bound to one; else NULL. */
    char *certificate, *key;
};

/* The file of a profile: $XDG_CONFIG_HOME/traject/NAME.conf, else ~/.config/traject/NAME.conf.
 * NULL when the name is not letters, digits, dots, dashes and underscores. The caller frees it. */
char *traject_profile_path(const char *name);

/* Reads the profile; refuses it when others may read its file or its key. */
enum traject_result traject_profile_load(const char *name, struct traject_profile *profile,
                                         struct traject_error *error);

/* Writes a new profile, readable by its owner only; refuses to overwrite one. */
enum traject_result traject_profile_save(const char *name, const struct traject_profile *profile,
                                         struct traject_error *error);

void traject_profile_clear(struct traject_profile *profile);

/* ---- calls ---- */

struct traject;

/* Told, once for each loss, that a connection could not be made and is tried again for up to so many seconds,
 * for which the caller waits. `why` is valid during the call. */
typedef void (*traject_retrying)(const char *why, int seconds);

/* Connects, checks the server's certificate, and authenticates. `profile` is copied; `retrying`, which may be
 * NULL, is also told of later losses. */
enum traject_result traject_connect(const struct traject_profile *profile, traject_retrying retrying,
                                    struct traject **traject, struct traject_error *error);
void traject_free(struct traject *traject);

/* Who the token belongs to; valid while the connection is. */
const Traject__V1__AuthenticateReply *traject_identity(const struct traject *traject);

/* What time it is by the server's clock, as that was told when the connection was made, in whole
 * microseconds; by this machine's when the server is an older one and did not tell. */
void traject_now(const struct traject *traject, struct timespec *now);

/* A standby of the database may answer reads from now on, with a record that is at most so old; 0: none. */
void traject_set_max_staleness(struct traject *traject, uint32_t milliseconds);

/* How old the record of those answers was at most; 0 when all were the primary's. */
uint32_t traject_staleness(const struct traject *traject);

enum { TRAJECT_KEY_SIZE = 37 }; /* a UUID in text form, with its end */

/* A new random key for a write. */
void traject_new_key(char key[TRAJECT_KEY_SIZE]);

/* The key that always belongs to these bytes, for writes that may be repeated by another run. */
void traject_derive_key(const void *bytes, size_t length, char key[TRAJECT_KEY_SIZE]);

/* Calls `method` ("GetClient", of the Traject service; or in full, "/traject.v1.Session/GetStatus") and
 * waits. `key` may be NULL for a new one. The reply, all parts of it merged, is the caller's to free
 * with protobuf_c_message_free_unpacked. */
enum traject_result traject_call(struct traject *traject, const char *method, const ProtobufCMessage *request,
                                 const char *key, ProtobufCMessage **reply, struct traject_error *error);

/* The same, but hands each part of a long reply to `part` as it arrives, which returns false to hear
 * no more. A connection lost after the first part ends it with TRAJECT_UNREACHABLE. */
typedef bool (*traject_part)(const ProtobufCMessage *part, void *context);
enum traject_result traject_stream(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, traject_part part, void *context,
                                   struct traject_error *error);

/* ---- watching ---- */

struct traject_watch_events {
    /* Something happened; each once, in order. Returns false when it could not be taken, which ends the watch
     * at the entry before it. */
    bool (*entry)(const Traject__V1__WatchEntry *entry, void *context);
    /* The connection is lost, and another one is tried until it is found; what happens meanwhile comes then.
     */
    void (*lost)(const char *why, void *context);
    void (*found)(void *context);
    /* What happens from now on is told; once, before all else but a loss. May be NULL. */
    void (*begun)(void *context);
};

/* Hands on what happens, as it happens, until `entry` returns false, `stop` (a file descriptor, or -1) is
 * readable, or the server refuses. A lost connection is made anew as often as it takes, also while a server
 * that answered before is busy. Nothing else may be on the way; the next call after it makes a new
 * connection. */
enum traject_result traject_watch(struct traject *traject, const Traject__V1__WatchRequest *request, int stop,
                                  const struct traject_watch_events *events, void *context,
                                  struct traject_error *error);

/* How far the last watch came: the resume_after of one that goes on from there. NULL before the first answer;
 * valid until the next watch. */
const char *traject_watch_position(const struct traject *traject);

/* ---- many calls at a time ---- */

/* Sends a call without waiting for its answer. `context` comes back with it. Keep at most 100 on the way:
 * the server reads no further while 128 of one connection are unanswered. When this fails because the
 * connection is lost for good, all submitted calls are given up; else none is. */
enum traject_result traject_submit(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, const char *key, void *context,
                                   struct traject_error *error);

/* How many submitted calls have no answer yet. */
size_t traject_pending(const struct traject *traject);

/* Waits for the next answer, in the order submitted; a call that the server has no room for is sent again
 * behind the others, for some ten seconds, before it counts as refused. `*context` is the call's. On
 * TRAJECT_OK the reply is the caller's; on TRAJECT_REFUSED that one call was refused. When the connection is
 * lost for good all submitted calls are given up, and `*context` is NULL. */
enum traject_result traject_next(struct traject *traject, void **context, ProtobufCMessage **reply,
                                 struct traject_error *error);

#endif
