#include "log.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "gzip.h"
#include "language.h"
#include "log_reader.h"
#include "when.h"
#include "words.h"

/* Entries of one moment stay in the order of the file. */
struct ordered_entry {
    Traject__V1__ImportEntry entry;
    size_t order;
};

static int compare_places(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->number, ((const struct place *)b)->number);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

void add_field(struct reader *reader, const char *bytes, size_t length)
{
    if (reader->count == FIELDS_MAX) {
        reader->unreadable = _("the row has too many fields");
        return;
    }
    if (length && memchr(bytes, '\0', length))
        reader->unreadable = _("the row holds a NUL character");
    else if (length && u8_check((const uint8_t *)bytes, length))
        reader->unreadable = _("the row is not UTF-8");
    reader->fields[reader->count++] = length ? strndup(bytes, length) : strdup("");
}

static void take_field(void *bytes, size_t length, void *context)
{
    add_field(context, bytes, length);
}

void clear_row(struct reader *reader)
{
    while (reader->count)
        free(reader->fields[--reader->count]);
    reader->unreadable = NULL;
    reader->in_row = false;
}

static const char *field(const struct reader *reader, enum map_column column)
{
    int place = reader->places[column];
    return place < 0 || (size_t)place >= reader->count ? "" : reader->fields[place];
}

/* ---- the header ---- */

static void read_header(struct reader *reader)
{
    const struct map *map = reader->map;
    reader->width = reader->count;
    for (size_t i = 0; i < MAP_COLUMNS && !reader->header_reason; i++) {
        reader->places[i] = -1;
        for (size_t f = 0; map->columns[i] && f < reader->count; f++) {
            if (strcmp(reader->fields[f], map->columns[i]) == 0)
                reader->places[i] = (int)f;
        }
        if (!map->columns[i] || reader->places[i] >= 0)
            continue;
        const char *near = nearest(map->columns[i], (const char *const *)reader->fields, reader->count);
        reader->header_reason =
            near
                ? says(_("the log has no column \"%s\", which the map names as the %s; did you mean \"%s\"?"),
                       map->columns[i], map_columns[i], near)
                : says(
                      _("the log has no column \"%s\", which the map names as the %s; is the map's delimiter "
                        "right?"),
                      map->columns[i], map_columns[i]);
    }
}

/* ---- rows ---- */

Google__Protobuf__Timestamp *timestamp(const char *text)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    if (when_parse_date(text, 0, WHEN_START, &time.seconds, &time.nanos))
        return NULL;
    Google__Protobuf__Timestamp *made = malloc(sizeof *made);
    *made = time;
    return made;
}

static bool same_time(const Google__Protobuf__Timestamp *a, const Google__Protobuf__Timestamp *b)
{
    return (!a && !b) || (a && b && a->seconds == b->seconds && a->nanos == b->nanos);
}

struct log_case *add_case(struct reader *reader, const char *number)
{
    struct log *log = reader->log;
    if (!log->cases || (log->n_cases & (log->n_cases - 1)) == 0)
        log->cases = realloc(log->cases, (log->n_cases ? 2 * log->n_cases : 1) * sizeof *log->cases);
    struct place *place = malloc(sizeof *place + strlen(number) + 1);
    *place = (struct place){strcpy((char *)(place + 1), number), log->n_cases};
    tsearch(place, &reader->case_numbers, compare_places);
    struct log_case *made = &log->cases[log->n_cases++];
    *made = (struct log_case){.first_line = reader->row_line};
    return made;
}

struct log_case *case_there(const struct reader *reader, const char *number)
{
    struct place sought = {number, 0}, **found = tfind(&sought, &reader->case_numbers, compare_places);
    return found ? &reader->log->cases[(*found)->index] : NULL;
}

/* The case with this number, made when it is new; NULL when the row says something else of it than its
 * first row did. */
