/* A progress bar on standard error, when that is a terminal; nothing otherwise. */
#ifndef TRAJECT_PROGRESS_H
#define TRAJECT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    const char *what;
    size_t total;
    bool shown;
    struct timespec began, drawn;
};

struct progress progress_start(const char *what, size_t total);
void progress_show(struct progress *progress, size_t done);

/* Takes the bar away, so that what follows begins on a clean line. */
void progress_end(struct progress *progress);

#endif
