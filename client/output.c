#include "output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "field.h"

static const char *const styles[] = {"", "\033[1m", "\033[2m"};
enum { PLAIN, BOLD, DIM };

static char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *pattern, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, pattern);
    if (vasprintf(&text, pattern, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

/* What came from the server never reaches the terminal as a control sequence. */
static void tame(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < ' ' || *c == 0x7f)
            *c = ' ';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F */
            c[0] = c[1] = ' ';
    }
}

/* Bytes and columns of the character at `text`. */
static size_t next_character(const char *text, mbstate_t *state, int *columns)
{
    wchar_t wide;
    size_t length = mbrtowc(&wide, text, strlen(text), state);
    if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
        memset(state, 0, sizeof *state);
        *columns = 1;
        return 1;
    }
    int width = wcwidth(wide);
    *columns = width < 0 ? 0 : width;
    return length;
}

int output_width(const char *text)
{
    mbstate_t state = {0};
    int width = 0, columns;
    while (*text) {
        text += next_character(text, &state, &columns);
        width += columns;
    }
    return width;
}

char *output_words(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(descriptor, value);
    if (!known)
        return format("%d", value);
    char word[64];
    field_enum_word(descriptor, known->name, word, sizeof word);
    for (char *c = word; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return strdup(word);
}

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessage *message, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
}

char *output_value(const struct session *session, const ProtobufCMessage *message, const char *name,
                   enum column_format how)
{
    const ProtobufCFieldDescriptor *field = field_named(message, name);
    size_t count = field ? field_count(message, field) : 0;
    if (!count)
        return strdup("");
    const void *value = field_value(message, field, 0);
    char *text;
    switch (how) {
    case SHOW_WORD:
        return output_words(field->descriptor, *(const int *)value);
    case SHOW_AGO:
    case SHOW_DATE: {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        char ago[40], date[40];
        when_ago(time->seconds, session->now, ago, sizeof ago);
        when_date(time->seconds, date, sizeof date);
        return how == SHOW_AGO ? format("%s (%s)", ago, date) : strdup(date);
    }
    case SHOW_NUMBER:
    case SHOW_DAYS: {
        int64_t number =
            field->type == PROTOBUF_C_TYPE_INT64 ? *(const int64_t *)value : *(const int32_t *)value;
        if (how == SHOW_DAYS)
            return format("%" PRId64 " day%s", number, number == 1 ? "" : "s");
        return number ? format("%" PRId64, number) : strdup("");
    }
    case SHOW_YES:
        return strdup(*(const protobuf_c_boolean *)value ? "yes" : "");
    case SHOW_LIST: {
        size_t size = 1;
        for (size_t i = 0; i < count; i++)
            size += strlen(*(char *const *)field_value(message, field, i)) + 2;
        text = calloc(1, size);
        for (size_t i = 0; i < count; i++) {
            strcat(text, i ? ", " : "");
            strcat(text, *(char *const *)field_value(message, field, i));
        }
        break;
    }
    default:
        text = strdup(*(char *const *)value);
        break;
    }
    tame(text);
    return text;
}

void output_hanging(const struct session *session, const char *lead, int margin, const char *words)
{
    char *text = strdup(words);
    tame(text);
    int edge = session->width ? session->width : 110, column = output_width(lead);
    fprintf(session->out, "%s%*s", lead, column < margin ? margin - column : 0, "");
    column = column < margin ? margin : column;
    char *rest = NULL;
    bool first = true;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        int width = output_width(word);
        if (!first && column + 1 + width > edge) {
            fprintf(session->out, "\n%*s", margin, "");
            column = margin;
            first = true;
        }
        fprintf(session->out, "%s%s", first ? "" : " ", word);
        column += width + !first;
        first = false;
    }
    fputc('\n', session->out);
    free(text);
}

void output_line(FILE *out, const char *pattern, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, pattern);
    if (vasprintf(&text, pattern, arguments) < 0)
        abort();
    va_end(arguments);
    tame(text);
    fprintf(out, "%s\n", text);
    free(text);
}

const ProtobufCFieldDescriptor *output_list(const ProtobufCMessage *reply)
{
    const ProtobufCMessageDescriptor *descriptor = reply->descriptor;
    return descriptor->n_fields == 1 && descriptor->fields[0].label == PROTOBUF_C_LABEL_REPEATED &&
                   descriptor->fields[0].type == PROTOBUF_C_TYPE_MESSAGE
               ? &descriptor->fields[0]
               : NULL;
}

/* ---- text ---- */

static void style(const struct session *session, int which)
{
    if (session->colour)
        fputs(which == PLAIN ? "\033[0m" : styles[which], session->out);
}

