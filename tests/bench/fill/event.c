#include "event.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libpq-fe.h>

#include "words.h"

enum {
    ROWS_MAX = 500,
    RECORDED_AFTER = 60 * 1000000, /* a minute */
};

/* In the order of event_columns. */
enum event_column {
    MUNICIPALITY_ID,
    EVENT_ID,
    TRAJECTORY_ID,
    KIND,
    OCCURRED_AT,
    RECORDED_AT,
    RECORDED_BY,
    WORKER_ID,
    TEAM_ID,
    STAGE,
    CHANNEL,
    COUNTERPART,
    REACHED,
    WORDS,
    REASON,
    TRAJECTORY_KIND,
    OUTCOME,
    EMPLOYER_ID,
    PERSON_ID,
    SECOND_PERSON_ID,
    ITEM_ID,
    WHAT,
    BY_WHOM,
    THEME,
    FACTOR,
    PARTY,
    DUE_AT,
    GROUPED_AS,
    RECORD_READ,
    INTRODUCED_TO_CLIENT,
    AGREEMENTS_PASSED_ON,
    TALKED_THROUGH_WITH_CLIENT,
    GUIDANCE_NEEDS_SHARED,
    ABSENCE_AND_DROPOUT_DISCUSSED,
    FALLBACK_AGREED,
    SEQUENCE,
    CHAINED,
    COLUMNS
};

struct events {
    const struct keys *keys;
    struct copy *copy;
    char *names; /* of the columns, each ended by a 0 */
    PGresAttDesc columns[COLUMNS];
    struct chain *chain;
    PGresult *rows; /* as if they were read: what the daemon's own code chains */
    int count;
};

static void begin_rows(struct events *events)
{
    PQclear(events->rows);
    events->rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    events->count = 0;
    if (!events->rows || !PQsetResultAttrs(events->rows, COLUMNS, events->columns))
        fail("out of memory");
}

struct events *events_new(const struct keys *keys, struct copy *copy)
{
    struct events *events = memory_new(1, sizeof *events);
    *events = (struct events){.keys = keys, .copy = copy, .names = memory_copy(event_columns)};
    char *rest = events->names;
    for (int i = 0; i < COLUMNS; i++)
        events->columns[i] = (PGresAttDesc){.name = strsep(&rest, ","), .format = 1};
    begin_rows(events);
    events->chain = chain_new(events->rows);
    return events;
}

void events_free(struct events *events)
{
    chain_free(events->chain);
    PQclear(events->rows);
    free(events->names);
    free(events);
}

static void set(struct events *events, enum event_column column, const void *value, size_t length)
{
    if (!PQsetvalue(events->rows, events->count, column, (char *)value, (int)length))
        fail("out of memory");
}

