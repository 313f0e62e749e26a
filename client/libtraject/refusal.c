/* What the server says in words of its own, refusals first, in the language of the locale. */
#include "wire.h"

#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phrase.h"

#define N_(text) text

enum { PHRASE_MAX = 200 };

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* The word for an enum value of that name; NULL when it is none, or has none. */
static const char *word_for(const char *name)
{
    const char *word = strchr(name, '_') ? dgettext("traject", name) : name;
    return word == name ? NULL : word;
}

/* ---- words that stand in replies ---- */

/* The phrase of that length, by the catalogue's entry of that context; NULL when it is none. */
static const char *phrase_for(const char *text, size_t length)
{
    char *key;
    if (asprintf(&key, "said\004%.*s", (int)length, text) < 0)
        return NULL;
    const char *found = dgettext("traject", key);
    bool known = found != key;
    free(key);
    return known ? found : NULL;
}

/* Who has left, of whom a handover needs another. */
static const struct {
    const char *before, *after, *format;
} gone[] = {
    {"another supervisor than ", ", who has left", N_("another supervisor than %s, who has left")},
    {"another second person than ", ", who has left", N_("another second person than %s, who has left")},
};

/* Puts the first part of a list, and returns its length; 0 when it is none that is known. */
static size_t put_part(FILE *out, const char *text)
{
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        size_t before = strlen(gone[i].before);
        const char *end = strncmp(text, gone[i].before, before) == 0 ? strstr(text, gone[i].after) : NULL;
        char *name = end ? strndup(text + before, (size_t)(end - text) - before) : NULL;
        char *said = name ? phrase_fill(dgettext("traject", gone[i].format), &name, 1) : NULL;
        if (said)
            fputs(said, out);
        free(said);
        free(name);
        if (said)
            return (size_t)(end - text) + strlen(gone[i].after);
    }
    /* The longest first: a phrase may have a comma in it. */
    for (size_t length = strnlen(text, PHRASE_MAX); length > 0; length--) {
        if (text[length] && strncmp(text + length, ", ", 2) != 0)
            continue;
        const char *phrase = phrase_for(text, length);
        if (phrase) {
            fputs(phrase, out);
            return length;
        }
    }
    return 0;
}

char *traject_said(const char *text)
{
    char *said = NULL;
    size_t size, length = 1;
    FILE *out = open_memstream(&said, &size);
    const char *rest = text;
    while (out && *rest && length) {
        length = put_part(out, rest);
        rest += length;
        if (!length || !*rest)
            break;
        length = strncmp(rest, ", ", 2) == 0 ? 2 : 0;
        rest += length;
        fputs(", ", out);
    }
    if (out)
        fclose(out);
    if (said && !*rest)
        return said;
    free(said);
    return strdup(text);
}

/* ---- refusals ---- */

/* An argument as people read it: of several alternatives "a, b or c", and names of enum values in words. */
static char *argument_text(const char *given)
{
    /* One word alone is the name of a field, or somebody's. */
    char *text = NULL, *argument_said = strchr(given, ' ') ? traject_said(given) : NULL;
    const char *argument = argument_said ? argument_said : given;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const char *last = strrchr(argument, '\x1e');
    while (out && *argument) {
        size_t length = strspn(argument, name_characters);
        if (*argument == '\x1e') {
            fputs(argument == last ? dgettext("traject", " or ") : ", ", out);
            argument++;
        } else if (!length) {
            fputc(*argument++, out);
        } else {
            char *name = strndup(argument, length);
            const char *word = name ? word_for(name) : NULL;
            fprintf(out, "%s", word ? word : name ? name : "");
            free(name);
            argument += length;
        }
    }
    if (out)
        fclose(out);
    free(argument_said);
    return text;
}

/* The status in the language of the locale, or NULL when that has no words for it. */
static char *translate(const Traject__V1__Status *status)
{
    if (!status->n_arguments)
        return NULL;
    const char *format = *status->message_format ? dgettext("traject", status->message_format) : "";
    if (format == status->message_format || !*format)
        return NULL;
    char **texts = calloc(status->n_arguments, sizeof *texts), *text = NULL;
    bool whole = texts != NULL;
    for (size_t i = 0; whole && i < status->n_arguments; i++)
        whole = (texts[i] = argument_text(status->arguments[i])) != NULL;
    if (whole)
        text = phrase_fill(format, texts, status->n_arguments);
    for (size_t i = 0; texts && i < status->n_arguments; i++)
        free(texts[i]);
    free(texts);
    return text;
}

enum traject_result wire_refuse(struct traject_error *error, const Traject__V1__Status *status)
{
    char *said = translate(status);
    const char *message = said || !*status->message ? status->message : dgettext("traject", status->message);
    traject_error_set(error, TRAJECT_REFUSED, "%s", said ? said : message);
    free(said);
    error->code = status->code;
    if (*status->field)
        error->field = strdup(status->field);
    return TRAJECT_REFUSED;
}
