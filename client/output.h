/* Replies on paper: text tables, protobuf's canonical JSON, CSV. */
#ifndef TRAJECT_OUTPUT_H
#define TRAJECT_OUTPUT_H

#include <wchar.h>

#include "command.h"

/* Shows a reply as the session wants it; a list by the command's columns. `more` says that the list goes on.
 */
void output_reply(const struct session *session, const struct command *command, const ProtobufCMessage *reply,
                  bool more);

/* A list as a table, fitted to the terminal's width. */
void output_table(const struct session *session, const struct command *command,
                  const ProtobufCMessage *reply);

void output_json(FILE *out, const ProtobufCMessage *message);
void output_json_string(FILE *out, const char *text);
void output_csv(FILE *out, const ProtobufCMessage *message);

/* One message on a line of its own, for lists that have no end. */
void output_json_line(FILE *out, const ProtobufCMessage *message);
void output_csv_row(FILE *out, const ProtobufCMessage *message);

/* What stands in one field of it; nothing when it has no such field, or that is absent. */
void output_csv_field(FILE *out, const ProtobufCMessage *message, const char *name);

/* A value in words for people, to free; "" when absent. */
char *output_value(const struct session *session, const ProtobufCMessage *message, const char *field,
                   enum column_format format);

/* Text that was sealed; where it cannot be told, "(erased)" or the like in the user's language. To free. */
char *output_text(const char *text);

/* "work content" for STAGE_WORK_CONTENT, in the user's language; to free. */
char *output_words(const ProtobufCEnumDescriptor *descriptor, int value);

/* Columns that text takes on a terminal. */
int output_width(const char *text);

/* Bytes and columns of the character at `text`. */
size_t output_character(const char *text, mbstate_t *state, int *columns);

/* Replaces control characters: what came from the server never steers the terminal. */
void output_tame(char *text);

/* Prints `lead` and then text wrapped to the terminal's width, every line but the first after `margin`
 * spaces; the first too when `lead` is shorter. Control characters are replaced. */
void output_hanging(const struct session *session, const char *lead, int margin, const char *text);

/* Prints one line that may hold text from outside: control characters are replaced. */
void output_line(FILE *out, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

/* The repeated message field of a reply, or NULL. */
const ProtobufCFieldDescriptor *output_list(const ProtobufCMessage *reply);

#endif
