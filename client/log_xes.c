/* An event log as XES (IEEE 1849-2016): a trace for each trajectory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "log_writer.h"

/* Where the standard has an attribute of its own for a field. */
static const struct {
    const char *field, *key;
} standard[] = {{"external_id", "concept:instance"},
                {"occurred_at", "time:timestamp"},
                {"worker", "org:resource"},
                {"team", "org:group"}};

const char *log_xes_field(const char *key)
{
    static const char prefix[] = "traject:";
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (strcmp(standard[i].key, key) == 0)
            return standard[i].field;
    }
    return strncmp(key, prefix, sizeof prefix - 1) == 0 ? key + sizeof prefix - 1 : NULL;
}

/* What XML 1.0 can say; what it cannot is replaced. */
static void xml(FILE *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (strchr("&<>\"", *c) || *c == '\t' || *c == '\n' || *c == '\r') {
            fprintf(out, "&#%u;", *c);
        } else if (*c < ' ') {
            fputs("\xef\xbf\xbd", out);
        } else if (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe) {
            fputs("\xef\xbf\xbd", out);
            c += 2;
        } else {
            fputc(*c, out);
        }
    }
}

static void attribute(FILE *out, const char *indent, const char *type, const char *key, const char *value)
{
    fprintf(out, "%s<%s key=\"%s\" value=\"", indent, type, key);
    xml(out, value);
    fputs("\"/>\n", out);
}

static const char *type_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
        return "int";
    case PROTOBUF_C_TYPE_BOOL:
        return "boolean";
    case PROTOBUF_C_TYPE_MESSAGE:
        return "date";
    default:
        return "string";
    }
}

static void attributes(FILE *out, const char *indent, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char key[64];
        if (!log_tells(field) || !field_count(message, field))
            continue;
        snprintf(key, sizeof key, "traject:%s", field->name);
        for (size_t s = 0; s < sizeof standard / sizeof *standard; s++) {
            if (strcmp(standard[s].field, field->name) == 0)
                snprintf(key, sizeof key, "%s", standard[s].key);
        }
        char *text = log_text(message, field);
        attribute(out, indent, type_of(field), key, text);
        free(text);
    }
}

static void *begin(FILE *out, FILE *spool)
{
    (void)spool;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<log xes.version=\"1849.2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n"
          "  <extension name=\"Concept\" prefix=\"concept\" "
          "uri=\"http://www.xes-standard.org/concept.xesext\"/>\n"
          "  <extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>\n"
          "  <extension name=\"Lifecycle\" prefix=\"lifecycle\" "
          "uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>\n"
          "  <extension name=\"Organizational\" prefix=\"org\" "
          "uri=\"http://www.xes-standard.org/org.xesext\"/>\n"
          "  <extension name=\"Traject\" prefix=\"traject\" uri=\"" LOG_EXTENSION_URI "\"/>\n"
          "  <global scope=\"trace\">\n"
          "    <string key=\"concept:name\" value=\"UNKNOWN\"/>\n"
          "    <string key=\"traject:client_number\" value=\"UNKNOWN\"/>\n"
          "    <int key=\"traject:trajectory\" value=\"1\"/>\n"
          "  </global>\n"
          "  <global scope=\"event\">\n"
          "    <string key=\"concept:name\" value=\"UNKNOWN\"/>\n"
          "    <string key=\"concept:instance\" value=\"UNKNOWN\"/>\n"
          "    <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00Z\"/>\n"
          "    <string key=\"lifecycle:transition\" value=\"complete\"/>\n"
          "    <string key=\"org:group\" value=\"UNKNOWN\"/>\n"
          "    <string key=\"traject:kind\" value=\"UNKNOWN\"/>\n"
          "    <string key=\"traject:stage\" value=\"UNKNOWN\"/>\n"
          "  </global>\n"
          "  <classifier name=\"Activity\" keys=\"concept:name\"/>\n"
          "  <classifier name=\"Kind\" keys=\"traject:kind\"/>\n"
          "  <classifier name=\"KindAndStage\" keys=\"traject:kind traject:stage\"/>\n"
          "  <string key=\"lifecycle:model\" value=\"standard\"/>\n",
          out);
    return out;
}

static void begin_case(void *writer, const Traject__V1__LogCase *of)
{
    char *id = log_case_id(of);
    fputs("  <trace>\n", writer);
    attribute(writer, "    ", "string", "concept:name", id);
    attributes(writer, "    ", &of->base);
    free(id);
}

static void entry(void *writer, const Traject__V1__LogCase *of, const Traject__V1__LogEntry *entry)
{
    char *activity = log_activity(entry);
    (void)of;
    fputs("    <event>\n", writer);
    attribute(writer, "      ", "string", "concept:name", activity);
    attribute(writer, "      ", "string", "lifecycle:transition", "complete");
    attributes(writer, "      ", &entry->base);
    fputs("    </event>\n", writer);
    free(activity);
}

static void end_case(void *writer, const Traject__V1__LogCase *of)
{
    (void)of;
    fputs("  </trace>\n", writer);
}

static void end(void *writer)
{
    fputs("</log>\n", writer);
}

const struct log_format log_xes = {"xes", false, begin, begin_case, entry, end_case, end};
