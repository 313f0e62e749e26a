#include "client.h"

#include <string.h>

const char *const trajectory_kind_words[7] = {"reintegration_own_job",
                                              "reintegration_other_job",
                                              "reintegration_other_employer",
                                              "work_experience",
                                              "reduced_wage_value",
                                              "full_productivity",
                                              "activation"};
const char *const outcome_words[7] = {"employed",   "volunteer_work", "education", "other_support",
                                      "moved_away", "client_stopped", "other"};

static const struct entry *last_entry(const struct client *client)
{
    return &client->journey.entries[client->journey.count - 1];
}

const struct entry *client_end(const struct client *client)
{
    return last_entry(client)->kind == ENDED ? last_entry(client) : NULL;
}

static const struct entry *find(const struct client *client, enum kind kind)
{
    for (int i = 0; i < client->journey.count; i++)
        if (client->journey.entries[i].kind == kind)
            return &client->journey.entries[i];
    return NULL;
}

const struct coach *client_coach_at(const struct client *client, int64_t moment)
{
    const struct entry *assigned = find(client, ASSIGNED);
    return assigned && moment < assigned->at ? client->first_coach : client->coach;
}

static int64_t moment_of(const struct entry *entry)
{
    return entry ? entry->at : 0;
}

static void begin_row(struct copy *copy, const struct municipality *municipality, int64_t id)
{
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, id);
}

static void copy_sealed(struct copy *copy, const struct bytes *sealed)
{
    if (sealed->length)
        copy_bytes(copy, sealed->data, sealed->length);
    else
        copy_null(copy);
}

/* ---- the path ---- */

static void write_spells(const struct client *client, const struct municipality *municipality,
                         struct copy *copy)
{
    const struct entry *before = NULL;
    int64_t end = moment_of(client_end(client));
    for (int i = 0; i < client->journey.count; i++) {
        const struct entry *entry = &client->journey.entries[i];
        if (entry->kind != STARTED && entry->kind != MOVED)
            continue;
        int64_t until = end;
        for (int j = i + 1; j < client->journey.count; j++)
            if (client->journey.entries[j].kind == MOVED) {
                until = client->journey.entries[j].at;
                break;
            }
        begin_row(copy, municipality, client->id);
        copy_range(copy, entry->at, until);
        copy_text(copy, stage_words[entry->stage]);
        copy_text(copy, before ? stage_words[before->stage] : NULL);
        if (before && entry->texts)
            copy_sealed(copy, &entry->texts->reason);
        else
            copy_null(copy);
        before = entry;
    }
}

static void write_assignment(const struct client *client, const struct municipality *municipality,
                             struct copy *copy, const struct coach *coach, int64_t since, int64_t until)
{
    begin_row(copy, municipality, client->id);
    copy_range(copy, since, until);
    copy_int8(copy, coach->team_id);
    copy_int8(copy, coach->worker_id);
}

static void write_assignments(const struct client *client, const struct municipality *municipality,
                              struct copy *copy)
{
    int64_t start = client->journey.entries[0].at, end = moment_of(client_end(client));
    const struct entry *assigned = find(client, ASSIGNED);
    if (assigned)
        write_assignment(client, municipality, copy, client->first_coach, start, assigned->at);
    write_assignment(client, municipality, copy, client->coach, assigned ? assigned->at : start, end);
}

/* ---- guidance and its handover ---- */

static void write_guidance(const struct client *client, const struct municipality *municipality,
                           struct copy *copy)
{
    const struct entry *completed = find(client, COMPLETED);
    int64_t end = moment_of(client_end(client));
    begin_row(copy, municipality, client->id);
    copy_range(copy, client->journey.entries[0].at, completed ? completed->at : end);
    copy_text(copy, "coach");
    copy_null(copy);
    copy_null(copy);
    copy_null(copy);
    if (!completed)
        return;
    begin_row(copy, municipality, client->id);
    copy_range(copy, completed->at, end);
    copy_text(copy, "employer");
    copy_int8(copy, caseload_employer_id(municipality, client->employer));
    copy_int8(copy, caseload_person_id(municipality, client->employer, 0));
    copy_int8(copy, caseload_person_id(municipality, client->employer, 1));
}

