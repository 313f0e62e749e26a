#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "traject.pb-c.h"
#include "typed.h"

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

/* The value's word as it is typed: in the user's language where that has one, with hyphens for spaces. */
static char *typed_form(const ProtobufCEnumDescriptor *descriptor, const ProtobufCEnumValue *value)
{
    char *word = output_words(descriptor, value->value);
    for (char *c = word; *c; c++)
        *c = *c == ' ' ? '-' : *c;
    return word;
}

/* The typed forms, to free each and the list. */
static char **typed_forms(const ProtobufCEnumDescriptor *descriptor, size_t *count)
{
    char **words = calloc(descriptor->n_values, sizeof *words);
    *count = 0;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        if (descriptor->values[i].value)
            words[(*count)++] = typed_form(descriptor, &descriptor->values[i]);
    }
    return words;
}

static void free_forms(char **words, size_t count)
{
    while (count)
        free(words[--count]);
    free(words);
}

char *enum_choices(const ProtobufCEnumDescriptor *descriptor)
{
    char *text = NULL;
    size_t count, size;
    char **words = typed_forms(descriptor, &count);
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", i ? ", " : "", words[i]);
    fclose(out);
    free_forms(words, count);
    return text;
}

/* Hyphens, spaces and underscores are one, as are capitals and small letters. */
static bool is_word(const char *text, const char *word)
{
    for (; *text && *word; text++, word++) {
        bool gap = *word == '_' || *word == ' ' || *word == '-';
        if (gap ? !strchr("_- ", *text) : tolower((unsigned char)*text) != tolower((unsigned char)*word))
            return false;
    }
    return !*text && !*word;
}

static const char *dutch_word(const char *name)
{
    for (const struct typed_word *typed = typed_words; typed->name; typed++) {
        if (strcmp(typed->name, name) == 0)
            return typed->word;
    }
    return "";
}

static int enum_from_text(const ProtobufCEnumDescriptor *descriptor, const char *text, int *value)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *candidate = &descriptor->values[i];
        char word[64];
        field_enum_word(descriptor, candidate->name, word, sizeof word);
        if (*text && candidate->value &&
            (is_word(text, word) || is_word(text, dutch_word(candidate->name)))) {
            *value = candidate->value;
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

static int fail_choice(char **reason, const ProtobufCEnumDescriptor *descriptor, const char *text)
{
    size_t count;
    char **words = typed_forms(descriptor, &count), *choices = enum_choices(descriptor);
    const char *near = nearest(text, (const char *const *)words, count);
    if (near)
        fail(reason, _("\"%s\" is none of %s; did you mean %s?"), text, choices, near);
    else
        fail(reason, _("\"%s\" is none of %s"), text, choices);
    free(choices);
    free_forms(words, count);
    return -1;
}

int field_from_text(ProtobufCMessage *message, const char *name, const char *text, time_t now,
                    enum when_day day, char **reason)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (!field)
        return fail(reason, _("there is no field %s"), name);
    bool is_text = field->type == PROTOBUF_C_TYPE_STRING;
    if ((is_text || field->type == PROTOBUF_C_TYPE_MESSAGE) && field->label != PROTOBUF_C_LABEL_REPEATED &&
        field_count(message, field) && !(is_text && !**(char *const *)field_value(message, field, 0)))
        return fail(reason, _("\"%s\" comes on top of another value; give it once"), text);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        char *copy = strdup(text);
        return field_put(message, field, &copy);
    }
    case PROTOBUF_C_TYPE_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return fail(reason, _("\"%s\" is neither true nor false"), text);
        return field_put(message, field, &(protobuf_c_boolean){*text == 't'});
    case PROTOBUF_C_TYPE_ENUM: {
        int value;
        if (enum_from_text(field->descriptor, text, &value)) {
            return fail_choice(reason, field->descriptor, text);
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
            return fail(reason, _("\"%s\" is no whole number"), text);
        return field->type == PROTOBUF_C_TYPE_INT32 ? field_put(message, field, &(int32_t){(int32_t)number})
                                                    : field_put(message, field, &(int64_t){number});
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        Google__Protobuf__Timestamp *time = malloc(sizeof *time);
        google__protobuf__timestamp__init(time);
        if (when_parse(text, now, day, &time->seconds, &time->nanos)) {
            free(time);
            return fail(reason,
                        day & WHEN_AHEAD
                            ? _("\"%s\" is no moment; write it like 2026-11-02, \"2026-11-02 14:10\", "
                                "\"friday 10:00\" or \"in 2 weeks\"")
                            : _("\"%s\" is no moment; write it like 2026-11-02, \"2026-11-02 14:10\", "
                                "\"yesterday 16:30\" or \"3 days ago\""),
                        text);
        }
        return field_put(message, field, &time);
    }
    default:
        return fail(reason, _("%s cannot be given as text"), name);
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
            *reason = _("the line has too many words");
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
            *reason = _("a quote is not closed");
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
