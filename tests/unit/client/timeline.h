/* A timeline for tests to fill, on Wednesday 25 November 2026 at 14:20 UTC. */
#ifndef TRAJECT_TEST_TIMELINE_H
#define TRAJECT_TEST_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "traject.pb-c.h"

enum { NOW = 1795616400, DAY = 86400 };
enum { TIMELINE_MAX = 500, TIMELINE_SILENCES_MAX = 4 };

#define KIND(name)  TRAJECT__V1__EVENT_KIND__EVENT_KIND_##name
#define STAGE(name) TRAJECT__V1__STAGE__STAGE_##name

extern Traject__V1__TimelineEntry timeline_entries[TIMELINE_MAX];
extern Traject__V1__GetTimelineReply timeline_told; /* of them */
extern Traject__V1__Silence timeline_silence_rows[TIMELINE_SILENCES_MAX];
extern Traject__V1__ListSilencesReply timeline_silences; /* of those */

/* Empties it: before each test. */
int timeline_begin(void **state);

/* Of trajectory 1; with stage 0 it tells none. */
Traject__V1__TimelineEntry *timeline_add(Traject__V1__EventKind kind, int64_t at, Traject__V1__Stage stage);
void timeline_contact(int64_t at, Traject__V1__Stage stage, Traject__V1__Counterpart counterpart,
                      bool reached);
void timeline_silence(int64_t since, int64_t until /* 0: it lasts */);

/* The texts have to outlive the test. */
void timeline_worker(Traject__V1__TimelineEntry *entry, char *name);
void timeline_employer(Traject__V1__TimelineEntry *entry, char *employer, char *person /* or NULL */);

#endif
