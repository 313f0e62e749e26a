/* XES, IEEE 1849-2016, read event by event. What is held at a time is bounded, and a document type is
 * refused: with it come entities, which unfold to any size or reach for other files, and no log needs one. */
#include <expat.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gzip.h"
#include "language.h"
#include "log_reader.h"
#include "log_writer.h"

enum { CHUNK_BYTES = 1 << 16, DEPTH_MAX = 100 };

/* Attributes of a trace or an event, by key. */
struct pairs {
    char *keys[FIELDS_MAX], *values[FIELDS_MAX];
    size_t count, bytes;
};

struct xes {
    XML_Parser parser;
    struct reader *reader;
    int depth;
    int trace_depth, event_depth; /* of the element that is open; 0 for none */
    bool is_own;
    struct pairs of_trace, of_event;
    size_t place; /* of the event in its trace */
};

static void clear(struct pairs *pairs)
{
    while (pairs->count) {
        free(pairs->keys[--pairs->count]);
        free(pairs->values[pairs->count]);
    }
    pairs->bytes = 0;
}

static void stop(struct xes *xes, char *reason)
{
    if (xes->reader->header_reason)
        free(reason);
    else
        xes->reader->header_reason = reason;
    XML_StopParser(xes->parser, XML_FALSE);
}

static size_t line_of(const struct xes *xes)
{
    return XML_GetCurrentLineNumber(xes->parser);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2) {
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    }
    return NULL;
}

static const char *find(const struct pairs *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->keys[i], key) == 0)
            return pairs->values[i];
    }
    return NULL;
}

static void take(struct xes *xes, struct pairs *pairs, const char *key, const char *value)
{
    if (!key || !value)
        return;
    pairs->bytes += strlen(key) + strlen(value);
    if (pairs->count == FIELDS_MAX || pairs->bytes > ROW_BYTES_MAX) {
        stop(xes, says(_("what begins on line %zu has more than %d attributes, or more than 1 MiB of them"),
                       xes->reader->row_line, FIELDS_MAX));
        return;
    }
    pairs->keys[pairs->count] = strdup(key);
    pairs->values[pairs->count++] = strdup(value);
}

/* ---- events as rows ---- */

static void mapped_event(struct xes *xes)
{
    struct reader *reader = xes->reader;
    const char *of_case = NULL;
    reader->width = MAP_COLUMNS;
    for (int i = 0; i < MAP_COLUMNS; i++) {
        const char *column = reader->map->columns[i], *value = NULL;
        char *made = NULL;
        if (column && strncmp(column, "case:", 5) == 0)
            value = find(&xes->of_trace, column + 5);
        else if (column)
            value = find(&xes->of_event, column);
        else if (i == MAP_EVENT)
            value = made = says("%s-%zu", of_case ? of_case : "", xes->place);
        if (i == MAP_CASE)
            of_case = value;
        reader->places[i] = i;
        add_field(reader, value ? value : "", value ? strlen(value) : 0);
        free(made);
    }
}

static void own_attributes(struct reader *reader, const struct pairs *pairs, bool names)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const char *field = log_xes_field(pairs->keys[i]);
        if (field)
            add_field(reader, names ? field : pairs->values[i], strlen(names ? field : pairs->values[i]));
    }
}

/* Each event says its own names: none has all. */
static void own_event(struct xes *xes)
{
    struct reader *reader = xes->reader;
    own_attributes(reader, &xes->of_trace, true);
    own_attributes(reader, &xes->of_event, true);
    char *reason = own_names(reader);
    clear_row(reader);
    if (reason) {
        stop(xes, says(_("the event on line %zu: %s"), reader->row_line, reason));
        free(reason);
        return;
    }
    own_attributes(reader, &xes->of_trace, false);
    own_attributes(reader, &xes->of_event, false);
}

static void take_event(struct xes *xes)
{
    xes->place++;
    if (xes->reader->map)
        mapped_event(xes);
    else
        own_event(xes);
    if (!xes->reader->header_reason)
        read_row(xes->reader);
    clear_row(xes->reader);
}

/* ---- elements ---- */

static bool is_attribute(const char *name)
{
    static const char *const types[] = {"string", "date", "int", "float", "boolean", "id"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i], name) == 0)
            return true;
    }
    return false;
}