static struct log_case *find_case(struct reader *reader, const char **differs)
{
    struct log_case *there = case_there(reader, field(reader, MAP_CASE));
    const char *started = field(reader, MAP_STARTED), *ended = field(reader, MAP_ENDED);
    if (!there) {
        char *number = strdup(field(reader, MAP_CASE));
        struct log_case *made = add_case(reader, number);
        made->request = reader->map->journey;
        made->request.reason = strdup(reader->map->journey.reason);
        made->request.client_number = number;
        made->request.coach = strdup(field(reader, MAP_COACH));
        made->request.team = strdup(field(reader, MAP_TEAM));
        made->request.started_at = *started ? timestamp(started) : NULL;
        made->request.ended_at = *ended ? timestamp(ended) : NULL;
        if (*field(reader, MAP_NAME)) {
            made->request._full_name_case = TRAJECT__V1__IMPORT_JOURNEY_REQUEST___FULL_NAME_FULL_NAME;
            made->request.full_name = strdup(field(reader, MAP_NAME));
        }
        return made;
    }
    Google__Protobuf__Timestamp *row_started = *started ? timestamp(started) : NULL;
    Google__Protobuf__Timestamp *row_ended = *ended ? timestamp(ended) : NULL;
    *differs = strcmp(there->request.coach, field(reader, MAP_COACH)) != 0 ? "coach"
               : strcmp(there->request.team, field(reader, MAP_TEAM)) != 0 ? "team"
               : !same_time(there->request.started_at, row_started)        ? "started"
               : !same_time(there->request.ended_at, row_ended)            ? "ended"
                                                                           : NULL;
    free(row_started);
    free(row_ended);
    return there;
}

char *says(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

/* What is wrong with the fields on their own, or NULL. */
static char *check_fields(const struct reader *reader)
{
    static const enum map_column moments[] = {MAP_MOMENT, MAP_STARTED, MAP_ENDED};
    if (reader->unreadable)
        return strdup(reader->unreadable);
    if (reader->count != reader->width)
        return says(_("the row has %zu fields, the header has %zu"), reader->count, reader->width);
    for (size_t i = 0; i < MAP_WORKER; i++) {
        if (!*field(reader, (enum map_column)i))
            return says(_("the %s is empty"), map_columns[i]);
    }
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        const char *text = field(reader, moments[i]);
        Google__Protobuf__Timestamp *time = *text ? timestamp(text) : NULL;
        free(time);
        if (*text && !time)
            return says(_("the %s is \"%.60s\", which is no moment like 2026-11-02T14:10:05+01:00"),
                        map_columns[moments[i]], text);
    }
    return NULL;
}

static char *fill_entry(struct reader *reader, Traject__V1__ImportEntry *entry)
{
    const char *activity = field(reader, MAP_ACTIVITY), *channel = field(reader, MAP_CHANNEL);
    const struct map_rule *rule = map_activity(reader->map, activity), *by_column = NULL;
    if (!rule)
        return says(_("the map has no activity \"%.100s\""), activity);
    if (rule->channel_of_column && !(by_column = map_channel(reader->map, channel)))
        return says(_("the map has no channel \"%.100s\""), channel);
    if (tfind(field(reader, MAP_EVENT), &reader->events, compare_text))
        return says(_("event \"%.100s\" came before"), field(reader, MAP_EVENT));
    *entry = rule->entry;
    if (by_column) {
        entry->_channel_case = by_column->entry._channel_case;
        entry->channel = by_column->entry.channel;
    }
    entry->external_id = strdup(field(reader, MAP_EVENT));
    entry->occurred_at = timestamp(field(reader, MAP_MOMENT));
    entry->activity = strdup(activity);
    if (*field(reader, MAP_WORKER)) {
        entry->_worker_case = TRAJECT__V1__IMPORT_ENTRY___WORKER_WORKER;
        entry->worker = strdup(field(reader, MAP_WORKER));
    }
    if (*field(reader, MAP_WORDS)) {
        entry->_words_case = TRAJECT__V1__IMPORT_ENTRY___WORDS_WORDS;
        entry->words = strdup(field(reader, MAP_WORDS));
    }
    tsearch(entry->external_id, &reader->events, compare_text);
    return NULL;
}

static void add_entry(struct log_case *to, const Traject__V1__ImportEntry *entry)
{
    size_t count = to->request.n_entries;
    if ((count & (count - 1)) == 0)
        to->request.entries =
            realloc(to->request.entries, (count ? 2 * count : 1) * sizeof *to->request.entries);
    struct ordered_entry *added = malloc(sizeof *added);
    *added = (struct ordered_entry){*entry, count};
    to->request.entries[count] = &added->entry;
    to->request.n_entries++;
}

