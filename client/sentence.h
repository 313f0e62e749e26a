/* What happened, as people read it. */
#ifndef TRAJECT_SENTENCE_H
#define TRAJECT_SENTENCE_H

#include "traject.h"

/* "Contact with the client: phone — anna"; to free. */
char *sentence(const Traject__V1__TimelineEntry *entry);

#endif
