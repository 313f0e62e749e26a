#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "language.h"
#include "output.h"

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

enum exit_code file_write_new(const struct session *session, const char *command, const char *path,
                              file_writer *write, const void *context)
{
    char *made = NULL;
    if (asprintf(&made, "%s.XXXXXX", path) < 0)
        abort();
    int fd = access(path, F_OK) == 0 ? (errno = EEXIST, -1) : mkostemp(made, O_CLOEXEC);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool failed = !out;
    if (out) {
        write(out, session, context);
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
    if (failed)
        return EXIT_REFUSED;
    /* Whole: the path may be from the working folder, whichever that was. */
    char *whole = realpath(path, NULL);
    output_line(session->out, "%s", whole ? whole : path);
    free(whole);
    return EXIT_DONE;
}
