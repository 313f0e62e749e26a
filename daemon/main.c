#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/ssl.h>

#include "config.h"
#include "process.h"
#include "server.h"
#include "tls.h"

static const char usage[] =
    "Usage: trajectd --config FILE [--check-config]\n"
    "       trajectd --version | --help\n"
    "\n"
    "The traject daemon: records trajectories in PostgreSQL and answers over TLS.\n"
    "\n"
    "  -c, --config FILE   the configuration file\n"
    "  -t, --check-config  read the configuration and the certificates, say what is wrong\n"
    "                      with them, and exit: 0 when nothing is, 1 otherwise\n"
    "  -V, --version       print the version\n"
    "  -h, --help          print this\n"
    "\n"
    "It stays in the foreground and logs to standard error. SIGTERM finishes what was\n"
    "accepted and exits; a second one exits at once. SIGHUP reads the certificates and the\n"
    "log level again.\n"
    "\n"
    "Example: trajectd --config /etc/traject/trajectd.conf\n";

static int complain(struct status *status)
{
    fprintf(stderr, "trajectd: %s\n", status->message);
    status_clear(status);
    return 1;
}

static int check(const struct config *config)
{
    struct status status = {0};
    SSL_CTX *tls = tls_context_new(config, &status);
    if (!tls)
        return complain(&status);
    SSL_CTX_free(tls);
    puts("The configuration is in order.");
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check-config", no_argument, NULL, 't'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL;
    bool check_only = false;
    int option;
    while ((option = getopt_long(argc, argv, "c:tVh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 't':
            check_only = true;
            break;
        case 'V':
            puts("trajectd " TRAJECT_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs("Try 'trajectd --help'.\n", stderr);
            return 2;
        }
    }
    if (optind < argc || !path) {
        fprintf(stderr,
                optind < argc ? "trajectd: unexpected argument '%s'\n"
                              : "trajectd: --config FILE is missing%s\n",
                optind < argc ? argv[optind] : "");
        fputs("Try 'trajectd --help'.\n", stderr);
        return 2;
    }
    struct config *config;
    struct status status = {0};
    log_init();
    if (config_read(path, &config, &status))
        return complain(&status);
    process_protect(config->client_connections);
    int exit_code = check_only ? check(config) : server_run(path, config);
    config_free(config);
    return exit_code;
}