static void set_int8(struct events *events, enum event_column column, int64_t value)
{
    set(events, column, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

static void set_word(struct events *events, enum event_column column, const char *word)
{
    set(events, column, word, strlen(word));
}

static void set_bool(struct events *events, enum event_column column, bool value)
{
    set(events, column, &(uint8_t){value}, 1);
}

/* Sealed under the client's key; kept in `sealed`. */
static void set_sealed(struct events *events, enum event_column column,
                       const struct municipality *municipality, const struct client *client,
                       enum seal_tokens tokens, const char *text, size_t length, struct bytes *sealed)
{
    seal_text(events->keys, municipality->id, &client->key, tokens, text, length, sealed);
    set(events, column, sealed->data, sealed->length);
}

static struct texts *texts_of(struct entry *entry)
{
    if (!entry->texts)
        entry->texts = memory_new(1, sizeof *entry->texts);
    return entry->texts;
}

static void set_texts(struct events *events, const struct municipality *municipality,
                      const struct client *client, struct entry *entry, struct random *random)
{
    enum kind kind = entry->kind;
    char text[WORDS_MAX];
    bool said = kind == MOTIVATION || (kind == CONTACT && random_percent(random, 75)) ||
                (kind == CAME && random_percent(random, 60)) ||
                (kind == STARTED && random_percent(random, 30));
    if (said) {
        struct bytes sealed = {0};
        size_t length = words_said(random, text);
        set_sealed(events, WORDS, municipality, client, SEAL_NOTHING, text, length, &sealed);
        free(sealed.data);
    }
    if (entry->back || kind == NOT_KEPT || kind == CANCELLED) {
        size_t length = words_said(random, text);
        set_sealed(events, REASON, municipality, client, SEAL_NOTHING, text, length,
                   &texts_of(entry)->reason);
    }
    if (kind == AGREED || kind == RAISED || kind == TASK || kind == WISH) {
        size_t length = words_short(random, text);
        set_sealed(events, WHAT, municipality, client, SEAL_NOTHING, text, length, &texts_of(entry)->what);
    }
    if (kind == PUT)
        set_sealed(events, BY_WHOM, municipality, client, SEAL_LABEL, "Afdeling Vervoer", 16,
                   &texts_of(entry)->by_whom);
    if (kind == RAISED)
        set_sealed(events, GROUPED_AS, municipality, client, SEAL_LABEL, "vervoer", 7,
                   &texts_of(entry)->grouped_as);
}

static void set_details(struct events *events, const struct municipality *municipality,
                        const struct client *client, const struct entry *entry)
{
    enum kind kind = entry->kind;
    if (kind == STARTED || kind == ASSIGNED) {
        const struct coach *coach = kind == ASSIGNED ? client->coach : client_coach_at(client, entry->at);
        set_int8(events, WORKER_ID, coach->worker_id);
        set_int8(events, TEAM_ID, coach->team_id);
    }
    if (kind == STARTED)
        set_word(events, TRAJECTORY_KIND, trajectory_kind_words[client->trajectory_kind]);
    if (kind == STARTED || kind == MOVED)
        set_word(events, STAGE, stage_words[entry->stage]);
    if (kind == ENDED)
        set_word(events, OUTCOME, outcome_words[client->outcome]);
    if (entry->channel) {
        set_word(events, CHANNEL, channel_words[entry->channel - 1]);
        set_word(events, COUNTERPART, entry->with_client ? "client" : "employer");
        if (kind != PLANNED)
            set_bool(events, REACHED, entry->reached);
    }
    if (kind >= FLAGGED && kind <= COMPLETED) {
        set_int8(events, EMPLOYER_ID, caseload_employer_id(municipality, client->employer));
        set_int8(events, PERSON_ID, caseload_person_id(municipality, client->employer, 0));
    }
    if (kind == PREPARED) {
        set_int8(events, SECOND_PERSON_ID, caseload_person_id(municipality, client->employer, 1));
        for (enum event_column i = TALKED_THROUGH_WITH_CLIENT; i <= FALLBACK_AGREED; i++)
            set_bool(events, i, true);
    }
    if (kind == ASSIGNED_PREPARED)
        for (enum event_column i = RECORD_READ; i <= AGREEMENTS_PASSED_ON; i++)
            set_bool(events, i, true);
    if (kind >= MISSING && kind <= MET)
        set_word(events, THEME, theme_words[entry->detail]);
    if (kind == MOTIVATION)
        set_word(events, FACTOR, factor_words[entry->detail]);
    if (kind == AGREED)
        set_word(events, PARTY, party_words[entry->detail]);
    if (entry->item != NOBODY_ITEM)
        set_int8(events, ITEM_ID, client->journey.entries[entry->item].event_id);
    if (entry->due_at)
        set_int8(events, DUE_AT, entry->due_at);
}

static void send_row(const struct events *events)
{
    copy_row(events->copy);
    for (int i = 0; i < COLUMNS; i++) {
        if (PQgetisnull(events->rows, events->count, i))
            copy_null(events->copy);
        else
            copy_bytes(events->copy, PQgetvalue(events->rows, events->count, i),
                       (size_t)PQgetlength(events->rows, events->count, i));
    }
}

void events_add(struct events *events, const struct municipality *municipality, struct client *client,
                struct entry *entry, struct random *random)
{
    if (events->count == ROWS_MAX)
        begin_rows(events);
    set_int8(events, MUNICIPALITY_ID, municipality->id);
    set_int8(events, EVENT_ID, entry->event_id);
    set_int8(events, TRAJECTORY_ID, client->id);
    set_word(events, KIND, kind_words[entry->kind]);
    set_int8(events, OCCURRED_AT, entry->at);
    set_int8(events, RECORDED_AT, entry->at + RECORDED_AFTER);
    set_int8(events, RECORDED_BY, client_coach_at(client, entry->at)->worker_id);
    set_texts(events, municipality, client, entry, random);
    set_details(events, municipality, client, entry);

    if (!client->sequence)
        chain_origin(events->chain, municipality->id, client->id, client->id, client->key.id,
                     client->chained);
    chain_link(events->chain, events->rows, events->count, client->chained, client->chained);
    set_int8(events, SEQUENCE, ++client->sequence);
    set(events, CHAINED, client->chained, CHAIN_BYTES);
    send_row(events);
    events->count++;
}
