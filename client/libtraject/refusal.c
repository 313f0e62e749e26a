/* The server's refusals in the language of the locale. */
#include "wire.h"

#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phrase.h"

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* The word for an enum value of that name; NULL when it is none, or has none. */
static const char *word_for(const char *name)
{
    const char *word = strchr(name, '_') ? dgettext("traject", name) : name;
    return word == name ? NULL : word;
}

/* An argument as people read it: of several alternatives "a, b or c", and names of enum values in words. */
static char *argument_text(const char *argument)
{
    char *text = NULL;
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
