#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzip.h"
#include "language.h"

static int fail(char **reason, const char *path, const char *says)
{
    if (asprintf(reason, "%s: %s", path, says) < 0)
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

static void forget(struct log_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file->part);
    *file = (struct log_file){.fd = -1};
}

/* Never over another file, also one that came meanwhile. */
static int name_it(const struct log_file *file)
{
    char opened[32];
    if (file->part)
        return renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, RENAME_NOREPLACE);
    snprintf(opened, sizeof opened, "/proc/self/fd/%d", file->fd);
    return linkat(AT_FDCWD, opened, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW);
}

int log_file_open(struct log_file *file, const char *path, char **reason)
{
    *file = (struct log_file){.out = stdout, .fd = -1};
    if (strcmp(path, "-") == 0)
        return 0;
    /* Asked again when it gets its name; but who waits for an export should not hear it then. */
    if (access(path, F_OK) == 0)
        return fail(reason, path, _("there is a file of that name already; choose another name"));
    file->path = strdup(path);
    int fd = open_beside(path, &file->part);
    if (fd < 0) {
        fail(reason, path, strerror(errno));
        forget(file);
        return -1;
    }
    file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    file->out = ends_with(path, ".gz") ? gzip_writer(fd) : fdopen(fd, "w");
    if (file->fd < 0 || !file->out)
        abort();
    return 0;
}

FILE *log_file_spool(const struct log_file *file, char **reason)
{
    FILE *made = NULL;
    if (!file->path) {
        made = tmpfile();
    } else {
        char *name;
        int fd = open_beside(file->path, &name);
        if (name)
            unlink(name);
        if (fd >= 0)
            made = fdopen(fd, "w+");
        free(name);
    }
    if (!made)
        fail(reason, file->path ? file->path : "-", strerror(errno));
    return made;
}

int log_file_keep(struct log_file *file, char **reason)
{
    int result = 0;
    if (!file->path) {
        if (fflush(file->out) || ferror(file->out))
            return fail(reason, "-", strerror(errno));
        return 0;
    }
    bool failed = ferror(file->out) != 0;
    int why = errno;
    failed = fclose(file->out) || failed;
    errno = failed && why ? why : errno;
    if (failed || name_it(file)) {
        result = fail(reason, file->path, strerror(errno));
        if (file->part)
            unlink(file->part);
    }
    forget(file);
    return result;
}

void log_file_drop(struct log_file *file)
{
    if (file->path) {
        fclose(file->out);
        if (file->part)
            unlink(file->part);
    }
    forget(file);
}
