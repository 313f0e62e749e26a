/* Files that a command makes. */
#ifndef TRAJECT_FILE_H
#define TRAJECT_FILE_H

#include "command.h"

typedef void file_writer(FILE *out, const struct session *session, const void *context);

/* Writes a new file that only its owner may read: whole or not at all, and never over another one. Prints
 * where it is; or says on standard error, after the command's name, why it is not. */
enum exit_code file_write_new(const struct session *session, const char *command, const char *path,
                              file_writer *write, const void *context);

#endif
