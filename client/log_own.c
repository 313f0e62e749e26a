/* Rows of a log that traject log export wrote, as CSV or XES: they say all that is needed to take them back.
 */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "log_reader.h"
#include "when.h"
#include "words.h"

/* What the server takes of a case at once: more it refuses, so they need no order. */
enum { ENTRIES_MAX = 2000 };

static const char *const needed[] = {"client_number", "trajectory", "external_id", "kind", "occurred_at"};

static const ProtobufCFieldDescriptor *entry_field(const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(&traject__v1__log_entry__descriptor, name);
}

static const ProtobufCFieldDescriptor *case_field(const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(&traject__v1__log_case__descriptor, name);
}

/* ---- names ---- */

static void clear_names(struct reader *reader)
{
    for (size_t i = 0; i < reader->width; i++)
        free(reader->names[i]);
    free(reader->names);
    reader->names = NULL;
    reader->width = 0;
}

void own_clear(struct reader *reader)
{
    if (reader->names)
        clear_names(reader);
}

static const char *value_of(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->width && i < reader->count; i++) {
        if (strcmp(reader->names[i], name) == 0)
            return reader->fields[i];
    }
    return NULL;
}

char *own_names(struct reader *reader)
{
    own_clear(reader);
    reader->names = calloc(reader->count + 1, sizeof *reader->names);
    for (reader->width = 0; reader->width < reader->count; reader->width++)
        reader->names[reader->width] = strdup(reader->fields[reader->width]);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!value_of(reader, needed[i]))
            return says(
                _("it has no column \"%s\", so traject log export did not write it; say with --map MAP "
                  "what its columns mean"),
                needed[i]);
    }
    for (size_t i = 0; i < reader->width; i++) {
        if (!entry_field(reader->names[i]) && !case_field(reader->names[i]))
            return says(
                _("it has a column \"%.60s\", which traject log export does not write; take it out, or "
                  "say with --map MAP what the columns mean"),
                reader->names[i]);
    }
    return NULL;
}

/* ---- rows ---- */

/* The quote that log_csv.c puts before what a spreadsheet would run. */
static void take_guards_off(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        char *field = reader->fields[i];
        if (*field == '\'')
            memmove(field, field + 1, strlen(field));
    }
}

static struct log_case *find_case(struct reader *reader, char **reason)
{
    const char *number = value_of(reader, "client_number"), *trajectory = value_of(reader, "trajectory"),
               *name = value_of(reader, "full_name");
    char *key = says("%s\n%s", number, trajectory);
    struct log_case *of = case_there(reader, key);
    if (!of) {
        of = add_case(reader, key);
        traject__v1__import_journey_request__init(&of->request);
        of->request.client_number = strdup(number);
        of->request.coach = strdup("");
        of->request.team = strdup("");
        of->request.reason = strdup("");
        of->told = malloc(sizeof *of->told);
        traject__v1__import_log_case_request__init(of->told);
        of->told->client_number = strdup(number);
        /* TRANSLATORS: stands in the record where the log has no words, as the reason for a move. */
        of->told->reason = strdup(_("not in the event log"));
        of->told->by_whom = strdup(_("not in the event log"));
        if (name && *name) {
            of->told->_full_name_case = TRAJECT__V1__IMPORT_LOG_CASE_REQUEST___FULL_NAME_FULL_NAME;
            of->told->full_name = strdup(name);
        }
        field_from_text(&of->told->base, "trajectory", trajectory, 0, WHEN_START, reason);
    }
    free(key);
    return of;
}

static int set(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *text,
               char **reason)
{
    if (!field_is_timestamp(field))
        return field_from_text(message, field->name, text, 0, WHEN_START, reason);
    Google__Protobuf__Timestamp *time = field_count(message, field) ? NULL : timestamp(text);
    if (time)
        return field_put(message, field, &time);
    *reason = says(_("\"%.60s\" is no moment like 2026-11-02T14:10:05+01:00"), text);
    return -1;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static char *fill_entry(struct reader *reader, Traject__V1__LogEntry *entry)
{
    for (size_t i = 0; i < reader->width; i++) {
        const ProtobufCFieldDescriptor *field = entry_field(reader->names[i]);
        char *why = NULL;
        if (!field || !*reader->fields[i] || !set(&entry->base, field, reader->fields[i], &why))
            continue;
        char *reason = says("%s: %s", reader->names[i], why);
        free(why);
        return reason;
    }
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        const char *value = value_of(reader, needed[i]);
        if (!value || !*value)
            return says(_("the %s is empty"), needed[i]);
    }
    if (tfind(entry->external_id, &reader->events, compare_ids))
        return says(_("event \"%.100s\" came before"), entry->external_id);
    return NULL;
}

static void add_entry(struct log_case *to, Traject__V1__LogEntry *entry)
{
    size_t count = to->told->n_entries;
    if ((count & (count - 1)) == 0)
        to->told->entries = realloc(to->told->entries, (count ? 2 * count : 1) * sizeof *to->told->entries);
    to->told->entries[to->told->n_entries++] = entry;
}

char *own_row(struct reader *reader, struct log_case **of)
{
    char *reason = NULL;
    if (reader->guarded)
        take_guards_off(reader);
    if (reader->unreadable)
        return strdup(reader->unreadable);
    if (reader->count != reader->width)
        return says(_("the row has %zu fields, the header has %zu"), reader->count, reader->width);
    const char *number = value_of(reader, "client_number"), *trajectory = value_of(reader, "trajectory");
    if (!number || !*number || !trajectory || !*trajectory)
        return says(_("it does not say whose trajectory it belongs to"));
    *of = find_case(reader, &reason);
    Traject__V1__LogEntry *entry = malloc(sizeof *entry);
    traject__v1__log_entry__init(entry);
    if (!reason)
        reason = fill_entry(reader, entry);
    if (reason) {
        traject__v1__log_entry__free_unpacked(entry, NULL);
    } else {
        tsearch(entry->external_id, &reader->events, compare_ids);
        add_entry(*of, entry);
    }
    return reason;
}

/* ---- whole cases ---- */

static bool is_later(const Traject__V1__LogEntry *a, const Traject__V1__LogEntry *b)
{
    const Google__Protobuf__Timestamp *s = a->occurred_at, *t = b->occurred_at;
    return s->seconds != t->seconds ? s->seconds > t->seconds : s->nanos > t->nanos;
}

/* Entries of one moment stay as they are; so, nearly always, do all. */
static void order(Traject__V1__LogEntry **entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        Traject__V1__LogEntry *entry = entries[i];
        size_t place = i;
        for (; place && is_later(entries[place - 1], entry); place--)
            entries[place] = entries[place - 1];
        entries[place] = entry;
    }
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = strdup(with);
}

void own_case(struct log_case *of)
{
    if (of->told->n_entries <= ENTRIES_MAX)
        order(of->told->entries, of->told->n_entries);
    for (size_t i = 0; i < of->told->n_entries; i++) {
        const Traject__V1__LogEntry *entry = of->told->entries[i];
        if (entry->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_STARTED ||
            entry->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_COACH_ASSIGNED) {
            replace(&of->request.coach, entry->coach);
            replace(&of->request.team, entry->team);
        }
    }
}