static void start(void *context, const char *name, const char **attributes)
{
    struct xes *xes = context;
    const char *colon = strchr(name, ':');
    name = colon ? colon + 1 : name;
    xes->reader->line = line_of(xes);
    if (++xes->depth > DEPTH_MAX) {
        stop(xes,
             says(_("line %zu: elements stand in each other more than %d deep"), line_of(xes), DEPTH_MAX));
    } else if (xes->depth == 1) {
        if (strcmp(name, "log") != 0)
            stop(xes, says(_("it is XML, and no event log: it begins with <%.40s>, not with <log>"), name));
    } else if (xes->depth == 2 && strcmp(name, "extension") == 0) {
        const char *uri = attribute(attributes, "uri");
        xes->is_own = xes->is_own || (uri && strcmp(uri, LOG_EXTENSION_URI) == 0);
    } else if (xes->depth == 2 && strcmp(name, "trace") == 0) {
        xes->trace_depth = xes->depth;
        xes->place = 0;
        xes->reader->row_line = line_of(xes);
    } else if (xes->trace_depth && xes->depth == 3 && strcmp(name, "event") == 0) {
        xes->event_depth = xes->depth;
        xes->reader->row_line = line_of(xes);
        if (!xes->reader->map && !xes->is_own)
            stop(xes,
                 says(_("traject log export did not write it; say with --map MAP what its attributes mean")));
    } else if (xes->event_depth && xes->depth == 4 && is_attribute(name)) {
        take(xes, &xes->of_event, attribute(attributes, "key"), attribute(attributes, "value"));
    } else if (xes->trace_depth && xes->depth == 3 && is_attribute(name)) {
        /* As the standard has it: what came before would be of another case. */
        if (xes->place)
            stop(xes, says(_("line %zu: an attribute of the trace comes after its events"), line_of(xes)));
        take(xes, &xes->of_trace, attribute(attributes, "key"), attribute(attributes, "value"));
    }
}

static void end(void *context, const char *name)
{
    struct xes *xes = context;
    (void)name;
    if (xes->depth == xes->event_depth) {
        take_event(xes);
        clear(&xes->of_event);
        xes->event_depth = 0;
    } else if (xes->depth == xes->trace_depth) {
        clear(&xes->of_trace);
        xes->trace_depth = 0;
    }
    xes->depth--;
}

static void refuse_doctype(void *context, const char *name, const char *system, const char *public,
                           int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context,
         says(_("it has a document type (<!DOCTYPE ...>), which an event log needs none of; take it out")));
}

/* ---- the file ---- */

static void parse(struct xes *xes, FILE *in)
{
    struct reader *reader = xes->reader;
    long long fed = 0;
    for (bool more = true; more && !reader->header_reason;) {
        void *buffer = XML_GetBuffer(xes->parser, CHUNK_BYTES);
        if (!buffer)
            abort();
        size_t got = fread(buffer, 1, CHUNK_BYTES, in);
        more = got == CHUNK_BYTES;
        if (!more && ferror(in)) {
            reader->header_reason = says(_("it cannot be read to its end: %s"), gzip_strerror(errno));
        } else if (XML_ParseBuffer(xes->parser, (int)got, !more) != XML_STATUS_OK && !reader->header_reason) {
            reader->header_reason = says(_("line %zu is not as XML is: %s"), line_of(xes),
                                         XML_ErrorString(XML_GetErrorCode(xes->parser)));
        }
        fed += (long long)got;
        /* A tag that has begun is held until it ends. */
        if (more && !reader->header_reason && fed - XML_GetCurrentByteIndex(xes->parser) > ROW_BYTES_MAX)
            reader->header_reason = says(_("what begins on line %zu is larger than 1 MiB"), line_of(xes));
    }
}

void read_xes(struct reader *reader, FILE *in)
{
    struct xes *xes = calloc(1, sizeof *xes);
    xes->reader = reader;
    xes->parser = XML_ParserCreate(NULL);
    if (!xes->parser)
        abort();
    XML_SetUserData(xes->parser, xes);
    XML_SetElementHandler(xes->parser, start, end);
    XML_SetStartDoctypeDeclHandler(xes->parser, refuse_doctype);
    parse(xes, in);
    if (!reader->width && !reader->header_reason)
        reader->header_reason = says(_("the log has no event"));
    XML_ParserFree(xes->parser);
    clear(&xes->of_trace);
    clear(&xes->of_event);
    free(xes);
}
