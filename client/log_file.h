/* The file that an event log is written to: there whole, or not at all, and for its owner only. */
#ifndef TRAJECT_LOG_FILE_H
#define TRAJECT_LOG_FILE_H

#include <stdio.h>

struct log_file {
    FILE *out;
    char *path; /* NULL for standard output */
    int fd;     /* of a file without a name, which the kernel forgets when the program ends */
    char *part; /* its name, beside the path, where the file system has no such files; else NULL */
};

/* Opens it for writing; "-" is standard output, and what a name that ends in .gz holds is packed. Returns 0,
 * or -1 with `*reason` (to free), also when there is something of that name already. */
int log_file_open(struct log_file *file, const char *path, char **reason);

/* A file that nobody finds by name, on the same disk, for what is written later. NULL with `*reason`. */
FILE *log_file_spool(const struct log_file *file, char **reason);

/* Gives it its name. Returns 0, or -1 with `*reason`, and then nothing is left. */
int log_file_keep(struct log_file *file, char **reason);

/* Leaves nothing of it. */
void log_file_drop(struct log_file *file);

#endif
