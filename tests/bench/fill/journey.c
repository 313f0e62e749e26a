#include "journey.h"

#include <assert.h>
#include <stdlib.h>

const char *const kind_words[KINDS] = {
    [STARTED] = "trajectory_started",
    [MOVED] = "stage_moved",
    [CONTACT] = "contact",
    [ASSIGNED] = "coach_assigned",
    [ASSIGNED_PREPARED] = "coach_handover_prepared",
    [FLAGGED] = "handover_flagged",
    [PREPARED] = "handover_prepared",
    [ACCEPTED] = "handover_accepted",
    [COMPLETED] = "handover_completed",
    [MISSING] = "precondition_missing",
    [IN_HAND] = "precondition_in_hand",
    [MET] = "precondition_met",
    [MOTIVATION] = "motivation_talked",
    [AGREED] = "agreement_made",
    [KEPT] = "agreement_kept",
    [NOT_KEPT] = "agreement_not_kept",
    [RAISED] = "bottleneck_raised",
    [PUT] = "bottleneck_put",
    [PLANNED] = "appointment_planned",
    [CAME] = "appointment_kept",
    [NOT_SHOWN_UP] = "appointment_not_shown_up",
    [CANCELLED] = "appointment_cancelled",
    [TASK] = "task_fitted",
    [WISH] = "wish_voiced",
    [ENDED] = "trajectory_ended",
};
const char *const stage_words[STAGES] = {"first_contact",      "starting_work",      "work_content",
                                         "workplace_guidance", "career_development", "preconditions"};
const char *const theme_words[10] = {
    "time_and_money", "motivated_worker", "clear_expectations", "acceptance", "debts",
    "care",           "health",           "language",           "transport",  "housing"};
const char *const factor_words[7] = {"approach",      "guidance",       "fitting_work", "work_context",
                                     "getting_ahead", "being_of_value", "aptitude"};
const char *const party_words[5] = {"client", "coach", "employer", "network", "municipality"};
const char *const channel_words[9] = {"phone",  "email",     "letter", "message", "video",
                                      "office", "workplace", "home",   "online"};

/* What the next entry depends on: where things stand so far. */
struct walk {
    struct random *random;
    struct journey *journey;
    int stage;
    int handover;    /* the last step's kind; 0 before a flag */
    int last[KINDS]; /* the entry that last began something of that kind and still runs; NOBODY_ITEM */
    int themes[10], factors[7]; /* the entry that began it, or NOBODY_ITEM */
    int theme_states[10];
};

static struct entry *add(struct walk *walk, enum kind kind)
{
    struct entry *entry = &walk->journey->entries[walk->journey->count++];
    *entry = (struct entry){.kind = (uint8_t)kind, .item = NOBODY_ITEM};
    return entry;
}

static int8_t place(const struct walk *walk)
{
    return (int8_t)(walk->journey->count - 1);
}

static void add_contact(struct walk *walk, bool with_client, bool reached)
{
    struct entry *entry = add(walk, CONTACT);
    entry->channel = (uint8_t)random_between(walk->random, 1, 10);
    entry->with_client = with_client;
    entry->reached = reached;
}

/* On to the next stage; now and then past one or back. */
static void add_move(struct walk *walk)
{
    int from = walk->stage, to = from + 1;
    if (to == STAGES || random_percent(walk->random, 25))
        do
            to = (int)random_between(walk->random, 0, STAGES);
        while (to == from);
    struct entry *entry = add(walk, MOVED);
    entry->stage = (uint8_t)to;
    entry->back = to != from + 1;
    walk->stage = to;
}

/* Begins something of the kind, or carries on what runs. */
static void add_item(struct walk *walk, enum kind begins, enum kind carries_on)
{
    if (walk->last[begins] == NOBODY_ITEM) {
        struct entry *entry = add(walk, begins);
        entry->item = place(walk);
        entry->detail = (uint8_t)random_between(walk->random, 0, 5);
        entry->with_client = begins == PLANNED;
        entry->channel = begins == PLANNED ? (uint8_t)random_between(walk->random, 5, 9) : 0;
        walk->last[begins] = begins == TASK || begins == WISH ? NOBODY_ITEM : entry->item;
        return;
    }
    struct entry *entry = add(walk, carries_on);
    entry->item = (int8_t)walk->last[begins];
    walk->last[begins] = NOBODY_ITEM;
    if (begins == PLANNED && carries_on != CANCELLED) {
        entry->channel = walk->journey->entries[entry->item].channel;
        entry->with_client = true;
        entry->reached = carries_on == CAME;
    }
}

static void add_precondition(struct walk *walk)
{
    int theme = (int)random_between(walk->random, 0, 10);
    enum kind kind = walk->themes[theme] == NOBODY_ITEM     ? MISSING
                     : walk->theme_states[theme] == MISSING ? IN_HAND
                                                            : MET;
    if (walk->theme_states[theme] == MET)
        kind = MISSING;
    struct entry *entry = add(walk, kind);
    if (walk->themes[theme] == NOBODY_ITEM)
        walk->themes[theme] = place(walk);
    walk->theme_states[theme] = (int)kind;
    entry->item = (int8_t)walk->themes[theme];
    entry->detail = (uint8_t)theme;
}

