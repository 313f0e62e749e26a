/* An event log as CSV (RFC 4180): a row for each entry, with what is known of its case. */
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "log_writer.h"

/* What a spreadsheet would run like a formula gets a quote before it, as does what begins with that quote, so
 * that it can be taken off again. */
static void cell(FILE *out, const char *text)
{
    const char *guard = *text && strchr("=+-@\t\r'", *text) ? "'" : "";
    if (!text[strcspn(text, ",\"\r\n")] && !*guard) {
        fputs(text, out);
        return;
    }
    fprintf(out, "\"%s", guard);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void cells(FILE *out, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!log_tells(field))
            continue;
        fputs(i || message->descriptor != &traject__v1__log_case__descriptor ? "," : "", out);
        if (field_count(message, field)) {
            char *text = log_text(message, field);
            cell(out, text);
            free(text);
        }
    }
}

static void names(FILE *out, const ProtobufCMessageDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        if (log_tells(&descriptor->fields[i]))
            fprintf(out, "%s%s", i || descriptor != &traject__v1__log_case__descriptor ? "," : "",
                    descriptor->fields[i].name);
    }
}

static void *begin(FILE *out, FILE *spool)
{
    (void)spool;
    names(out, &traject__v1__log_case__descriptor);
    names(out, &traject__v1__log_entry__descriptor);
    fputs("\r\n", out);
    return out;
}

static void nothing(void *writer, const Traject__V1__LogCase *of)
{
    (void)writer;
    (void)of;
}

static void entry(void *writer, const Traject__V1__LogCase *of, const Traject__V1__LogEntry *entry)
{
    cells(writer, &of->base);
    cells(writer, &entry->base);
    fputs("\r\n", writer);
}

static void end(void *writer)
{
    (void)writer;
}

const struct log_format log_csv = {"csv", false, begin, nothing, entry, nothing, end};
