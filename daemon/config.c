#include "config.h"

#include <arpa/inet.h>
#include <confuse.h>
#include <fcntl.h>
#include <libgen.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

enum { FILE_MAX = 1024 * 1024 };

/* libconfuse's error callback has no room for a context of ours. */
static struct bytes mistakes;
static const char *source; /* the file's name */

static void add_mistake(cfg_t *cfg, const char *format, va_list arguments)
{
    char *text = memory_format_list(format, arguments);
    const char *separator = mistakes.length ? "\n" : "";
    char *line = cfg && cfg->line ? memory_format("%s%s:%d: %s", separator, source, cfg->line, text)
                                  : memory_format("%s%s", separator, text);
    bytes_append(&mistakes, line, strlen(line));
    free(line);
    free(text);
}

struct range {
    const char *name;
    long minimum, maximum, standard;
    const char *unit;
};

static const struct range ranges[] = {
    {"database_connections", 1, 100, 4, ""},         {"client_connections", 1, 100000, 1024, ""},
    {"requests_waiting", 1, 1000000, 4096, ""},      {"connections_per_address", 1, 100000, 128, ""},
    {"requests_waiting_ms", 10, 600000, 100, " ms"}, {"memory_max", 256, 1048576, 1024, " MiB"},
};

static int check_range(cfg_t *cfg, cfg_opt_t *option)
{
    long value = cfg_opt_getnint(option, 0);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct range *range = &ranges[i];
        if (strcmp(range->name, option->name) == 0 && (value < range->minimum || value > range->maximum)) {
            cfg_error(cfg, "%s is %ld; give %ld to %ld%s", option->name, value, range->minimum,
                      range->maximum, range->unit);
            return -1;
        }
    }
    return 0;
}

static int check_level(cfg_t *cfg, cfg_opt_t *option)
{
    enum log_level level;
    const char *name = cfg_opt_getnstr(option, 0);
    if (log_level_from_name(name, &level) == 0)
        return 0;
    cfg_error(cfg, "log_level is \"%s\"; give error, warning, info or debug", name);
    return -1;
}

/* "address:port", an IPv6 address in brackets. */
static int split_listen(const char *listen, char **host, char **port)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || colon == listen)
        return -1;
    char *end;
    long number = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || number < 0 || number > 65535)
        return -1;
    bool bracketed = listen[0] == '[' && colon[-1] == ']';
    *host = memory_format("%.*s", (int)(colon - listen) - (bracketed ? 2 : 0), listen + bracketed);
    struct in6_addr address;
    if (inet_pton(bracketed ? AF_INET6 : AF_INET, *host, &address) != 1) {
        free(*host);
        *host = NULL;
        return -1;
    }
    *port = memory_copy(colon + 1);
    return 0;
}

static int check_listen(cfg_t *cfg, cfg_opt_t *option)
{
    char *host, *port;
    if (split_listen(cfg_opt_getnstr(option, 0), &host, &port)) {
        cfg_error(cfg,
                  "listen is \"%s\"; give an address and a port, like \"127.0.0.1:7117\" or \"[::1]:7117\"",
                  cfg_opt_getnstr(option, 0));
        return -1;
    }
    free(host);
    free(port);
    return 0;
}

