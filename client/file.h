/* New files that a command makes: for their owner only, there whole or not at all, and never over another. */
#ifndef TRAJECT_FILE_H
#define TRAJECT_FILE_H

#include <stdio.h>

#include "command.h"

struct new_file {
    FILE *out;
    char *path; /* NULL for standard output */
    int fd;     /* of a file without a name, which the kernel forgets when the program ends */
    char *part; /* its name, beside the path, where the file system has no such files; else NULL */
};

/* Opens it for writing; "-" is standard output, and what a name that ends in .gz holds is packed. Returns 0,
 * or -1 with `*reason` (to free), also when there is something of that name already. */
int file_open_new(struct new_file *file, const char *path, char **reason);

/* A file that nobody finds by name, on the same disk, for what is written later. NULL with `*reason`. */
FILE *file_spool(const struct new_file *file, char **reason);

/* Gives it its name. Returns 0, or -1 with `*reason`, and then nothing is left. */
int file_keep(struct new_file *file, char **reason);

/* Leaves nothing of it. */
void file_drop(struct new_file *file);

typedef void file_writer(FILE *out, const struct session *session, const void *context);

/* Writes all of one, as above. Prints where it is; or says on standard error, after the command's name, why
 * it is not. */
enum exit_code file_write_new(const struct session *session, const char *command, const char *path,
                              file_writer *write, const void *context);

#endif
