#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "traject.pb-c.h"

/* ---- what is near to a mistyped word ---- */

static size_t distance(const char *a, const char *b)
{
    size_t length = strlen(b), row[65];
    if (length > 64 || strlen(a) > 64)
        return 64;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            size_t insert = row[j - 1] + 1, delete = row[j] + 1;
            diagonal = row[j];
            row[j] = change < insert ? change : insert;
            row[j] = row[j] < delete ? row[j] : delete;
        }
    }
    return row[length];
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word), best = length < 12 ? length / 3 + 2 : 6;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t away = distance(word, candidates[i]);
        if (away < best) {
            best = away;
            found = candidates[i];
        }
    }
    return found;
}

/* ---- fields from text ---- */

char *enum_choices(const ProtobufCEnumDescriptor *descriptor, const char *given)
{
    char **words = calloc(descriptor->n_values, sizeof *words), *text = NULL;
    size_t count = 0, size = 0;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char word[64];
        if (!descriptor->values[i].value)
            continue;
        field_enum_word(descriptor, descriptor->values[i].name, word, sizeof word);
        for (char *c = word; *c; c++)
            *c = *c == '_' ? '-' : *c;
        words[count++] = strdup(word);
        fprintf(out, "%s%s", count > 1 ? ", " : "", word);
    }
    const char *near = given ? nearest(given, (const char *const *)words, count) : NULL;
    if (near)
        fprintf(out, "; did you mean %s?", near);
    fclose(out);
    while (count)
        free(words[--count]);
    free(words);
    return text;
}

static int enum_from_text(const ProtobufCEnumDescriptor *descriptor, const char *text, int *value)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char word[64];
        field_enum_word(descriptor, descriptor->values[i].name, word, sizeof word);
        size_t n = 0;
        while (word[n] && (text[n] == word[n] || (word[n] == '_' && (text[n] == '-' || text[n] == ' '))))
            n++;
        if (!word[n] && !text[n] && descriptor->values[i].value) {
            *value = descriptor->values[i].value;
            return 0;
        }
    }
    return -1;
}

static int fail(char **reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(char **reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(reason, format, arguments) < 0)
        abort();
    va_end(arguments);
    return -1;
}

int field_from_text(ProtobufCMessage *message, const char *name, const char *text, time_t now,
                    enum when_day day, char **reason)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (!field)
        return fail(reason, "there is no field %s", name);
    bool is_text = field->type == PROTOBUF_C_TYPE_STRING;
    if ((is_text || field->type == PROTOBUF_C_TYPE_MESSAGE) && field->label != PROTOBUF_C_LABEL_REPEATED &&
        field_count(message, field) && !(is_text && !**(char *const *)field_value(message, field, 0)))
        return fail(reason, "\"%s\" comes on top of another value; give it once", text);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        char *copy = strdup(text);
        return field_put(message, field, &copy);
    }
    case PROTOBUF_C_TYPE_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return fail(reason, "\"%s\" is neither true nor false", text);
        return field_put(message, field, &(protobuf_c_boolean){*text == 't'});
    case PROTOBUF_C_TYPE_ENUM: {
        int value;
        if (enum_from_text(field->descriptor, text, &value)) {
            char *choices = enum_choices(field->descriptor, text);
            fail(reason, "\"%s\" is none of %s", text, choices);
            free(choices);
            return -1;
        }
        return field_put(message, field, &value);
    }
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64: {
        char *end;
        errno = 0;
        long long number = strtoll(text, &end, 10);
        if (end == text || *end || errno ||
            (field->type == PROTOBUF_C_TYPE_INT32 && (number > INT32_MAX || number < INT32_MIN)))
            return fail(reason, "\"%s\" is no whole number", text);
        return field->type == PROTOBUF_C_TYPE_INT32 ? field_put(message, field, &(int32_t){(int32_t)number})
                                                    : field_put(message, field, &(int64_t){number});
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        Google__Protobuf__Timestamp *time = malloc(sizeof *time);
        google__protobuf__timestamp__init(time);
        if (when_parse(text, now, day, &time->seconds, &time->nanos)) {
            free(time);
            return fail(
                reason,
                "\"%s\" is no moment; write it like 2026-11-02, \"2026-11-02 14:10\", \"yesterday 16:30\" or "
                "\"3 days ago\"",
                text);
        }
        return field_put(message, field, &time);
    }
    default:
        return fail(reason, "%s cannot be given as text", name);
    }
}

/* ---- words of a line ---- */

int words_split(char *line, char **words, int words_max, const char **reason)
{
    int count = 0;
    char *from = line, *to = line;
    for (;;) {
        while (isspace((unsigned char)*from))
            from++;
        if (!*from || *from == '#')
            return count;
        if (count == words_max) {
            *reason = "the line has too many words";
            return -1;
        }
        words[count++] = to;
        char quote = '\0';
        for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
            if (quote ? *from == quote : *from == '"' || *from == '\'') {
                quote = quote ? '\0' : *from;
            } else {
                from += *from == '\\' && quote != '\'' && from[1];
                *to++ = *from;
            }
        }
        if (quote) {
            *reason = "a quote is not closed";
            return -1;
        }
        /* The word's end may be where the next character to read is. */
        bool more = *from != '\0';
        *to++ = '\0';
        from += more;
        if (!more)
            return count;
    }
}
