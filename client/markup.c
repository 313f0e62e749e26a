#include "markup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <unistr.h>

static const char style[] =
    "@page { size: A4; margin: 18mm 16mm }\n"
    "body { font: 11pt/1.45 sans-serif; color: #111; max-width: 46em; margin: 2em auto; padding: 0 1em }\n"
    "h1 { font-size: 1.6em } h2 { font-size: 1.25em; margin-top: 1.8em } h3 { font-size: 1.05em }\n"
    "h1, h2, h3 { break-after: avoid }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { border: 1px solid #999; padding: 0.25em 0.5em; text-align: left; vertical-align: top }\n"
    "thead { display: table-header-group } tr, li { break-inside: avoid }\n"
    "td, li, p { overflow-wrap: anywhere }\n"
    "ol { list-style: none; padding: 0 } li { margin: 0 0 0.8em }\n"
    "time { font-weight: bold } blockquote { margin: 0.2em 0 0.2em 1.5em; white-space: pre-wrap }\n"
    "@media print { body { margin: 0; padding: 0; max-width: none } }\n";

static bool is_control(ucs4_t point)
{
    return (point < ' ' && point != '\n') || (point >= 0x7f && point < 0xa0);
}

/* Embeddings, overrides and isolates, which would mix a name with what stands beside it. */
static bool turns_direction(ucs4_t point)
{
    return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

void markup_put(FILE *out, const char *text)
{
    static const char *const entities[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    const uint8_t *at = (const uint8_t *)text;
    for (size_t left = strlen(text); left;) {
        ucs4_t point;
        int length = u8_mbtouc(&point, at, left);
        if (point < sizeof entities / sizeof *entities && entities[point])
            fputs(entities[point], out);
        else if (is_control(point))
            fputc(' ', out);
        else if (point == 0xfffd || (point & 0xfffe) == 0xfffe)
            fputs("\xef\xbf\xbd", out); /* U+FFFD */
        else if (!turns_direction(point))
            fwrite(at, 1, (size_t)length, out);
        at += length;
        left -= (size_t)length;
    }
}

void markup_between(FILE *out, const char *before, const char *text, const char *after)
{
    fputs(before, out);
    markup_put(out, text);
    fputs(after, out);
}

void markup_head(FILE *out, const char *language, const char *title, const char *more_style)
{
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n",
            language);
    markup_between(out, "<title>", title, "</title>\n");
    fprintf(out, "<style>\n%s%s</style>\n</head>\n<body>\n", style, more_style);
}
