#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "fail.h"
#include "options.h"
#include "request.h"

static const char usage[] =
    "usage: load run --address HOST:PORT --ca FILE --actors FILE --work WORK --connections N --seconds S\n"
    "                [--warmup S] [--rate REQUESTS_PER_SECOND] [--on-the-way N] [--seed N]\n"
    "       load idle --address HOST:PORT --ca FILE --actors FILE --connections N --pid PID\n"
    "       load broadcast --address HOST:PORT --ca FILE --actors FILE --connections N\n";

static const struct measure {
    const char *name;
    int (*did)(const struct options *);
} measures[] = {{"run", run}, {"idle", idle}, {"broadcast", broadcast}};

static double number(const char *name, const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most))
        fail("%s is \"%s\"; give %g to %g", name, text, least, most);
    return value;
}

static void demand(const char *name, const char *value)
{
    if (!value)
        fail("--%s is missing\n%s", name, usage);
}

static void read_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"address", required_argument, NULL, 'a'},    {"ca", required_argument, NULL, 'c'},
        {"actors", required_argument, NULL, 'A'},     {"connections", required_argument, NULL, 'n'},
        {"work", required_argument, NULL, 'w'},       {"seconds", required_argument, NULL, 's'},
        {"warmup", required_argument, NULL, 'u'},     {"rate", required_argument, NULL, 'r'},
        {"on-the-way", required_argument, NULL, 'o'}, {"seed", required_argument, NULL, 'S'},
        {"pid", required_argument, NULL, 'p'},        {0}};
    int which, index = 0;
    while ((which = getopt_long(argc, argv, "", known, &index)) != -1) {
        const char *name = known[index].name;
        switch (which) {
        case 'a':
            options->address = optarg;
            break;
        case 'c':
            options->ca = optarg;
            break;
        case 'A':
            options->actors = optarg;
            break;
        case 'n':
            options->connections = (int)number(name, optarg, 1, 100000);
            break;
        case 'w':
            options->work = optarg;
            break;
        case 's':
            options->seconds = number(name, optarg, 0.1, 86400);
            break;
        case 'u':
            options->warmup = number(name, optarg, 0, 86400);
            break;
        case 'r':
            options->rate = number(name, optarg, 0.1, 1e7);
            break;
        case 'o':
            options->on_the_way = (int)number(name, optarg, 1, REQUEST_ID_MAX);
            break;
        case 'S':
            options->seed = (uint64_t)number(name, optarg, 0, 1e15);
            break;
        case 'p':
            options->pid = (int)number(name, optarg, 1, 1e9);
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    demand("address", options->address);
    demand("ca", options->ca);
    demand("actors", options->actors);
}

/* One for each connection, and some for the rest. */
static void allow_files(int connections)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)connections + 64;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        fail("%d connections need %llu open files, and this process may not have so many; raise its hard "
             "limit "
             "(ulimit -Hn) or ask for fewer",
             connections, (unsigned long long)needed);
}

int main(int argc, char **argv)
{
    struct options options = {.connections = 1, .work = "journey", .seconds = 10, .on_the_way = 1, .seed = 1};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc > 1 && i < sizeof measures / sizeof *measures; i++) {
        if (strcmp(argv[1], measures[i].name) != 0)
            continue;
        read_options(&options, argc - 1, argv + 1);
        allow_files(options.connections);
        return measures[i].did(&options);
    }
    fputs(usage, stderr);
    return 2;
}
