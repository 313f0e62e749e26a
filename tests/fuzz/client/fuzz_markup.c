/* Any text put into a page: what comes out is text, whole UTF-8, without markup or control characters. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *made = NULL;
    size_t length;
    memcpy(text, data, size);
    text[size] = '\0';
    FILE *out = open_memstream(&made, &length);
    markup_put(out, text);
    fclose(out);
    check(!u8_check((const uint8_t *)made, length));
    check(!strpbrk(made, "<>\"'"));
    for (const uint8_t *c = (const uint8_t *)made; *c;) {
        ucs4_t point;
        c += u8_mbtouc(&point, c, strlen((const char *)c));
        check((point >= ' ' || point == '\n') && (point < 0x7f || point >= 0xa0) &&
              (point & 0xfffe) != 0xfffe);
        check(point < 0x202a || (point > 0x202e && point < 0x2066) || point > 0x2069);
    }
    for (const char *c = made; (c = strchr(c, '&')); c++) {
        size_t entity = strspn(c + 1, "abcdefghijklmnopqrstuvwxyz#0123456789");
        check(entity > 1 && c[1 + entity] == ';');
    }
    free(made);
    free(text);
    return 0;
}
