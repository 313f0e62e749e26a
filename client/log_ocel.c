/* An event log as OCEL 2.0 in JSON: events of several objects each, which are clients, their trajectories,
 * coaches and employers. The order of the sections is free: events are written as they come, the objects of
 * each case go to the spool, and what follows from all of them comes last. */
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "log_writer.h"
#include "output.h"
#include "when.h"

enum { KINDS_MAX = 128 };

/* What is a time of its own for what always holds, as the standard has it. */
#define ALWAYS "1970-01-01T00:00:00Z"

struct ocel {
    FILE *out, *spool;
    bool any_event, any_object, any_change; /* of the case's trajectory */
    uint64_t attributes[KINDS_MAX];         /* of each kind of entry: the fields that some entry had */
    bool seen[KINDS_MAX];
    void *named;                   /* tree of the ids of coaches and employers */
    char *client;                  /* the last one written; a client's trajectories come one after another */
    Traject__V1__LogEntry *before; /* of the same trajectory: how that was */
};

static const struct {
    const char *field, *type;
} of_type[] = {{"trajectory_kind", "string"}, {"stage", "string"},  {"coach", "string"}, {"team", "string"},
               {"guided_by", "string"},       {"outcome", "string"}};

/* What relates an entry to objects, or is said of the event itself. */
static const char *const not_attributes[] = {"external_id", "kind",  "occurred_at",
                                             "worker",      "coach", "employer"};

static bool is_attribute(const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < sizeof not_attributes / sizeof *not_attributes; i++) {
        if (strcmp(field->name, not_attributes[i]) == 0)
            return false;
    }
    return log_tells(field);
}

static void member(FILE *out, const char *lead, const char *name, const char *value)
{
    fprintf(out, "%s\"%s\": ", lead, name);
    output_json_string(out, value);
}

static char *object_id(const char *type, const char *name)
{
    char *id;
    if (asprintf(&id, "%s:%s", type, name) < 0)
        abort();
    return id;
}

static void relation(FILE *out, const char *lead, const char *type, const char *name, const char *qualifier)
{
    char *id = object_id(type, name);
    member(out, lead, "objectId", id);
    member(out, ", ", "qualifier", qualifier);
    fputc('}', out);
    free(id);
}

static void begin_object(struct ocel *ocel, const char *type, const char *name)
{
    char *id = object_id(type, name);
    fputs(ocel->any_object ? ",\n" : "\n", ocel->spool);
    ocel->any_object = true;
    member(ocel->spool, "  {", "id", id);
    member(ocel->spool, ", ", "type", type);
    fputs(", \"attributes\": [", ocel->spool);
    free(id);
}

static void *begin(FILE *out, FILE *spool)
{
    struct ocel *ocel = calloc(1, sizeof *ocel);
    *ocel = (struct ocel){.out = out, .spool = spool};
    fputs("{\"events\": [", out);
    return ocel;
}

static void begin_case(void *writer, const Traject__V1__LogCase *of)
{
    struct ocel *ocel = writer;
    char *id = log_case_id(of);
    if (!ocel->client || strcmp(ocel->client, of->client_number) != 0) {
        free(ocel->client);
        ocel->client = strdup(of->client_number);
        begin_object(ocel, "client", of->client_number);
        if (of->_full_name_case) {
            fputs("{\"name\": \"full_name\"", ocel->spool);
            member(ocel->spool, ", ", "value", of->full_name);
            fputs(", \"time\": \"" ALWAYS "\"}", ocel->spool);
        }
        fputs("], \"relationships\": []}", ocel->spool);
    }
    begin_object(ocel, "trajectory", id);
    ocel->any_change = false;
    free(id);
}

static char *value_of(const Traject__V1__LogEntry *entry, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&traject__v1__log_entry__descriptor, name);
    return entry && field_count(&entry->base, field) ? log_text(&entry->base, field) : NULL;
}

/* What is different about the trajectory from this moment on. */
static void changes(struct ocel *ocel, const Traject__V1__LogEntry *entry)
{
    for (size_t i = 0; i < sizeof of_type / sizeof *of_type; i++) {
        char *now = value_of(entry, of_type[i].field), *before = value_of(ocel->before, of_type[i].field);
        if (now && (!before || strcmp(now, before) != 0)) {
            char moment[64];
            when_rfc3339(entry->occurred_at->seconds, entry->occurred_at->nanos, moment, sizeof moment);
            member(ocel->spool, ocel->any_change ? ", {" : "{", "name", of_type[i].field);
            member(ocel->spool, ", ", "value", now);
            member(ocel->spool, ", ", "time", moment);
            fputc('}', ocel->spool);
            ocel->any_change = true;
        }
        free(now);
        free(before);
    }
}

