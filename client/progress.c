#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "language.h"

enum { BAR_WIDTH = 30 };

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

struct progress progress_start(const char *what, size_t total)
{
    struct progress progress = {.what = what, .total = total, .shown = isatty(STDERR_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &progress.began);
    progress.drawn = progress.began;
    return progress;
}

void progress_show(struct progress *progress, size_t done)
{
    if (!progress->shown || !progress->total ||
        (done < progress->total && seconds_since(&progress->drawn) < 0.1))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->drawn);
    size_t filled = done * BAR_WIDTH / progress->total;
    fprintf(stderr, "\r%s ", progress->what);
    for (size_t i = 0; i < BAR_WIDTH; i++)
        fputs(i < filled ? "█" : "░", stderr);
    fprintf(stderr, _(" %zu of %zu  %.1f s"), done, progress->total, seconds_since(&progress->began));
    fputs("\033[K", stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
}
