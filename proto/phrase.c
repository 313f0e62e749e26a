#include "phrase.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONVERSION_MAX = 16 };

static int add(struct phrase *phrase, char *argument)
{
    char **grown = realloc(phrase->arguments, (phrase->count + 1) * sizeof *grown);
    if (!grown) {
        free(argument);
        return -1;
    }
    phrase->arguments = grown;
    grown[phrase->count++] = argument;
    return 0;
}

static int signed_text(char **text, const char *format, int longs, va_list *values)
{
    if (longs == 2)
        return asprintf(text, format, va_arg(*values, long long));
    if (longs == 1)
        return asprintf(text, format, va_arg(*values, long));
    return asprintf(text, format, va_arg(*values, int));
}

static int unsigned_text(char **text, const char *format, int longs, va_list *values)
{
    if (longs == 2)
        return asprintf(text, format, va_arg(*values, unsigned long long));
    if (longs == 1)
        return asprintf(text, format, va_arg(*values, unsigned long));
    return asprintf(text, format, va_arg(*values, unsigned));
}

/* The value of the one conversion that `format` is, as text; -1 as asprintf has it, or when it is no such
 * one. */
static int value_text(char **text, const char *format, int error, va_list *values)
{
    size_t length = strlen(format);
    /* A size is as long as a long. */
    int longs = strstr(format, "ll") ? 2 : strpbrk(format, "lz") ? 1 : 0;
    switch (format[length - 1]) {
    case 's':
        if (strchr(format, '*')) {
            int precision = va_arg(*values, int);
            return asprintf(text, format, precision, va_arg(*values, const char *));
        }
        return asprintf(text, format, va_arg(*values, const char *));
    case 'm':
        return asprintf(text, "%s", strerror(error));
    case 'd':
    case 'i':
        return signed_text(text, format, longs, values);
    case 'u':
    case 'o':
    case 'x':
        return unsigned_text(text, format, longs, values);
    default:
        return -1;
    }
}

int phrase_take(struct phrase *phrase, const char *format, va_list values)
{
    int error = errno, failed = 0;
    size_t size;
    va_list left;
    *phrase = (struct phrase){0};
    FILE *out = open_memstream(&phrase->format, &size);
    if (!out)
        return -1;
    va_copy(left, values);
    while (*format && !failed) {
        size_t plain = strcspn(format, "%");
        fwrite(format, 1, plain, out);
        format += plain;
        if (!*format)
            break;
        if (format[1] == '%') {
            fputs("%%", out);
            format += 2;
            continue;
        }
        size_t length = 1 + strspn(format + 1, "0123456789.*lz") + 1;
        char conversion[CONVERSION_MAX], *text;
        failed = length >= sizeof conversion || strnlen(format, length) < length;
        if (failed)
            break;
        memcpy(conversion, format, length);
        conversion[length] = '\0';
        failed = value_text(&text, conversion, error, &left) < 0 || add(phrase, text);
        fputs("%s", out);
        format += length;
    }
    va_end(left);
    failed = fclose(out) || failed;
    if (failed)
        phrase_clear(phrase);
    return failed ? -1 : 0;
}

void phrase_clear(struct phrase *phrase)
{
    for (size_t i = 0; i < phrase->count; i++)
        free(phrase->arguments[i]);
    free(phrase->arguments);
    free(phrase->format);
    *phrase = (struct phrase){0};
}

/* Which value the conversion at `format` is for, from 1, and its length; 0 when it is none. */
static size_t conversion(const char *format, size_t *next, size_t *length)
{
    size_t number = 0, digits = 0;
    if (format[1] == 's') {
        *length = 2;
        return ++*next;
    }
    for (; digits < 2 && isdigit((unsigned char)format[1 + digits]); digits++)
        number = 10 * number + (size_t)(format[1 + digits] - '0');
    *length = digits + 3;
    return digits && format[1 + digits] == '$' && format[2 + digits] == 's' ? number : 0;
}

char *phrase_fill(const char *format, char *const *arguments, size_t count)
{
    char *text = NULL;
    size_t size, next = 0, length;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    while (*format) {
        size_t plain = strcspn(format, "%");
        fwrite(format, 1, plain, out);
        format += plain;
        if (!*format)
            break;
        if (format[1] == '%') {
            fputc('%', out);
            format += 2;
            continue;
        }
        size_t number = conversion(format, &next, &length);
        if (number && number <= count) {
            fputs(arguments[number - 1], out);
            format += length;
        } else {
            fputc(*format++, out);
        }
    }
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}
