/* Files that a command makes. */
#ifndef TRAJECT_FILE_H
#define TRAJECT_FILE_H

#include <stdio.h>

/* Writes a new file that only its owner may read: whole or not at all, and never over another one. Returns 0,
 * or -1 when it says on standard error what is wrong, after the command's name. */
int file_write_new(const char *command, const char *path, void (*write)(FILE *out, const void *context),
                   const void *context);

#endif
