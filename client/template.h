/* Sentences about a message, as data: what people read stands in tables, not in code. */
#ifndef TRAJECT_TEMPLATE_H
#define TRAJECT_TEMPLATE_H

#include <protobuf-c/protobuf-c.h>

/* The template with each {field} replaced by the message's value in words: an enum's, a date, a number, a
 * list with commas; {field+} is a moment with its time of day. A part in [] is left out when a field in it
 * is absent. What came from the server never steers the terminal. To free. */
char *template_text(const char *pattern, const ProtobufCMessage *message);

#endif
