/* What is measured, as the command line says it. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdint.h>

struct options {
    const char *address, *ca, *actors;
    int connections;
    const char *work;
    double seconds, warmup;
    double rate; /* requests per second; 0: as fast as they are answered */
    int on_the_way;
    uint64_t seed;
    int pid;
};

/* Each prints one line of JSON, and returns what the program exits with. */
int run(const struct options *options);
int idle(const struct options *options);
int broadcast(const struct options *options);

#endif
