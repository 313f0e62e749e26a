/* Calls and the watch of a screen. Each is made by a process of its own, so that nothing that libtraject
 * waits for holds up the keyboard, and leaving waits for nobody: they are ended. */
#ifndef TRAJECT_SCREEN_CALLS_H
#define TRAJECT_SCREEN_CALLS_H

#include "traject.h"

struct screen_calls;

/* What came of a call. Owned by who took it; cleared with screen_answer_clear. */
struct screen_answer {
    unsigned id; /* as it was asked */
    enum traject_result result;
    struct traject_error error; /* of a failure */
    ProtobufCMessage *reply;    /* of a success */
};

enum screen_news_kind {
    SCREEN_BEGUN,   /* what happens from now on is told */
    SCREEN_ENTRY,   /* something happened to a client */
    SCREEN_LOST,    /* the connection, for a reason; it is tried again until it is */
    SCREEN_FOUND,   /* again; what happened meanwhile is told now */
    SCREEN_REFUSED, /* the server does not let this one watch, for a reason: nothing more is told */
};

struct screen_news {
    enum screen_news_kind kind;
    char *text; /* the client's number, or the reason; to free */
};

/* Starts both processes, which is to happen while this one has no connection. `team` may be NULL. NULL when
 * the system refuses, with errno. */
struct screen_calls *screen_calls_new(const char *profile, const char *team);
/* Ends them; a call on its way may be done or not. */
void screen_calls_free(struct screen_calls *calls);

/* Readable when an answer, or news, is to be taken. */
int screen_calls_answer_fd(const struct screen_calls *calls);
int screen_calls_news_fd(const struct screen_calls *calls);

/* Sends a call, to be answered after those sent before it. `key` may be NULL for what writes nothing. */
void screen_calls_ask(struct screen_calls *calls, unsigned id, const char *method,
                      const ProtobufCMessage *request, const char *key);

/* Waits for the next one. Return false when its process has ended. */
bool screen_calls_take_answer(struct screen_calls *calls, struct screen_answer *answer);
bool screen_calls_take_news(struct screen_calls *calls, struct screen_news *news);

void screen_answer_clear(struct screen_answer *answer);

#endif