static bool is_loopback(const char *address)
{
    struct in_addr ipv4;
    return inet_pton(AF_INET, address, &ipv4) == 1 ? ntohl(ipv4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET
                                                   : strcmp(address, "::1") == 0;
}

/* What is served there is neither encrypted nor asks who reads it. */
static int check_metrics(cfg_t *cfg, cfg_opt_t *option)
{
    const char *metrics = cfg_opt_getnstr(option, 0);
    char *host = NULL, *port = NULL;
    if (strchr(metrics, '/'))
        return 0;
    bool taken = !split_listen(metrics, &host, &port) && is_loopback(host);
    free(host);
    free(port);
    if (taken)
        return 0;
    cfg_error(
        cfg,
        "metrics is \"%s\"; give an address of the loopback and a port, like \"127.0.0.1:9117\", or the path "
        "of a unix socket",
        metrics);
    return -1;
}

/* Copies the part of a list with commas that is next, and moves `*list` past it; NULL after the last. */
static char *next_part(const char **list)
{
    if (!*list)
        return NULL;
    size_t length = strcspn(*list, ",");
    char *part = memory_format("%.*s", (int)length, *list);
    *list = (*list)[length] ? *list + length + 1 : NULL;
    return part;
}

static bool is_address(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* libpq looks host names up while the caller waits, which the event loop must never do. Of several servers
 * each has a part of host and of hostaddr, and libpq takes hostaddr where that part is not empty. */
static int check_hosts(cfg_t *cfg, const char *option, const char *hosts, const char *addresses)
{
    int result = 0;
    do {
        char *host = next_part(&hosts), *address = next_part(&addresses);
        const char *socket = host ? host : "";
        if (address && *address ? !is_address(address) : *socket != '/' && *socket != '@') {
            cfg_error(cfg,
                      "%s names host \"%s\"; give the folder of a unix socket (host=/run/postgresql) or an "
                      "address (hostaddr=...): names are not looked up",
                      option, address && *address ? address : socket);
            result = -1;
        }
        free(host);
        free(address);
    } while (!result && (hosts || addresses));
    return result;
}

static int check_database(cfg_t *cfg, cfg_opt_t *option)
{
    char *message = NULL;
    PQconninfoOption *info = PQconninfoParse(cfg_opt_getnstr(option, 0), &message);
    if (!info) {
        cfg_error(cfg, "%s is not a libpq connection string: %.*s", option->name,
                  message ? (int)strcspn(message, "\n") : 0, message ? message : "");
        PQfreemem(message);
        return -1;
    }
    const char *hosts = NULL, *addresses = NULL;
    for (PQconninfoOption *o = info; o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "host") == 0)
            hosts = o->val;
        if (o->val && strcmp(o->keyword, "hostaddr") == 0)
            addresses = o->val;
    }
    int result = check_hosts(cfg, option->name, hosts, addresses);
    PQconninfoFree(info);
    return result;
}

static char *resolve(const char *folder, const char *path)
{
    return path[0] == '/' ? memory_copy(path) : memory_format("%s/%s", folder, path);
}

/* Of a path that need not be given, NULL when it is not. */
static char *resolve_given(const char *folder, const char *path)
{
    return path ? resolve(folder, path) : NULL;
}

static void demand(cfg_t *cfg, const char *name)
{
    const char *value = cfg_getstr(cfg, name);
    if (!value || !*value) {
        cfg->line = 0;
        cfg_error(cfg, "%s is missing", name);
    }
}

static int parse(const char *text, const char *name, const char *folder, struct config **result,
                 struct status *status)
{
    cfg_opt_t options[] = {
        CFG_STR("listen", "127.0.0.1:7117", CFGF_NONE),
        CFG_STR("database", NULL, CFGF_NONE),
        CFG_STR("standby", NULL, CFGF_NONE),
        CFG_INT("database_connections", ranges[0].standard, CFGF_NONE),
        CFG_INT("client_connections", ranges[1].standard, CFGF_NONE),
        CFG_INT("requests_waiting", ranges[2].standard, CFGF_NONE),
        CFG_INT("connections_per_address", ranges[3].standard, CFGF_NONE),
        CFG_INT("requests_waiting_ms", ranges[4].standard, CFGF_NONE),
        CFG_INT("memory_max", ranges[5].standard, CFGF_NONE),
        CFG_STR("tls_certificate", NULL, CFGF_NONE),
        CFG_STR("tls_key", NULL, CFGF_NONE),
        CFG_STR("master_key", NULL, CFGF_NONE),
        CFG_STR("tls_client_ca", NULL, CFGF_NONE),
        CFG_STR("metrics", NULL, CFGF_NONE),
        CFG_STR("log_level", "info", CFGF_NONE),
        CFG_STR("audit_database", NULL, CFGF_NONE),
        CFG_STR("heads", NULL, CFGF_NONE),
        CFG_STR("signing_key", NULL, CFGF_NONE),
        CFG_STR("signing_public_key", NULL, CFGF_NONE),
        CFG_END(),
    };
    mistakes = (struct bytes){0};
    source = name;
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    cfg_set_error_function(cfg, add_mistake);
    cfg_set_validate_func(cfg, "listen", check_listen);
    cfg_set_validate_func(cfg, "database", check_database);
    cfg_set_validate_func(cfg, "standby", check_database);
    cfg_set_validate_func(cfg, "audit_database", check_database);
    cfg_set_validate_func(cfg, "metrics", check_metrics);
    cfg_set_validate_func(cfg, "log_level", check_level);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        cfg_set_validate_func(cfg, ranges[i].name, check_range);

