#include "reword.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "phrase.h"

char *reword_enum(const ProtobufCEnumDescriptor *descriptor, const char *word)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char english[64];
        field_enum_word(descriptor, descriptor->values[i].name, english, sizeof english);
        for (char *c = english; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        if (strcmp(english, word) == 0)
            return output_words(descriptor, descriptor->values[i].value);
    }
    return NULL;
}

static const char *find_literal(const char *text, const char *literal, size_t length, bool last)
{
    const char *found = NULL;
    for (const char *at = text; *at && (last || !found); at++) {
        if (strncmp(at, literal, length) == 0)
            found = at;
    }
    return found;
}

/* Takes the text apart by the pattern, which ends in %s. What separates the last part stands as far back as
 * it can, since names before it may have the same in them. Returns how many parts there are, 0 when it does
 * not fit. */
static size_t take_parts(const char *pattern, const char *text, char *parts[REWORD_PARTS_MAX])
{
    size_t count = 0, lead = strcspn(pattern, "%");
    bool fits = strncmp(text, pattern, lead) == 0;
    text += fits ? lead : 0;
    pattern += lead + 2;
    while (fits && *pattern) {
        size_t length = strcspn(pattern, "%");
        const char *next = pattern + length + 2, *end = find_literal(text, pattern, length, !*next);
        fits = end != NULL;
        if (fits) {
            parts[count++] = strndup(text, (size_t)(end - text));
            text = end + length;
            pattern = next;
        }
    }
    if (fits) {
        parts[count++] = strdup(text);
        return count;
    }
    while (count)
        free(parts[--count]);
    return 0;
}

char *reword(const struct rewording *rewordings, size_t count, int kind, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        char *parts[REWORD_PARTS_MAX], *told[REWORD_PARTS_MAX] = {0}, *made = NULL;
        size_t taken = rewordings[i].kind == kind ? take_parts(rewordings[i].pattern, text, parts) : 0;
        bool known = taken > 0;
        for (size_t p = 0; p < taken; p++) {
            told[p] = rewordings[i].parts[p] ? reword_enum(rewordings[i].parts[p], parts[p])
                                             : traject_said(parts[p]);
            known = known && told[p];
        }
        if (known)
            made = phrase_fill(_(rewordings[i].pattern), told, taken);
        for (size_t p = 0; p < taken; p++) {
            free(parts[p]);
            free(told[p]);
        }
        if (made)
            return made;
    }
    return traject_said(text);
}