/* Text in a column: cut with an ellipsis or filled with spaces. The last column is not filled. */
static void print_cell(FILE *out, const char *text, int width, bool right, bool last)
{
    int full = output_width(text);
    if (full <= width) {
        int fill = width - full;
        fprintf(out, "%*s%s%*s", right ? fill : 0, "", text, right || last ? 0 : fill, "");
        return;
    }
    mbstate_t state = {0};
    int used = 0, columns = 0;
    while (*text) {
        size_t length = next_character(text, &state, &columns);
        if (used + columns > width - 1)
            break;
        fwrite(text, 1, length, out);
        text += length;
        used += columns;
    }
    fprintf(out, "…%*s", last ? 0 : width - used - 1, "");
}

enum { COLUMNS_MAX = 16, COLUMN_WIDTH_MIN = 8 };

/* Takes from the widest column until all fit. */
static void fit(int *widths, int count, int room)
{
    for (;;) {
        int total = 2 * (count - 1), widest = 0;
        for (int i = 0; i < count; i++) {
            total += widths[i];
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (total <= room || widths[widest] <= COLUMN_WIDTH_MIN)
            return;
        widths[widest]--;
    }
}

static void print_table(const struct session *session, const struct command *command,
                        const ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *list = output_list(reply);
    size_t rows = field_count(reply, list);
    int count = 0, widths[COLUMNS_MAX] = {0};
    while (command->columns[count].heading)
        count++;
    char **cells = calloc(rows * (size_t)count + 1, sizeof *cells);
    for (size_t row = 0; row < rows; row++) {
        const ProtobufCMessage *element = *(ProtobufCMessage *const *)field_value(reply, list, row);
        for (int i = 0; i < count; i++) {
            const struct column *column = &command->columns[i];
            char *text = column->cell ? column->cell(element)
                                      : output_value(session, element, column->field, column->format);
            tame(text);
            if (!*text && column->absent) {
                free(text);
                text = strdup(column->absent);
            }
            cells[row * (size_t)count + (size_t)i] = text;
            int width = output_width(text);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (int i = 0; i < count; i++) {
        int heading = output_width(command->columns[i].heading);
        /* A column that is empty throughout is left out. */
        widths[i] = widths[i] && heading > widths[i] ? heading : widths[i];
    }
    int shown[COLUMNS_MAX], shown_widths[COLUMNS_MAX], shown_count = 0;
    for (int i = 0; i < count; i++) {
        if (widths[i]) {
            shown[shown_count] = i;
            shown_widths[shown_count++] = widths[i];
        }
    }
    if (session->width)
        fit(shown_widths, shown_count, session->width);

    style(session, DIM);
    for (int i = 0; i < shown_count; i++) {
        bool right = command->columns[shown[i]].format == SHOW_NUMBER ||
                     command->columns[shown[i]].format == SHOW_DAYS;
        fputs(i ? "  " : "", session->out);
        print_cell(session->out, command->columns[shown[i]].heading, shown_widths[i], right,
                   i == shown_count - 1);
    }
    style(session, PLAIN);
    fputc('\n', session->out);

    char *group = NULL;
    for (size_t row = 0; row < rows; row++) {
        const ProtobufCMessage *element = *(ProtobufCMessage *const *)field_value(reply, list, row);
        if (command->group) {
            char *here = output_value(session, element, command->group, SHOW_WORD);
            if (!group || strcmp(here, group) != 0) {
                size_t size = 0;
                for (size_t r = row; r < rows; r++) {
                    char *there =
                        output_value(session, *(ProtobufCMessage *const *)field_value(reply, list, r),
                                     command->group, SHOW_WORD);
                    bool same = strcmp(here, there) == 0;
                    free(there);
                    if (!same)
                        break;
                    size++;
                }
                style(session, BOLD);
                fprintf(session->out, "\n%s (%zu)", here, size);
                style(session, PLAIN);
                fputc('\n', session->out);
                free(group);
                group = strdup(here);
            }
            free(here);
        }
        for (int i = 0; i < shown_count; i++) {
            enum column_format how = command->columns[shown[i]].format;
            fputs(i ? "  " : "", session->out);
            print_cell(session->out, cells[row * (size_t)count + (size_t)shown[i]], shown_widths[i],
                       how == SHOW_NUMBER || how == SHOW_DAYS, i == shown_count - 1);
        }
        fputc('\n', session->out);
    }
    free(group);
    for (size_t i = 0; i < rows * (size_t)count; i++)
        free(cells[i]);
    free(cells);
}

static void print_done(const struct session *session, const struct command *command,
                       const ProtobufCMessage *reply)
{
    fputs(command->done ? command->done : "Done.", session->out);
    if (reply->descriptor == &traject__v1__recorded__descriptor) {
        const Traject__V1__Recorded *recorded = (const Traject__V1__Recorded *)reply;
        if (recorded->contact_due_at) {
            char ago[40], date[40];
            when_ago(recorded->contact_due_at->seconds, session->now, ago, sizeof ago);
            when_date(recorded->contact_due_at->seconds, date, sizeof date);
            fprintf(session->out, " The next contact is due %s (%s).",
                    recorded->contact_due_at->seconds <= session->now ? "now, since" : ago, date);
        }
    }
    fputc('\n', session->out);
}

void output_reply(const struct session *session, const struct command *command, const ProtobufCMessage *reply,
                  bool more)
{
    const ProtobufCFieldDescriptor *list = output_list(reply);
    if (session->output == OUTPUT_JSON) {
        output_json(session->out, reply);
    } else if (session->output == OUTPUT_CSV) {
        output_csv(session->out, reply);
    } else if (list && !field_count(reply, list)) {
        fprintf(session->out, "%s\n", command->empty ? command->empty : "None.");
    } else if (command->print) {
        command->print(session, reply);
    } else if (list) {
        print_table(session, command, reply);
    } else {
        print_done(session, command, reply);
    }
    if (more && session->output == OUTPUT_TEXT)
        fprintf(session->out, "\nThere are more; see them with --limit.\n");
}

/* ---- JSON: protobuf's canonical mapping (protobuf.dev, "ProtoJSON Format") ---- */

static void json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f)
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void json_name(FILE *out, const char *name)
{
    fputc('"', out);
    for (; *name; name++) {
        if (*name == '_' && name[1])
            fputc(*++name - 'a' + 'A', out);
        else
            fputc(*name, out);
    }
    fputc('"', out);
}

static void json_message(FILE *out, const ProtobufCMessage *message, int depth);

static void json_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *value, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        json_string(out, *(char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_INT64:
        fprintf(out, "\"%" PRId64 "\"", *(const int64_t *)value);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        if (known)
            json_string(out, known->name);
        else
            fprintf(out, "%d", *(const int *)value);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        if (field_is_timestamp(field)) {
            const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
            char text[64];
            when_rfc3339(time->seconds, time->nanos, text, sizeof text);
            json_string(out, text);
        } else {
            json_message(out, *(ProtobufCMessage *const *)value, depth + 1);
        }
        break;
    default:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    }
}

/* The mapping leaves a field without presence out when it has its default value. */
static bool is_default(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field_may_be_absent(field))
        return field_count(message, field) == 0;
    const void *value = field_value(message, field, 0);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return **(char *const *)value == '\0';
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)value == 0;
    default:
        return *(const int32_t *)value == 0;
    }
}