static void write_handover(const struct client *client, const struct municipality *municipality,
                           struct copy *copy)
{
    const struct entry *flagged = find(client, FLAGGED), *prepared = find(client, PREPARED);
    if (!flagged)
        return;
    const struct entry *step = flagged, *end = client_end(client);
    for (int kind = PREPARED; kind <= COMPLETED; kind++)
        if (find(client, (enum kind)kind))
            step = find(client, (enum kind)kind);
    /* What was open at the end is over with it. */
    bool withdrawn = end && step->kind != COMPLETED;
    begin_row(copy, municipality, flagged->event_id);
    copy_int8(copy, client->id);
    copy_text(copy, withdrawn ? "withdrawn" : kind_words[step->kind] + strlen("handover_"));
    copy_int8(copy, step->at);
    copy_int8(copy, withdrawn ? end->at : step->at);
    copy_int8(copy, caseload_employer_id(municipality, client->employer));
    copy_int8(copy, caseload_person_id(municipality, client->employer, 0));
    copy_some(copy, prepared ? caseload_person_id(municipality, client->employer, 1) : 0);
    for (int i = 0; i < 4; i++)
        copy_bool(copy, prepared);
    copy_some(copy, prepared ? prepared->due_at : 0);
}

/* ---- what runs ---- */

struct item_state {
    const char *item, *state;
    bool open;
};

static struct item_state item_state(enum kind kind)
{
    switch (kind) {
    case ASSIGNED:
        return (struct item_state){"coach_handover", "running", true};
    case ASSIGNED_PREPARED:
        return (struct item_state){"coach_handover", "completed", false};
    case MISSING:
        return (struct item_state){"precondition", "missing", true};
    case IN_HAND:
        return (struct item_state){"precondition", "in_hand", true};
    case MET:
        return (struct item_state){"precondition", "met", false};
    case MOTIVATION:
        return (struct item_state){"motivation", "running", true};
    case AGREED:
        return (struct item_state){"agreement", "agreed", true};
    case KEPT:
        return (struct item_state){"agreement", "kept", false};
    case NOT_KEPT:
        return (struct item_state){"agreement", "not_kept", false};
    case RAISED:
        return (struct item_state){"bottleneck", "raised", true};
    case PUT:
        return (struct item_state){"bottleneck", "put", true};
    case PLANNED:
        return (struct item_state){"appointment", "planned", true};
    case CAME:
        return (struct item_state){"appointment", "kept", false};
    case NOT_SHOWN_UP:
        return (struct item_state){"appointment", "not_shown_up", false};
    case CANCELLED:
        return (struct item_state){"appointment", "cancelled", false};
    case TASK:
        return (struct item_state){"task", "running", true};
    case WISH:
        return (struct item_state){"wish", "running", true};
    default:
        return (struct item_state){0};
    }
}

static void write_item(const struct client *client, const struct municipality *municipality,
                       struct copy *copy, int begins)
{
    static const struct texts none;
    const struct entry *entries = client->journey.entries, *began = &entries[begins], *last = began,
                       *changed = began;
    const struct texts *of_first = began->texts ? began->texts : &none, *of_last = of_first;
    int64_t due_at = began->due_at;
    for (int i = begins + 1; i < client->journey.count; i++) {
        if (entries[i].item != begins)
            continue;
        struct item_state to = item_state((enum kind)entries[i].kind);
        if (strcmp(to.state, item_state((enum kind)last->kind).state) != 0)
            changed = &entries[i];
        last = &entries[i];
        if (last->texts)
            of_last = last->texts;
        /* A new state has its own term or none. */
        if (last->due_at || to.open || last->kind == MET)
            due_at = last->due_at;
    }
    struct item_state state = item_state((enum kind)last->kind);
    enum kind kind = (enum kind)began->kind;
    begin_row(copy, municipality, began->event_id);
    copy_int8(copy, client->id);
    copy_text(copy, state.item);
    copy_text(copy, state.state);
    copy_bool(copy, state.open);
    copy_int8(copy, began->at);
    copy_int8(copy, changed->at);
    copy_int8(copy, last->at);
    copy_sealed(copy, &of_first->what);
    copy_some(copy, kind == ASSIGNED ? client->coach->worker_id : 0);
    copy_text(copy, kind == PLANNED ? channel_words[began->channel - 1] : NULL);
    copy_text(copy, kind == PLANNED ? "client" : NULL);
    copy_sealed(copy, &of_last->by_whom);
    copy_text(copy, kind == MISSING ? theme_words[began->detail] : NULL);
    copy_text(copy, kind == MOTIVATION ? factor_words[began->detail] : NULL);
    copy_text(copy, kind == AGREED ? party_words[began->detail] : NULL);
    copy_some(copy, due_at);
    copy_sealed(copy, &of_first->grouped_as);
    for (int i = 0; i < 3; i++) {
        if (last->kind == ASSIGNED_PREPARED)
            copy_bool(copy, true);
        else
            copy_null(copy);
    }
}

