#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "config.h"
#include "keys.h"
#include "memory.h"
#include "migrate.h"
#include "rotate.h"
#include "seal_old.h"
#include "process.h"
#include "server.h"
#include "sign.h"
#include "tls.h"
#include "verify.h"

static const char usage[] =
    "Usage: trajectd --config FILE [--check-config]\n"
    "       trajectd setup [options]\n"
    "       trajectd verify --config FILE [--heads FILE]\n"
    "       trajectd sign --config FILE\n"
    "       trajectd rotate --config FILE --database CONNINFO\n"
    "       trajectd seal --config FILE --database CONNINFO\n"
    "       trajectd migrate --database CONNINFO [--sql FOLDER]\n"
    "       trajectd --version | --help\n"
    "\n"
    "The traject daemon: records trajectories in PostgreSQL and answers over TLS.\n"
    "\n"
    "  -c, --config FILE   the configuration file\n"
    "  -t, --check-config  read the configuration and the certificates, say what is\n"
    "                      wrong with them, and exit: 0 when nothing is, 1 otherwise\n"
    "  -V, --version       print the version\n"
    "  -h, --help          print this\n"
    "\n"
    "It stays in the foreground and logs to standard error. SIGTERM finishes what\n"
    "was accepted and exits; a second one exits at once. SIGHUP reads the\n"
    "certificates and the log level again.\n"
    "\n"
    "Example: trajectd --config /etc/traject/trajectd.conf\n";

/* What it does besides serving, once: `trajectd NAME --config FILE`. */
struct subcommand {
    const char *name;
    const char *option; /* one that it takes besides, with an argument; NULL when none */
    const char *usage;
    /* Returns the exit code, or -1 with the status. */
    int (*run)(const struct config *config, const char *option, struct status *status);
    int failed; /* the exit code when there is such a status */
};

static const struct subcommand subcommands[] = {
    {"verify", "heads",
     "Usage: trajectd verify --config FILE [--heads FILE]\n"
     "\n"
     "Computes the hash chains of all municipalities anew, and holds them against the\n"
     "signed heads. Exits with 0 when every entry stands as it was recorded and none\n"
     "is missing; otherwise names the first entry of each trajectory that does not\n"
     "fit, and exits with 1. Exits with 2 when it could not look at all of it: then\n"
     "nothing is proved.\n"
     "\n"
     "  -c, --config FILE  the configuration file: audit_database, signing_public_key,\n"
     "                     heads\n"
     "      --heads FILE   the file of signed heads, instead of the configuration's\n"
     "\n"
     "Example: trajectd verify --config /etc/traject/trajectd.conf\n",
     verify_run, 2},
    {"sign", NULL,
     "Usage: trajectd sign --config FILE\n"
     "\n"
     "Signs where the hash chains of each municipality stand, when anything was\n"
     "recorded since the last time; in the database, and as a line of the file of\n"
     "heads. To be run at intervals. A municipality of which something is wrong is\n"
     "named and not signed, and the others are; then it exits with 1.\n"
     "\n"
     "  -c, --config FILE  the configuration file: audit_database, signing_key, heads\n"
     "\n"
     "Example: trajectd sign --config /etc/traject/trajectd.conf\n",
     sign_run, 1},
    {"rotate", "database",
     "Usage: trajectd rotate --config FILE --database CONNINFO\n"
     "\n"
     "Puts a new master key in the place of the present one while daemons run: writes\n"
     "it into the key file, waits until every daemon has read it, wraps the key of\n"
     "each person anew, and puts the old one into the file of that name with .retired\n"
     "after it. Run it again when it was cut off: it goes on.\n"
     "\n"
     "  -c, --config FILE        the configuration file: master_key\n"
     "      --database CONNINFO  a superuser's connection\n"
     "\n"
     "Example: trajectd rotate --config /etc/traject/trajectd.conf \\\n"
     "             --database \"host=/run/postgresql dbname=traject\"\n",
     rotate_run, 1},
    {"seal", "database",
     "Usage: trajectd seal --config FILE --database CONNINFO\n"
     "\n"
     "After an upgrade from a version that did not seal: seals all names and words\n"
     "that stand in the database in clear, and has its files hold them no more. No\n"
     "daemon may run meanwhile. Does nothing when that was done; run it again when it\n"
     "was cut off.\n"
     "\n"
     "  -c, --config FILE        the configuration file: master_key\n"
     "      --database CONNINFO  a superuser's connection\n"
     "\n"
     "Example: trajectd seal --config /etc/traject/trajectd.conf \\\n"
     "             --database \"host=/run/postgresql dbname=traject\"\n",
     seal_old_run, 1},
};

