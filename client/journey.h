/* A trajectory as a picture shows it: lanes over time with what lasted (spans) and what happened (marks). Of
 * the entries alone, so that whoever is told fewer of them sees the picture of those. Nothing here draws. */
#ifndef TRAJECT_JOURNEY_H
#define TRAJECT_JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traject.pb-c.h"

enum {
    JOURNEY_STAGE, /* the first of the six, in their order */
    JOURNEY_STAGES = 6,
    JOURNEY_GUIDANCE = JOURNEY_STAGE + JOURNEY_STAGES, /* who guides */
    JOURNEY_HANDOVER,                                  /* its steps */
    JOURNEY_CONTACT,                                   /* with the client; and silences */
    JOURNEY_ATTEMPT,                                   /* nobody answered */
    JOURNEY_OTHERS,                                    /* contact with others */
    JOURNEY_LANES,
};

enum journey_span_kind { JOURNEY_IN_STAGE, JOURNEY_COACH, JOURNEY_EMPLOYER, JOURNEY_SILENCE };

struct journey_span {
    int lane;
    enum journey_span_kind kind;
    int64_t since, until; /* seconds since 1970, within the journey's */
    bool lasts;           /* until now and on */
    char *name;           /* of the coach or the employer, as it came from the server; or NULL */
};

/* An entry, in the one lane where it is. */
struct journey_mark {
    int lane;
    int64_t at;
    const Traject__V1__TimelineEntry *entry;
};

struct journey {
    int trajectory;
    int64_t since, until; /* from the first entry to the last or to `now`, at least a day apart */
    int64_t now;
    bool ended;
    struct journey_span *spans; /* by lane, then by when they began */
    size_t n_spans;
    struct journey_mark *marks; /* in the order in which they happened */
    size_t n_marks;
};

/* Of the trajectory of that number, or with 0 of the newest one among the entries, which may be in any order
 * and have to outlive the journey. The silences may be NULL. NULL when no entry is of that trajectory. */
struct journey *journey_new(const Traject__V1__GetTimelineReply *told,
                            const Traject__V1__ListSilencesReply *silences, int trajectory, int64_t now);
void journey_free(struct journey *journey);

/* Where a moment is on a line of so many columns: 0 to columns - 1. */
int journey_column(const struct journey *journey, int64_t at, int columns);

/* Marks of one lane that are too near to each other to be shown apart. */
struct journey_group {
    int column;          /* of the first one */
    size_t first, count; /* in the array of `marks` that journey_groups filled */
};

/* Puts the marks of a lane, in their order, into `marks` (room for n_marks) and groups them so that two
 * groups are at least `apart` columns from each other. Returns how many groups, at most as many as marks. */
size_t journey_groups(const struct journey *journey, int lane, int columns, int apart,
                      const struct journey_mark **marks, struct journey_group *groups);

/* What to show on the axis, at least `apart` columns from each other: days, weeks, months or years, and the
 * beginning when there is room. */
enum { JOURNEY_TICKS_MAX = 64 };
struct journey_tick {
    int64_t at;
    char label[40]; /* "2 Nov", "Nov 2026", "2026"; of the beginning "2 Nov 2026" */
};
size_t journey_ticks(const struct journey *journey, int columns, int apart,
                     struct journey_tick ticks[JOURNEY_TICKS_MAX]);

#endif