    int parsed = cfg_parse_buf(cfg, text);
    if (parsed == CFG_SUCCESS) {
        demand(cfg, "database");
        demand(cfg, "tls_certificate");
        demand(cfg, "tls_key");
        demand(cfg, "master_key");
    } else if (!mistakes.length) {
        cfg_error(cfg, "cannot be read");
    }
    if (mistakes.length) {
        bytes_append(&mistakes, "", 1);
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "%s", (char *)mistakes.data);
    } else {
        struct config *config = memory_new(1, sizeof *config);
        split_listen(cfg_getstr(cfg, "listen"), &config->listen_host, &config->listen_port);
        config->database = memory_copy(cfg_getstr(cfg, "database"));
        if (cfg_getstr(cfg, "standby"))
            config->standby = memory_copy(cfg_getstr(cfg, "standby"));
        config->database_connections = (int)cfg_getint(cfg, "database_connections");
        config->client_connections = (int)cfg_getint(cfg, "client_connections");
        config->requests_waiting = (int)cfg_getint(cfg, "requests_waiting");
        config->connections_per_address = (int)cfg_getint(cfg, "connections_per_address");
        config->requests_waiting_ms = (int)cfg_getint(cfg, "requests_waiting_ms");
        config->memory_max = (size_t)cfg_getint(cfg, "memory_max") * 1024 * 1024;
        config->tls_certificate = resolve(folder, cfg_getstr(cfg, "tls_certificate"));
        config->tls_key = resolve(folder, cfg_getstr(cfg, "tls_key"));
        config->master_key = resolve(folder, cfg_getstr(cfg, "master_key"));
        const char *client_ca = cfg_getstr(cfg, "tls_client_ca");
        config->tls_client_ca = client_ca ? resolve(folder, client_ca) : NULL;
        const char *metrics = cfg_getstr(cfg, "metrics");
        if (metrics && strchr(metrics, '/'))
            config->metrics_socket = resolve(folder, metrics);
        else if (metrics)
            split_listen(metrics, &config->metrics_host, &config->metrics_port);
        log_level_from_name(cfg_getstr(cfg, "log_level"), &config->log_level);
        if (cfg_getstr(cfg, "audit_database"))
            config->audit_database = memory_copy(cfg_getstr(cfg, "audit_database"));
        config->heads = resolve_given(folder, cfg_getstr(cfg, "heads"));
        config->signing_key = resolve_given(folder, cfg_getstr(cfg, "signing_key"));
        config->signing_public_key = resolve_given(folder, cfg_getstr(cfg, "signing_public_key"));
        *result = config;
    }
    free(mistakes.data);
    cfg_free(cfg);
    return status->code ? -1 : 0;
}

int config_parse(const char *text, const char *folder, struct config **config, struct status *status)
{
    return parse(text, "configuration", folder, config, status);
}

/* The whole file, or NULL. libconfuse's scanner ends the process when it cannot read on, and would wait on a
 * pipe; what reads the file again must not be what takes the daemon down. */
static char *read_file(const char *path, struct status *status)
{
    struct stat about;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about)) {
        status_set(status, TRAJECT__V1__CODE__NOT_FOUND, NULL, "%s: %m", path);
        goto out;
    }
    if (!S_ISREG(about.st_mode)) {
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "%s is no file; give a file", path);
        goto out;
    }
    size_t length = 0;
    ssize_t got;
    text = memory_new(FILE_MAX + 1, 1);
    while ((got = read(fd, text + length, FILE_MAX - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL, "%s: %m", path);
    else if (length == FILE_MAX)
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "%s is over %d bytes", path, FILE_MAX);
    else if (strlen(text) != length)
        status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL, "%s holds a NUL character", path);
out:
    if (fd >= 0)
        close(fd);
    if (status->code) {
        free(text);
        text = NULL;
    }
    return text;
}

int config_read(const char *path, struct config **config, struct status *status)
{
    char *text = read_file(path, status);
    if (!text)
        return -1;
    char *copy = memory_copy(path);
    int result = parse(text, path, dirname(copy), config, status);
    free(copy);
    free(text);
    return result;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    free(config->listen_host);
    free(config->listen_port);
    free(config->database);
    free(config->standby);
    free(config->tls_certificate);
    free(config->tls_key);
    free(config->master_key);
    free(config->metrics_host);
    free(config->metrics_port);
    free(config->metrics_socket);
    free(config->audit_database);
    free(config->heads);
    free(config->signing_key);
    free(config->signing_public_key);
    free(config->tls_client_ca);
    free(config);
}
