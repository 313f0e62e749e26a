/* What happened, in a sentence. */
#ifndef TRAJECT_SENTENCE_H
#define TRAJECT_SENTENCE_H

#include "traject.pb-c.h"

struct session;

/* The entry of a timeline in a sentence, with who recorded or did it; to free. */
char *sentence(const Traject__V1__TimelineEntry *entry);

/* A GetTimelineReply for people: each entry in a sentence, with its moment and words. */
void print_timeline(const struct session *session, const ProtobufCMessage *reply);

/* The same, to the client whom it is about. */
void print_own_timeline(const struct session *session, const ProtobufCMessage *reply);

#endif
