/* What a connection that does nothing costs the daemon in memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors.h"
#include "connection.h"
#include "fail.h"
#include "options.h"

enum { SETTLE_SECONDS = 5 };

/* Counted page by page; what /proc/PID/status says may lag by some hundred KiB. */
static long resident_kib(int pid)
{
    char path[64], line[128];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        fail("%s: %s; give the daemon's process id with --pid", path, strerror(errno));
    while (kib < 0 && fgets(line, sizeof line, file))
        sscanf(line, "Rss: %ld kB", &kib);
    fclose(file);
    if (kib < 0)
        fail("%s does not say what is resident", path);
    return kib;
}

int idle(const struct options *options)
{
    struct server server;
    struct actors actors = {0};
    actors_read(&actors, options->actors, (const char *const[]){"coach", "member", "manager", NULL});
    server_find(&server, options->address, options->ca);
    size_t count = (size_t)options->connections;
    struct connection *connections = allocate(count + 1, sizeof *connections);
    /* The last is not counted: it brings what the daemon needs for any. */
    connection_open(&connections[count], &server, actors.list[0].token);
    sleep(SETTLE_SECONDS);
    long before = resident_kib(options->pid);
    for (size_t first = 0; first < count; first += OPEN_AT_ONCE) {
        size_t end = first + OPEN_AT_ONCE < count ? first + OPEN_AT_ONCE : count;
        for (size_t i = first; i < end; i++)
            connection_start(&connections[i], &server);
        for (size_t i = first; i < end; i++)
            connection_introduce(&connections[i], actors.list[i % actors.count].token);
        for (size_t i = first; i < end; i++)
            connection_finish(&connections[i]);
    }
    sleep(SETTLE_SECONDS);
    long after = resident_kib(options->pid);
    printf("{\"connections\":%zu,\"before_kib\":%ld,\"after_kib\":%ld,\"kib_per_connection\":%.2f}\n", count,
           before, after, (double)(after - before) / (double)count);
    for (size_t i = 0; i <= count; i++)
        connection_close(&connections[i]);
    free(connections);
    actors_free(&actors);
    server_free(&server);
    return 0;
}