static void add_motivation(struct walk *walk)
{
    int factor = (int)random_between(walk->random, 0, 7);
    struct entry *entry = add(walk, MOTIVATION);
    if (walk->factors[factor] == NOBODY_ITEM)
        walk->factors[factor] = place(walk);
    entry->item = (int8_t)walk->factors[factor];
    entry->detail = (uint8_t)factor;
}

static void add_handover_step(struct walk *walk)
{
    if (walk->handover == COMPLETED || walk->stage < 2) {
        add_precondition(walk);
        return;
    }
    walk->handover = walk->handover ? walk->handover + 1 : FLAGGED;
    add(walk, (enum kind)walk->handover);
}

/* Any entry by which the client is not reached. */
static void add_other(struct walk *walk)
{
    int64_t share = random_between(walk->random, 0, 100);
    if (share < 22)
        add_contact(walk, true, false);
    else if (share < 34)
        add_contact(walk, false, true);
    else if (share < 54)
        add_item(walk, AGREED, random_percent(walk->random, 85) ? KEPT : NOT_KEPT);
    else if (share < 66)
        add_precondition(walk);
    else if (share < 76)
        add_motivation(walk);
    else if (share < 82)
        add_item(walk, RAISED, PUT);
    else if (share < 87)
        add_item(walk, TASK, TASK);
    else if (share < 93)
        add_item(walk, WISH, WISH);
    else
        add_handover_step(walk);
}

static void add_any(struct walk *walk)
{
    int64_t share = random_between(walk->random, 0, 100);
    bool handing_over = walk->handover && walk->handover != COMPLETED;
    if (handing_over && random_percent(walk->random, 25))
        add_handover_step(walk);
    else if (share < 38)
        add_contact(walk, true, true);
    else if (share < 50)
        add_move(walk);
    else if (share < 62)
        add_item(walk, PLANNED,
                 random_percent(walk->random, 80)   ? CAME
                 : random_percent(walk->random, 50) ? NOT_SHOWN_UP
                                                    : CANCELLED);
    else
        add_other(walk);
}

/* When the entries were: `last_at` is when the last of them up to and with `anchor` was, the ones after it
 * fill the time until `until`. */
static void date(struct walk *walk, int anchor, int64_t last_at, int64_t until)
{
    struct entry *entries = walk->journey->entries;
    int after = walk->journey->count - anchor - 1;
    entries[anchor].at = last_at;
    for (int i = anchor; i > 0; i--)
        entries[i - 1].at = entries[i].at - random_between(walk->random, DAY / 8, 30 * DAY);
    for (int i = 1; i <= after; i++)
        entries[anchor + i].at = last_at + (until - last_at) / (after + 1) * i;
    for (int i = 0; i < walk->journey->count; i++) {
        enum kind kind = entries[i].kind;
        int days = kind == AGREED                   ? 14
                   : kind == PLANNED                ? 10
                   : kind == PREPARED               ? 30
                   : kind == MISSING || kind == PUT ? 60
                                                    : 0;
        entries[i].due_at = days ? entries[i].at + days * DAY : 0;
    }
}

struct journey journey_new(const struct plan *plan, struct random *random)
{
    assert(plan->entries >= 4 && plan->entries <= ENTRIES_MAX);
    struct journey journey = {0, memory_new((size_t)plan->entries, sizeof *journey.entries)};
    struct walk walk = {.random = random, .journey = &journey};
    for (int i = 0; i < KINDS; i++)
        walk.last[i] = NOBODY_ITEM;
    for (int i = 0; i < 10; i++)
        walk.themes[i] = NOBODY_ITEM;
    for (int i = 0; i < 7; i++)
        walk.factors[i] = NOBODY_ITEM;

    int tail = plan->past_due || plan->never_reached ? (int)random_between(random, 0, 3) : 0;
    int anchor = plan->entries - 1 - tail;
    int changes = plan->other_coach ? (int)random_between(random, 1, anchor - 1) : NOBODY_ITEM;
    add(&walk, STARTED);
    while (journey.count < anchor) {
        if (journey.count == changes) {
            add(&walk, ASSIGNED)->item = (int8_t)changes;
        } else if (journey.count == changes + 1 && changes > 0 && random_percent(random, 80)) {
            add(&walk, ASSIGNED_PREPARED)->item = (int8_t)changes;
        } else if (plan->never_reached) {
            add_other(&walk);
        } else {
            add_any(&walk);
        }
    }
    if (plan->ended)
        add(&walk, ENDED);
    else if (plan->never_reached)
        add_contact(&walk, true, false);
    else
        add_contact(&walk, true, true);
    while (journey.count < plan->entries)
        add_other(&walk);

    int64_t ago = plan->ended      ? random_between(random, 30 * DAY, 700 * DAY)
                  : plan->past_due ? random_between(random, (RHYTHM_DAYS + 1) * DAY, 120 * DAY)
                                   : random_between(random, DAY / 24, 18 * DAY);
    date(&walk, anchor, plan->now - ago, plan->now - DAY / 48);
    return journey;
}

void journey_free(struct journey *journey)
{
    for (int i = 0; i < journey->count; i++) {
        struct texts *texts = journey->entries[i].texts;
        if (!texts)
            continue;
        free(texts->what.data);
        free(texts->by_whom.data);
        free(texts->grouped_as.data);
        free(texts->reason.data);
        free(texts);
    }
    free(journey->entries);
    journey->entries = NULL;
}
