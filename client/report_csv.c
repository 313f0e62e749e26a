#include <string.h>

#include "field.h"
#include "output.h"
#include "report.h"

enum { NAMES_MAX = 40 };

/* The fields of all figures, each once, in their order. */
static size_t field_names(const ProtobufCMessageDescriptor *report, const char **names)
{
    size_t count = 0;
    for (unsigned i = 0; i < report->n_fields; i++) {
        if (report->fields[i].label != PROTOBUF_C_LABEL_REPEATED)
            continue;
        const ProtobufCMessageDescriptor *figure = report->fields[i].descriptor;
        for (unsigned f = 0; f < figure->n_fields; f++) {
            size_t known = 0;
            while (known < count && strcmp(names[known], figure->fields[f].name) != 0)
                known++;
            if (known == count && count < NAMES_MAX)
                names[count++] = figure->fields[f].name;
        }
    }
    return count;
}

void report_csv(FILE *out, const Traject__V1__Report *figures)
{
    const ProtobufCMessageDescriptor *report = figures->base.descriptor;
    const char *names[NAMES_MAX];
    size_t n_names = field_names(report, names);
    fputs("figure,since,until", out);
    for (size_t n = 0; n < n_names; n++)
        fprintf(out, ",%s", names[n]);
    fputs("\r\n", out);
    for (unsigned i = 0; i < report->n_fields; i++) {
        const ProtobufCFieldDescriptor *list = &report->fields[i];
        if (list->label != PROTOBUF_C_LABEL_REPEATED)
            continue;
        bool of_moments = protobuf_c_message_descriptor_get_field_by_name(list->descriptor, "at") != NULL;
        for (size_t r = 0; r < field_count(&figures->base, list); r++) {
            fprintf(out, "%s,", list->name);
            output_csv_field(out, &figures->base, of_moments ? "months_since" : "since");
            fputc(',', out);
            output_csv_field(out, &figures->base, "until");
            for (size_t n = 0; n < n_names; n++) {
                fputc(',', out);
                output_csv_field(out, *(ProtobufCMessage *const *)field_value(&figures->base, list, r),
                                 names[n]);
            }
            fputs("\r\n", out);
        }
    }
}
