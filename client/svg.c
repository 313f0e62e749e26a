#include "svg.h"

#include "markup.h"
#include "output.h"

int svg_text_width(const char *text, int size)
{
    return output_width(text) * size * 58 / 100;
}

void svg_text(FILE *out, int x, int y, int size, const char *how, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" %s", x, y, size, how);
    markup_between(out, ">", text, "</text>\n");
}
