#include "names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum { BEGINNING_MIN = 3 /* characters: shorter ones would say little but how many share them */ };

static bool is_of_word(ucs4_t character)
{
    return uc_is_general_category(character, UC_CATEGORY_L) ||
           uc_is_general_category(character, UC_CATEGORY_N);
}

void names_fold(const char *text, size_t length, struct bytes *folded)
{
    size_t folded_length = 0, begin = folded->length;
    uint8_t *bytes = u8_casefold((const uint8_t *)text, length, NULL, UNINORM_NFKD, NULL, &folded_length);
    bool between = false;
    for (size_t at = 0; bytes && at < folded_length;) {
        ucs4_t character;
        int size = u8_mbtouc(&character, bytes + at, folded_length - at);
        if (is_of_word(character)) {
            if (between && folded->length > begin)
                bytes_append(folded, " ", 1);
            between = false;
            bytes_append(folded, bytes + at, (size_t)size);
        } else if (!uc_is_general_category(character, UC_CATEGORY_M)) {
            between = true;
        }
        at += (size_t)size;
    }
    free(bytes);
    if (folded->length == begin)
        bytes_append(folded, text, length);
}

void names_words(const struct bytes *folded, void (*found)(void *context, const uint8_t *text, size_t length),
                 void *context)
{
    /* Of an empty text there is not even an address. */
    const uint8_t *at = folded->data, *end = folded->length ? at + folded->length : at;
    while (at < end) {
        const uint8_t *space = memchr(at, ' ', (size_t)(end - at));
        const uint8_t *stop = space ? space : end;
        if (stop > at)
            found(context, at, (size_t)(stop - at));
        at = space ? space + 1 : end;
    }
}

struct beginnings {
    void (*found)(void *context, const uint8_t *text, size_t length);
    void *context;
};

static void each_beginning(void *context, const uint8_t *word, size_t length)
{
    const struct beginnings *beginnings = context;
    size_t characters = 0;
    for (size_t at = 0; at < length;) {
        ucs4_t character;
        at += (size_t)u8_mbtouc(&character, word + at, length - at);
        if (++characters >= BEGINNING_MIN || at == length)
            beginnings->found(beginnings->context, word, at);
    }
}

void names_beginnings(const struct bytes *folded,
                      void (*found)(void *context, const uint8_t *text, size_t length), void *context)
{
    struct beginnings beginnings = {found, context};
    names_words(folded, each_beginning, &beginnings);
}

static bool is_blank(ucs4_t character)
{
    return uc_is_property_white_space(character) || character == 0x200b || character == 0xfeff;
}

void names_trim(const char **text, size_t *length)
{
    ucs4_t character;
    const uint8_t *begin = (const uint8_t *)*text, *end = begin + *length;
    while (begin < end) {
        int size = u8_mbtouc(&character, begin, (size_t)(end - begin));
        if (!is_blank(character))
            break;
        begin += size;
    }
    const uint8_t *previous;
    while (end > begin && (previous = u8_prev(&character, end, begin)) && is_blank(character))
        end = previous;
    *text = (const char *)begin;
    *length = (size_t)(end - begin);
}

size_t names_characters(const char *text, size_t length)
{
    return u8_mbsnlen((const uint8_t *)text, length);
}