static void json_message(FILE *out, const ProtobufCMessage *message, int depth)
{
    bool first = true;
    fputc('{', out);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (is_default(message, field))
            continue;
        fprintf(out, "%s\n%*s", first ? "" : ",", 2 * depth + 2, "");
        first = false;
        json_name(out, field->name);
        fputs(": ", out);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            json_value(out, field, field_value(message, field, 0), depth);
            continue;
        }
        fputc('[', out);
        for (size_t n = 0; n < field_count(message, field); n++) {
            fputs(n ? ", " : "", out);
            json_value(out, field, field_value(message, field, n), depth);
        }
        fputc(']', out);
    }
    if (!first)
        fprintf(out, "\n%*s", 2 * depth, "");
    fputc('}', out);
}

void output_json(FILE *out, const ProtobufCMessage *message)
{
    json_message(out, message, 0);
    fputc('\n', out);
}

/* ---- CSV: RFC 4180 ---- */

static void csv_cell(FILE *out, const char *text)
{
    /* A spreadsheet would run what begins like a formula. */
    const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
    if (!*guard && !text[strcspn(text, ",\"\r\n")]) {
        fputs(text, out);
        return;
    }
    fprintf(out, "\"%s", guard);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

static void csv_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *value)
{
    char text[64];
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        csv_cell(out, *(char *const *)value);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumDescriptor *descriptor = field->descriptor;
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value(descriptor, *(const int *)value);
        if (known)
            field_enum_word(descriptor, known->name, text, sizeof text);
        fputs(known ? text : "", out);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        when_rfc3339(time->seconds, time->nanos, text, sizeof text);
        fputs(text, out);
        break;
    }
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_INT64:
        fprintf(out, "%" PRId64, *(const int64_t *)value);
        break;
    default:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    }
}

static void csv_row(FILE *out, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        fputs(i ? "," : "", out);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            char *list = output_value(&(struct session){.out = out}, message, field->name, SHOW_LIST);
            csv_cell(out, list);
            free(list);
        } else if (field_count(message, field)) {
            csv_value(out, field, field_value(message, field, 0));
        }
    }
    fputs("\r\n", out);
}

void output_csv(FILE *out, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *list = output_list(message);
    const ProtobufCMessageDescriptor *row = list ? list->descriptor : message->descriptor;
    for (unsigned i = 0; i < row->n_fields; i++)
        fprintf(out, "%s%s", i ? "," : "", row->fields[i].name);
    fputs("\r\n", out);
    if (!list)
        csv_row(out, message);
    for (size_t i = 0; list && i < field_count(message, list); i++)
        csv_row(out, *(ProtobufCMessage *const *)field_value(message, list, i));
}
