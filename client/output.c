#include "output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"

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

void output_tame(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < ' ' || *c == 0x7f)
            *c = ' ';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F */
            c[0] = c[1] = ' ';
        else if (*c == 0xe2 &&
                 ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
                  (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9))) /* that turn the direction of text */
            c[0] = c[1] = c[2] = ' ';
    }
}

size_t output_character(const char *text, mbstate_t *state, int *columns)
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
        text += output_character(text, &state, &columns);
        width += columns;
    }
    return width;
}

char *output_words(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(descriptor, value);
    if (!known)
        return format("%d", value);
    const char *translated = _(known->name);
    if (strcmp(translated, known->name) != 0)
        return strdup(translated);
    char word[64];
    field_enum_word(descriptor, known->name, word, sizeof word);
    for (char *c = word; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return strdup(word);
}

static char *days_text(int64_t days)
{
    return format(ngettext("%lld day", "%lld days", (unsigned long)days), (long long)days);
}

char *output_text(const char *text)
{
    return *text == '(' ? traject_said(text) : strdup(text);
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
    case SHOW_PAST:
    case SHOW_AGO:
    case SHOW_DATE: {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;
        int64_t days = when_days(time->seconds, session->now);
        if (how == SHOW_PAST)
            return days_text(days);
        char ago[40], date[40];
        when_ago(time->seconds, session->now, ago, sizeof ago);
        when_date(time->seconds, date, sizeof date);
        return how == SHOW_AGO ? format("%s (%s)", ago, date) : strdup(date);
    }
    case SHOW_NUMBER:
    case SHOW_COUNT:
    case SHOW_PERCENT:
    case SHOW_DAYS: {
        int64_t number =
            field->type == PROTOBUF_C_TYPE_INT64 ? *(const int64_t *)value : *(const int32_t *)value;
        if (how == SHOW_DAYS)
            return days_text(number);
        if (how == SHOW_NUMBER && !number)
            return strdup("");
        return format(how == SHOW_PERCENT ? "%" PRId64 "%%" : "%" PRId64, number);
    }
    case SHOW_YES:
        return strdup(*(const protobuf_c_boolean *)value ? _("yes") : "");
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
    case SHOW_SAID:
        text = traject_said(*(char *const *)value);
        break;
    default:
        text = output_text(*(char *const *)value);
        break;
    }
    output_tame(text);
    return text;
}

void output_hanging(const struct session *session, const char *lead, int margin, const char *words)
{
    char *text = strdup(words);
    output_tame(text);
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
    output_tame(text);
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

static void print_done(const struct session *session, const struct command *command,
                       const ProtobufCMessage *reply)
{
    fputs(command->done ? command->done : _("Done."), session->out);
    if (command->next_contact && reply->descriptor == &traject__v1__recorded__descriptor) {
        const Traject__V1__Recorded *recorded = (const Traject__V1__Recorded *)reply;
        if (recorded->contact_due_at) {
            char ago[40], date[40];
            when_ago(recorded->contact_due_at->seconds, session->now, ago, sizeof ago);
            when_date(recorded->contact_due_at->seconds, date, sizeof date);
            if (recorded->contact_due_at->seconds <= session->now)
                fprintf(session->out, _(" The next contact is due now, since %s."), date);
            else
                fprintf(session->out, _(" The next contact is due %s (%s)."), ago, date);
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
        fprintf(session->out, "%s\n", command->empty ? _(command->empty) : _("None."));
    } else if (command->print) {
        command->print(session, reply);
    } else if (list) {
        output_table(session, command, reply);
    } else {
        print_done(session, command, reply);
    }
    if (more)
        fprintf(
            session->output == OUTPUT_TEXT ? session->out : stderr, "%s%s\n",
            session->output == OUTPUT_TEXT ? "\n" : "traject: ", _("There are more; see them with --limit."));
}
