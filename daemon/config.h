/* The configuration file: libconfuse's syntax, the options of the table in config.c. */
#ifndef TRAJECT_CONFIG_H
#define TRAJECT_CONFIG_H

#include "log.h"
#include "status.h"

struct config {
    char *listen_host; /* an address, no name: nothing is looked up */
    char *listen_port;
    char *database;              /* libpq connection string, a unix socket's folder or a hostaddr */
    char *standby;               /* the same, of a standby that reads may go to; NULL for none */
    int database_connections;    /* to each */
    int client_connections;      /* at most so many at a time */
    int connections_per_address; /* at most so many of them from one address, or one IPv6 /64 */
    int requests_waiting;        /* at most so many accepted and not yet with PostgreSQL */
    int requests_waiting_ms; /* of a municipality that sends more than it is served, so many as are begun */
    size_t memory_max;       /* bytes */
    char *tls_certificate;   /* path, PEM, the chain */
    char *tls_key;           /* path, PEM */
    char *master_key;        /* path of the key file, see keys.h */
    char *tls_client_ca; /* path, PEM, of whose certificates clients may show; NULL when they are not asked */
    /* Where metrics are served: an address of the loopback, or the path of a unix socket; NULL for neither.
     */
    char *metrics_host, *metrics_port, *metrics_socket;
    enum log_level log_level;
    /* Of `trajectd verify` and `trajectd sign`; NULL when not given. */
    char *audit_database; /* libpq connection string, as traject_auditor */
    char *heads;          /* path, the signed heads' file outside of the database */
    char *signing_key;    /* path, PEM, Ed25519 */
    char *signing_public_key;
};

/* Reads `path`; relative paths in it count from its own folder. Returns 0 and a config to free, or
 * -1 with the status message saying file, line number and what to write instead, or which options
 * are missing, a line each. */
int config_read(const char *path, struct config **config, struct status *status);

/* The same from text; `folder` is where relative paths count from. */
int config_parse(const char *text, const char *folder, struct config **config, struct status *status);

void config_free(struct config *config);

#endif