/* A row whose case cannot be told may belong to any case that it names somewhere: none of those goes in. */
static void suspect(struct reader *reader, const char *word, size_t length)
{
    char *kept = strndup(word, length);
    if (!*kept || *(char **)tsearch(kept, &reader->suspects, compare_text) != kept)
        free(kept);
}

static void suspect_fields(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        suspect(reader, reader->fields[i], strlen(reader->fields[i]));
}

static void suspect_text(struct reader *reader, const char *text)
{
    const char ends[] = {reader->map ? reader->map->delimiter : ',', '"', ' ', '\t', '\r', '\n', '\0'};
    while (*text) {
        size_t length = strcspn(text, ends);
        suspect(reader, text, length);
        text += length + (text[length] != '\0');
    }
}

static char *mapped_row(struct reader *reader, struct log_case **of)
{
    const char *differs = NULL;
    Traject__V1__ImportEntry entry;
    char *reason = check_fields(reader);
    /* Also a bad row belongs to a case, when that much can be read. */
    bool whole = !reader->unreadable && reader->count == reader->width && *field(reader, MAP_CASE);
    *of = whole ? find_case(reader, &differs) : NULL;
    if (!reason && differs)
        reason = says(_("the %s of case %s differs from that on line %zu"), differs, field(reader, MAP_CASE),
                      (*of)->first_line);
    if (!reason)
        reason = fill_entry(reader, &entry);
    if (!reason) {
        assert(*of);
        add_entry(*of, &entry);
    }
    return reason;
}

void read_row(struct reader *reader)
{
    struct log_case *of = NULL;
    reader->log->rows++;
    char *reason = reader->map ? mapped_row(reader, &of) : own_row(reader, &of);
    if (of)
        of->rows++;
    else
        suspect_fields(reader);
    if (!reason)
        return;
    reader->report(reader->context, reader->row_line, reason);
    reader->log->bad_rows++;
    if (of)
        of->bad_rows++;
    free(reason);
}

static void end_row(int terminator, void *context)
{
    struct reader *reader = context;
    (void)terminator;
    if (reader->width)
        read_row(reader);
    else if (reader->map)
        read_header(reader);
    else
        reader->header_reason = own_names(reader);
    clear_row(reader);
}

/* ---- the file ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct ordered_entry *x = *(struct ordered_entry *const *)a, *y = *(struct ordered_entry *const *)b;
    const Google__Protobuf__Timestamp *s = x->entry.occurred_at, *t = y->entry.occurred_at;
    if (s->seconds != t->seconds)
        return s->seconds < t->seconds ? -1 : 1;
    if (s->nanos != t->nanos)
        return s->nanos < t->nanos ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void unreadable_row(struct reader *reader, const char *line)
{
    reader->log->rows++;
    reader->log->bad_rows++;
    reader->report(reader->context, reader->row_line, _("the quotes are not as CSV has them (RFC 4180)"));
    suspect_fields(reader);
    suspect_text(reader, line);
    clear_row(reader);
}

static void start_parser(struct csv_parser *parser, const struct map *map)
{
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
        abort();
    csv_set_delim(parser, (unsigned char)(map ? map->delimiter : ','));
}

/* The next line with its end, as far as it fits; -1 when there is none. */
static ssize_t next_line(char *line, FILE *in)
{
    ssize_t length = 0;
    int c = EOF;
    while (length < ROW_BYTES_MAX && c != '\n' && (c = getc_unlocked(in)) != EOF)
        line[length++] = (char)c;
    line[length] = '\0';
    return length ? length : -1;
}

