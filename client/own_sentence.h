/* What happened, in a sentence to the client whom it is about. */
#ifndef TRAJECT_OWN_SENTENCE_H
#define TRAJECT_OWN_SENTENCE_H

#include "traject.pb-c.h"

/* The entry in a plain sentence that says "you", without who recorded it; to free. */
char *own_sentence(const Traject__V1__TimelineEntry *entry);

#endif