static const char migrate_usage[] =
    "Usage: trajectd migrate --database CONNINFO [--sql FOLDER]\n"
    "\n"
    "Brings a database to the schema of this version, forward only: each migration\n"
    "that it does not have yet in a transaction of its own, then the functions when\n"
    "they changed. Daemons may run meanwhile; restart them afterwards. Run it again\n"
    "when it was cut off.\n"
    "\n"
    "      --database CONNINFO  a superuser's connection\n"
    "      --sql FOLDER         where this version's SQL is (where it was installed)\n"
    "\n"
    "Example: trajectd migrate --database \"host=/run/postgresql dbname=traject\"\n";

/* A path of this installation, to free; `path` counts from the folder of the program. */
static char *installed(const char *path)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    return memory_format("%s/%s", dirname(program), path);
}

static int complain(struct status *status)
{
    fprintf(stderr, "trajectd: %s\n", status->message);
    status_clear(status);
    return 1;
}

static int check(const struct config *config)
{
    struct status status = {0};
    SSL_CTX *tls = tls_context_new(config, NULL, &status);
    if (!tls)
        return complain(&status);
    SSL_CTX_free(tls);
    struct keys *keys;
    if (keys_read(config->master_key, &keys, &status))
        return complain(&status);
    keys_free(keys);
    puts("The configuration is in order.");
    return 0;
}

static int run_subcommand(const struct subcommand *subcommand, int argc, char **argv)
{
    const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {subcommand->option, required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL, *value = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'o':
            value = optarg;
            break;
        case 'h':
            fputs(subcommand->usage, stdout);
            return 0;
        default:
            fprintf(stderr, "Try 'trajectd %s --help'.\n", subcommand->name);
            return 2;
        }
    }
    if (optind < argc || !path) {
        fprintf(stderr, "trajectd %s: %s\nTry 'trajectd %s --help'.\n", subcommand->name,
                optind < argc ? "there is an argument too many" : "--config FILE is missing",
                subcommand->name);
        return 2;
    }
    struct config *config;
    struct status status = {0};
    process_protect(0);
    int exit_code = config_read(path, &config, &status);
    if (!exit_code) {
        exit_code = subcommand->run(config, value, &status);
        config_free(config);
    }
    if (exit_code >= 0)
        return exit_code;
    complain(&status);
    return subcommand->failed;
}

/* Unlike the others it takes no configuration: whoever upgrades may not have one, as on a database's own
 * machine. */
static int run_migrate(int argc, char **argv)
{
    static const struct option options[] = {
        {"database", required_argument, NULL, 'd'},
        {"sql", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *database = NULL, *given = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            database = optarg;
            break;
        case 's':
            given = optarg;
            break;
        case 'h':
            fputs(migrate_usage, stdout);
            return 0;
        default:
            fputs("Try 'trajectd migrate --help'.\n", stderr);
            return 2;
        }
    }
    if (optind < argc || !database) {
        fprintf(stderr, "trajectd migrate: %s\nTry 'trajectd migrate --help'.\n",
                optind < argc ? "there is an argument too many" : "--database CONNINFO is missing");
        return 2;
    }
    char *folder = given ? memory_copy(given) : installed("../share/traject/sql");
    int exit_code = migrate_run(database, folder);
    free(folder);
    return exit_code;
}

/* A script: what it does is what an administrator would type. */
static int run_setup(char **argv)
{
    argv[0] = installed("../libexec/traject/setup");
    execv(argv[0], argv);
    fprintf(stderr, "trajectd setup: %s: %s; install the package again\n", argv[0], strerror(errno));
    free(argv[0]);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "migrate") == 0)
        return run_migrate(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "setup") == 0)
        return run_setup(argv + 1);
    for (size_t i = 0; argc > 1 && i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return run_subcommand(&subcommands[i], argc - 1, argv + 1);
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
