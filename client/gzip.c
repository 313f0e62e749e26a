#include "gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "language.h"

struct gzip {
    gzFile file;
    long long bytes;
};

static ssize_t read_some(void *cookie, char *bytes, size_t size)
{
    struct gzip *gzip = cookie;
    int failed, got = gzread(gzip->file, bytes, (unsigned)size);
    /* Of data that is cut off zlib says so only here. */
    gzerror(gzip->file, &failed);
    if (got < 0 || failed < 0) {
        errno = failed == Z_ERRNO ? errno : EBADMSG;
        return -1;
    }
    gzip->bytes += got;
    if (gzip->bytes > GZIP_BYTES_MAX && !gzdirect(gzip->file)) {
        errno = EFBIG;
        return -1;
    }
    return got;
}

static ssize_t write_some(void *cookie, const char *bytes, size_t size)
{
    struct gzip *gzip = cookie;
    return gzwrite(gzip->file, bytes, (unsigned)size);
}

static int end(void *cookie)
{
    struct gzip *gzip = cookie;
    int result = gzclose(gzip->file);
    free(gzip);
    if (result != Z_OK && result != Z_ERRNO)
        errno = EBADMSG;
    return result == Z_OK ? 0 : EOF;
}

static FILE *stream(int fd, const char *mode)
{
    struct gzip *gzip = calloc(1, sizeof *gzip);
    cookie_io_functions_t functions = {.close = end};
    if (*mode == 'r')
        functions.read = read_some;
    else
        functions.write = write_some;
    FILE *made = NULL;
    gzip->file = gzdopen(fd, mode);
    if (gzip->file)
        made = fopencookie(gzip, *mode == 'r' ? "r" : "w", functions);
    if (!made) {
        int why = gzip->file ? errno : ENOMEM;
        if (gzip->file)
            gzclose(gzip->file);
        else
            close(fd);
        free(gzip);
        errno = why;
    }
    return made;
}

FILE *gzip_reader(int fd)
{
    return stream(fd, "rb");
}

FILE *gzip_writer(int fd)
{
    return stream(fd, "wb");
}

const char *gzip_strerror(int number)
{
    switch (number) {
    case EBADMSG:
        return _("its gzip data is damaged or cut off");
    case EFBIG:
        return _("it unpacks to more than 4 GiB; unpack it first, when that is right");
    default:
        return strerror(number);
    }
}