static void keep(struct ocel *ocel, const Traject__V1__LogEntry *entry)
{
    if (ocel->before)
        traject__v1__log_entry__free_unpacked(ocel->before, NULL);
    ocel->before = NULL;
    if (!entry)
        return;
    size_t size = traject__v1__log_entry__get_packed_size(entry);
    uint8_t *packed = malloc(size + 1);
    traject__v1__log_entry__pack(entry, packed);
    ocel->before = traject__v1__log_entry__unpack(NULL, size, packed);
    free(packed);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* An object that many cases share is noted, and written once, at the end. */
static void note_shared(struct ocel *ocel, const char *type, const char *name)
{
    char *id = object_id(type, name);
    if (*(char **)tsearch(id, &ocel->named, compare) != id)
        free(id);
}

static void event_attributes(struct ocel *ocel, const Traject__V1__LogEntry *entry)
{
    bool any = false;
    for (unsigned i = 0; i < entry->base.descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &entry->base.descriptor->fields[i];
        if (!is_attribute(field) || !field_count(&entry->base, field))
            continue;
        char *text = log_text(&entry->base, field);
        member(ocel->out, any ? ", {" : "{", "name", field->name);
        member(ocel->out, ", ", "value", text);
        fputc('}', ocel->out);
        free(text);
        any = true;
        ocel->attributes[entry->kind] |= UINT64_C(1) << i;
    }
}

static void entry(void *writer, const Traject__V1__LogCase *of, const Traject__V1__LogEntry *entry)
{
    struct ocel *ocel = writer;
    char *id = log_case_id(of), moment[64], *kind = value_of(entry, "kind");
    /* A kind that this client does not know has no name either. */
    if (*kind && (int)entry->kind < KINDS_MAX) {
        when_rfc3339(entry->occurred_at->seconds, entry->occurred_at->nanos, moment, sizeof moment);
        ocel->seen[entry->kind] = true;
        fputs(ocel->any_event ? ",\n" : "\n", ocel->out);
        ocel->any_event = true;
        member(ocel->out, "  {", "id", entry->external_id);
        member(ocel->out, ", ", "type", kind);
        member(ocel->out, ", ", "time", moment);
        fputs(", \"attributes\": [", ocel->out);
        event_attributes(ocel, entry);
        fputs("], \"relationships\": [", ocel->out);
        relation(ocel->out, "{", "trajectory", id, "of");
        relation(ocel->out, ", {", "client", of->client_number, "about");
        relation(ocel->out, ", {", "coach", entry->coach, "coached by");
        note_shared(ocel, "coach", entry->coach);
        if (entry->_worker_case) {
            relation(ocel->out, ", {", "coach", entry->worker, "done by");
            note_shared(ocel, "coach", entry->worker);
        }
        if (entry->_employer_case) {
            relation(ocel->out, ", {", "employer", entry->employer, "at");
            note_shared(ocel, "employer", entry->employer);
        }
        fputs("]}", ocel->out);
        changes(ocel, entry);
        keep(ocel, entry);
    }
    free(kind);
    free(id);
}

static void end_case(void *writer, const Traject__V1__LogCase *of)
{
    struct ocel *ocel = writer;
    relation(ocel->spool, "], \"relationships\": [{", "client", of->client_number, "of");
    fputs("]}", ocel->spool);
    keep(ocel, NULL);
}

/* ---- what follows from all of them ---- */

static void write_shared(const void *node, VISIT visit, void *writer)
{
    struct ocel *ocel = writer;
    if (visit != postorder && visit != leaf)
        return;
    const char *id = *(char *const *)node, *colon = strchr(id, ':');
    char *type = strndup(id, (size_t)(colon - id));
    begin_object(ocel, type, colon + 1);
    fputs("], \"relationships\": []}", ocel->spool);
    free(type);
}

static void copy_spool(struct ocel *ocel)
{
    char bytes[BUFSIZ];
    size_t got;
    rewind(ocel->spool);
    while ((got = fread(bytes, 1, sizeof bytes, ocel->spool)) > 0)
        fwrite(bytes, 1, got, ocel->out);
}

static const char *ocel_type(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
        return "integer";
    case PROTOBUF_C_TYPE_BOOL:
        return "boolean";
    case PROTOBUF_C_TYPE_MESSAGE:
        return "time";
    default:
        return "string";
    }
}

static void object_types(FILE *out)
{
    fputs("\n],\n\"objectTypes\": [\n"
          "  {\"name\": \"client\", \"attributes\": [{\"name\": \"full_name\", \"type\": \"string\"}]},\n"
          "  {\"name\": \"trajectory\", \"attributes\": [",
          out);
    for (size_t i = 0; i < sizeof of_type / sizeof *of_type; i++) {
        member(out, i ? ", {" : "{", "name", of_type[i].field);
        member(out, ", ", "type", of_type[i].type);
        fputc('}', out);
    }
    fputs("]},\n"
          "  {\"name\": \"coach\", \"attributes\": []},\n"
          "  {\"name\": \"employer\", \"attributes\": []}\n",
          out);
}

static void event_types(struct ocel *ocel)
{
    bool any = false;
    fputs("],\n\"eventTypes\": [", ocel->out);
    for (int kind = 0; kind < KINDS_MAX; kind++) {
        bool any_attribute = false;
        if (!ocel->seen[kind])
            continue;
        Traject__V1__LogEntry named = TRAJECT__V1__LOG_ENTRY__INIT;
        named.kind = (Traject__V1__EventKind)kind;
        char *name = value_of(&named, "kind");
        member(ocel->out, any ? ",\n  {" : "\n  {", "name", name);
        fputs(", \"attributes\": [", ocel->out);
        free(name);
        any = true;
        for (unsigned i = 0; i < traject__v1__log_entry__descriptor.n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &traject__v1__log_entry__descriptor.fields[i];
            if (!(ocel->attributes[kind] >> i & 1))
                continue;
            member(ocel->out, any_attribute ? ", {" : "{", "name", field->name);
            member(ocel->out, ", ", "type", ocel_type(field));
            fputc('}', ocel->out);
            any_attribute = true;
        }
        fputs("]}", ocel->out);
    }
    fputs("\n]}\n", ocel->out);
}

static void end(void *writer)
{
    struct ocel *ocel = writer;
    twalk_r(ocel->named, write_shared, ocel);
    fputs("\n],\n\"objects\": [", ocel->out);
    copy_spool(ocel);
    object_types(ocel->out);
    event_types(ocel);
    tdestroy(ocel->named, free);
    keep(ocel, NULL);
    free(ocel->client);
    free(ocel);
}

const struct log_format log_ocel = {"ocel", true, begin, begin_case, entry, end_case, end};
