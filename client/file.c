#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzip.h"
#include "language.h"
#include "output.h"

/* Says why, by errno. */
static int fail(char **reason, const char *path)
{
    const char *why = errno == EEXIST ? _("is there already; give the name of a new file") : strerror(errno);
    if (asprintf(reason, "%s: %s", path, why) < 0)
        abort();
    return -1;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length > of_end && strcmp(text + length - of_end, end) == 0;
}

/* A new file in the folder of that one, which only its owner may read: without a name where that can be. */
static int open_beside(const char *path, char **name)
{
    char *folder = strdup(path), *slash = strrchr(folder, '/');
    *name = NULL;
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    free(folder);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    if (asprintf(name, "%s.part-XXXXXX", path) < 0)
        abort();
    return mkostemp(*name, O_CLOEXEC);
}

static void forget(struct new_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file->part);
    *file = (struct new_file){.fd = -1};
}

/* Never over another file, also one that came meanwhile. */
static int name_it(const struct new_file *file)
{
    char opened[32];
    if (!file->part) {
        snprintf(opened, sizeof opened, "/proc/self/fd/%d", file->fd);
        return linkat(AT_FDCWD, opened, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW);
    }
    if (renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
        return 0;
    /* Where the file system knows no such renaming, as NFS. */
    if (errno != EINVAL || link(file->part, file->path))
        return -1;
    unlink(file->part);
    return 0;
}

int file_open_new(struct new_file *file, const char *path, char **reason)
{
    *file = (struct new_file){.out = stdout, .fd = -1};
    if (strcmp(path, "-") == 0)
        return 0;
    /* Asked again when it gets its name; but who waits for an export should not hear it then. */
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return fail(reason, path);
    }
    file->path = strdup(path);
    int fd = open_beside(path, &file->part);
    if (fd < 0) {
        fail(reason, path);
        forget(file);
        return -1;
    }
    file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    file->out = ends_with(path, ".gz") ? gzip_writer(fd) : fdopen(fd, "w");
    if (file->fd < 0 || !file->out)
        abort();
    return 0;
}

FILE *file_spool(const struct new_file *file, char **reason)
{
    FILE *made = NULL;
    if (!file->path) {
        made = tmpfile();
    } else {
        char *name;
        int fd = open_beside(file->path, &name);
        if (fd >= 0)
            made = fdopen(fd, "w+");
        if (name && made)
            unlink(name);
        free(name);
    }
    if (!made)
        fail(reason, file->path ? file->path : "-");
    return made;
}

int file_keep(struct new_file *file, char **reason)
{
    int result = 0;
    if (!file->path)
        return fflush(file->out) || ferror(file->out) ? fail(reason, "-") : 0;
    int why = ferror(file->out) ? errno : 0;
    bool failed = fclose(file->out) || why;
    if (why)
        errno = why;
    if (failed || fsync(file->fd) || name_it(file)) {
        result = fail(reason, file->path);
        if (file->part)
            unlink(file->part);
    }
    forget(file);
    return result;
}

void file_drop(struct new_file *file)
{
    if (file->path) {
        fclose(file->out);
        if (file->part)
            unlink(file->part);
    }
    forget(file);
}

enum exit_code file_write_new(const struct session *session, const char *command, const char *path,
                              file_writer *write, const void *context)
{
    struct new_file file;
    char *reason = NULL;
    bool failed = file_open_new(&file, path, &reason) != 0, named = file.path;
    if (!failed) {
        write(file.out, session, context);
        failed = file_keep(&file, &reason) != 0;
    }
    if (failed) {
        output_line(stderr, "traject %s: %s", command, reason);
        free(reason);
        return EXIT_REFUSED;
    }
    if (named) {
        /* Whole: the path may be from the working folder, whichever that was. */
        char *whole = realpath(path, NULL);
        output_line(session->out, "%s", whole ? whole : path);
        free(whole);
    }
    return EXIT_DONE;
}