/* ---- the state, and the clients and keys ---- */

static void write_state(const struct client *client, const struct municipality *municipality,
                        struct tables *tables, int64_t now, int64_t *next_id)
{
    const struct entry *start = client->journey.entries, *end = client_end(client), *spell = start;
    const struct entry *completed = find(client, COMPLETED), *assigned = find(client, ASSIGNED);
    int64_t working_since = 0, last_contact_at = 0, last_attempt_at = 0;
    int attempts = 0;
    for (int i = 0; i < client->journey.count; i++) {
        const struct entry *entry = &start[i];
        if (entry->kind == MOVED) {
            spell = entry;
            if (entry->stage == 0)
                working_since = 0;
            else if (entry->stage != STAGES - 1 && !working_since)
                working_since = entry->at;
        }
        bool met = entry->kind == CONTACT || entry->kind == CAME || entry->kind == NOT_SHOWN_UP;
        if (met && entry->with_client && entry->reached) {
            last_contact_at = entry->at;
            last_attempt_at = attempts = 0;
        } else if (met && entry->with_client) {
            last_attempt_at = entry->at;
            attempts++;
        }
    }
    int64_t due_at = last_contact_at ? last_contact_at + RHYTHM_DAYS * DAY : start->at;
    struct copy *copy = tables->copies[TABLE_STATE];
    begin_row(copy, municipality, client->id);
    copy_int8(copy, client->id);
    copy_bool(copy, !end);
    copy_int8(copy, client->journey.count);
    copy_int8(copy, start->at);
    copy_text(copy, stage_words[spell->stage]);
    copy_int8(copy, spell->at);
    copy_some(copy, working_since);
    copy_int8(copy, client->coach->team_id);
    copy_int8(copy, client->coach->worker_id);
    copy_int8(copy, assigned ? assigned->at : start->at);
    copy_text(copy, completed ? "employer" : "coach");
    copy_int8(copy, completed ? completed->at : start->at);
    copy_some(copy, completed ? caseload_employer_id(municipality, client->employer) : 0);
    copy_some(copy, last_contact_at);
    copy_some(copy, last_attempt_at);
    copy_int4(copy, attempts);
    copy_int4(copy, RHYTHM_DAYS);
    copy_int8(copy, due_at);
    if (end)
        return;
    /* What has passed already was announced then. */
    copy = tables->copies[due_at > now ? TABLE_CONTACT_DUE : TABLE_RHYTHM_PASSING];
    begin_row(copy, municipality, due_at > now ? client->id : (*next_id)++);
    if (due_at <= now)
        copy_int8(copy, client->id);
    copy_int8(copy, due_at);
    if (due_at > now)
        return;
    copy_some(copy, last_contact_at);
    copy_int4(copy, RHYTHM_DAYS);
    copy_int8(copy, client->coach->team_id);
    copy_int8(copy, client->coach->worker_id);
}

void client_write(const struct client *client, const struct municipality *municipality, struct tables *tables,
                  int64_t now, int64_t *next_id)
{
    const struct entry *end = client_end(client);
    struct copy *copy = tables->copies[TABLE_TRAJECTORY];
    begin_row(copy, municipality, client->id);
    copy_int8(copy, client->id);
    copy_int4(copy, 1);
    copy_text(copy, trajectory_kind_words[client->trajectory_kind]);
    copy_int8(copy, client->journey.entries[0].at);
    copy_some(copy, moment_of(end));
    copy_text(copy, end ? outcome_words[client->outcome] : NULL);

    copy = tables->copies[TABLE_CHAIN_HEAD];
    begin_row(copy, municipality, client->id);
    copy_int8(copy, client->sequence);
    copy_bytes(copy, client->chained, CHAIN_BYTES);

    write_spells(client, municipality, tables->copies[TABLE_STAGE_SPELL]);
    write_assignments(client, municipality, tables->copies[TABLE_COACH_ASSIGNMENT]);
    write_guidance(client, municipality, tables->copies[TABLE_GUIDANCE]);
    write_handover(client, municipality, tables->copies[TABLE_HANDOVER]);
    for (int i = 0; i < client->journey.count; i++)
        if (client->journey.entries[i].item == i)
            write_item(client, municipality, tables->copies[TABLE_ITEM], i);
    write_state(client, municipality, tables, now, next_id);
}
