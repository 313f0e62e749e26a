#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "language.h"

/* Gives the finished file its name, unless another one has it. */
static int publish(const char *made, const char *path)
{
    if (renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    /* Where the file system knows no such renaming, as NFS. */
    if (errno != EINVAL || link(made, path))
        return -1;
    unlink(made);
    return 0;
}

int file_write_new(const char *command, const char *path, void (*write)(FILE *out, const void *context),
                   const void *context)
{
    char *made = NULL;
    if (asprintf(&made, "%s.XXXXXX", path) < 0)
        abort();
    int fd = access(path, F_OK) == 0 ? (errno = EEXIST, -1) : mkostemp(made, O_CLOEXEC);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool failed = !out;
    if (out) {
        write(out, context);
        failed = ferror(out) != 0;
        failed = fclose(out) || failed;
        failed = failed || publish(made, path);
    }
    if (failed) {
        int why = errno;
        if (fd >= 0)
            unlink(made);
        if (why == EEXIST)
            fprintf(stderr, _("traject %s: %s: is there already; give the name of a new file\n"), command,
                    path);
        else
            fprintf(stderr, "traject %s: %s: %s\n", command, path, strerror(why));
    }
    free(made);
    return failed ? -1 : 0;
}