static void read_lines(struct reader *reader, FILE *in)
{
    struct csv_parser parser;
    char *line = malloc(ROW_BYTES_MAX + 1);
    ssize_t length, row = 0;
    start_parser(&parser, reader->map);
    reader->guarded = !reader->map;
    while (!reader->header_reason && (length = next_line(line, in)) >= 0) {
        const char *text = line;
        if (!reader->line++ && length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            text += 3;
            length -= 3;
        }
        if (!reader->in_row) {
            reader->row_line = reader->line;
            reader->in_row = text[strspn(text, " \t\r\n")] != '\0';
            row = 0;
        }
        row += length;
        if (row >= ROW_BYTES_MAX) {
            reader->header_reason =
                says(_("the row of line %zu is larger than 1 MiB: is it a log, and is a quote left open?"),
                     reader->row_line);
            break;
        }
        if (csv_parse(&parser, text, (size_t)length, take_field, end_row, reader) != (size_t)length) {
            unreadable_row(reader, text);
            csv_free(&parser);
            start_parser(&parser, reader->map);
        }
    }
    if (!reader->header_reason && ferror(in))
        reader->header_reason = says(_("it cannot be read to its end: %s"), gzip_strerror(errno));
    if (!reader->header_reason && csv_fini(&parser, take_field, end_row, reader))
        reader->header_reason =
            says(_("the row of line %zu opens a quote that is never closed, so all after it "
                   "is unread; close it"),
                 reader->row_line);
    clear_row(reader);
    csv_free(&parser);
    free(line);
}

static void keep(void *nothing)
{
    (void)nothing;
}

/* Its first character tells, after the mark that some programs begin UTF-8 with. */
static bool looks_like_xml(FILE *in)
{
    static const char mark[] = "\xef\xbb\xbf";
    int c = EOF;
    size_t at = 0;
    while (mark[at] && (c = getc(in)) == (unsigned char)mark[at])
        at++;
    if (!mark[at])
        c = getc(in);
    bool xml = c == '<' && (at == 0 || !mark[at]);
    /* Each is put back where it came from, so all of them fit. */
    ungetc(c, in);
    while (at)
        ungetc((unsigned char)mark[--at], in);
    return xml;
}

struct log *log_read(FILE *in, const struct map *map, log_report report, void *context, char **reason)
{
    struct log *log = calloc(1, sizeof *log);
    struct reader *reader = calloc(1, sizeof *reader);
    *reader = (struct reader){.map = map, .log = log, .report = report, .context = context};
    if (looks_like_xml(in))
        read_xes(reader, in);
    else
        read_lines(reader, in);
    for (size_t i = 0; i < log->n_cases; i++) {
        Traject__V1__ImportJourneyRequest *request = &log->cases[i].request;
        log->cases[i].left_out = log->cases[i].bad_rows > 0;
        if (!log->cases[i].left_out && tfind(request->client_number, &reader->suspects, compare_text)) {
            char *told =
                says(_("case %s is left out: a bad row that may be of it has no case that can be told"),
                     request->client_number);
            report(context, log->cases[i].first_line, told);
            free(told);
            log->cases[i].left_out = true;
        }
        if (request->n_entries)
            qsort(request->entries, request->n_entries, sizeof *request->entries, compare_entries);
        if (log->cases[i].told)
            own_case(&log->cases[i]);
        /* A log without a column for the start: a case starts with its first event. */
        if (!request->started_at && request->n_entries) {
            request->started_at = malloc(sizeof *request->started_at);
            *request->started_at = *request->entries[0]->occurred_at;
        }
    }
    if (!reader->width && !reader->header_reason)
        reader->header_reason = strdup(_("the log is empty: its first line should name the columns"));
    *reason = reader->header_reason;
    if (*reason) {
        log_free(log);
        log = NULL;
    }
    tdestroy(reader->case_numbers, free);
    tdestroy(reader->events, keep);
    tdestroy(reader->suspects, free);
    own_clear(reader);
    free(reader);
    return log;
}

size_t log_case_entries(const struct log_case *of)
{
    return of->told ? of->told->n_entries : of->request.n_entries;
}

void log_free(struct log *log)
{
    for (size_t i = 0; i < log->n_cases; i++) {
        Traject__V1__ImportJourneyRequest *r = &log->cases[i].request;
        if (log->cases[i].told)
            traject__v1__import_log_case_request__free_unpacked(log->cases[i].told, NULL);
        for (size_t e = 0; e < r->n_entries; e++)
            traject__v1__import_entry__free_unpacked(r->entries[e], NULL);
        free(r->entries);
        char *strings[] = {r->client_number, r->coach, r->team, r->reason,
                           r->_full_name_case ? r->full_name : NULL};
        for (size_t s = 0; s < sizeof strings / sizeof *strings; s++)
            free(strings[s]);
        free(r->started_at);
        free(r->ended_at);
    }
    free(log->cases);
    free(log);
}
