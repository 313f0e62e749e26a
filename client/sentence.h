/* What happened, in a sentence. */
#ifndef TRAJECT_SENTENCE_H
#define TRAJECT_SENTENCE_H

#include "traject.pb-c.h"

/* The entry of a timeline in a sentence, with who recorded or did it; to free. */
char *sentence(const Traject__V1__TimelineEntry *entry);

#endif
