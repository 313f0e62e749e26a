/* What drawings have in common. */
#ifndef TRAJECT_SVG_H
#define TRAJECT_SVG_H

#include <stdio.h>

#define INK   "#1a1a1a"
#define PAPER "#ffffff"
#define BAND  "#f3f5f7"
#define GRID  "#8a8f94"

/* Writes a text at a place; `how` are more attributes of it, none of them from outside. */
void svg_text(FILE *out, int x, int y, int size, const char *how, const char *text);

/* About how wide a text is; there are no fonts here to ask. */
int svg_text_width(const char *text, int size);

#endif
