/* Text from outside in HTML and SVG. */
#ifndef TRAJECT_MARKUP_H
#define TRAJECT_MARKUP_H

#include <stdio.h>

/* The beginning of a page that needs nothing from elsewhere, to read on a screen or on A4, up to and with
 * <body>. What is added to its style is no text from outside. */
void markup_head(FILE *out, const char *language, const char *title, const char *more_style);

/* Nothing in the text is markup, nor a control character but the end of a line, nor one that turns the
 * direction of what stands around it; what is no UTF-8 or may not be in XML is replaced. */
void markup_put(FILE *out, const char *text);
void markup_between(FILE *out, const char *before, const char *text, const char *after);

#endif
