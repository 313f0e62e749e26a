/* One client's journey as it might have been: entries in the order in which they happened, each of which the
 * rules of sql/schema and of internal.check_history allow. */
#ifndef BENCH_JOURNEY_H
#define BENCH_JOURNEY_H

#include "memory.h"
#include "random.h"

enum {
    ENTRIES_MAX = 60,
    ENTRIES_USUAL = 20, /* what the measured journeys have, and all on average */
    RHYTHM_DAYS = 28,
};
#define DAY (INT64_C(86400) * 1000000)

enum kind {
    STARTED,
    MOVED,
    CONTACT,
    ASSIGNED,
    ASSIGNED_PREPARED,
    FLAGGED,
    PREPARED,
    ACCEPTED,
    COMPLETED,
    MISSING,
    IN_HAND,
    MET,
    MOTIVATION,
    AGREED,
    KEPT,
    NOT_KEPT,
    RAISED,
    PUT,
    PLANNED,
    CAME,
    NOT_SHOWN_UP,
    CANCELLED,
    TASK,
    WISH,
    ENDED,
    KINDS
};
extern const char *const kind_words[KINDS];

enum { NOBODY_ITEM = -1 };
enum { STAGES = 6 };
extern const char *const stage_words[STAGES];
extern const char *const theme_words[10], *const factor_words[7], *const party_words[5],
                                                                      *const channel_words[9];

/* What is sealed and stands in the derived state too. */
struct texts {
    struct bytes what, by_whom, grouped_as, reason;
};

struct entry {
    int64_t at, due_at, event_id;
    struct texts *texts; /* NULL when it has none of them */
    int8_t item;         /* the entry that began the item it belongs to; its own place when it begins it */
    uint8_t kind, stage;
    uint8_t detail;  /* theme, factor, party */
    uint8_t channel; /* from 1 on */
    bool with_client, reached;
    bool back; /* a move that needs a reason */
};

/* Whose journey it is to be. */
struct plan {
    int entries;
    bool ended, past_due, never_reached;
    bool other_coach; /* began with another coach than the one of now */
    int64_t now;
};

struct journey {
    int count;
    struct entry *entries;
};

/* Entries to be freed by journey_free. */
struct journey journey_new(const struct plan *plan, struct random *random);
void journey_free(struct journey *journey);

#endif
