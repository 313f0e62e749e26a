#include "traject.h"

#include <confuse.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <libintl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum traject_result traject_error_set(struct traject_error *error, enum traject_result result,
                                      const char *format, ...)
{
    char *message;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, dgettext("traject", format), arguments) < 0)
        message = NULL;
    va_end(arguments);
    traject_error_clear(error);
    error->message = message;
    return result;
}

void traject_error_clear(struct traject_error *error)
{
    free(error->message);
    free(error->field);
    *error = (struct traject_error){0};
}

char *traject_profile_path(const char *name)
{
    if (!*name || name[0] == '.' ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
        return NULL;
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path;
    int made = config && *config ? asprintf(&path, "%s/traject/%s.conf", config, name)
                                 : asprintf(&path, "%s/.config/traject/%s.conf", home ? home : "", name);
    return made < 0 ? NULL : path;
}

/* "host:port", "host" alone for the standard port; an IPv6 address in brackets. */
static int split_server(const char *server, struct traject_profile *profile)
{
    bool bracket = server[0] == '[';
    const char *host = server + bracket;
    size_t length = strcspn(host, bracket ? "]" : ":");
    if (!length || (bracket && !host[length]))
        return -1;
    const char *end = host + length + bracket;
    const char *port = *end ? end + 1 : "7117";
    /* A blank is where a comma was forgotten. */
    if (strcspn(host, " \t") < length || (*end && *end != ':') || !*port ||
        port[strspn(port, "0123456789")] || strlen(port) > 5)
        return -1;
    struct traject_server *grown =
        realloc(profile->servers, (profile->server_count + 1) * sizeof *profile->servers);
    if (!grown)
        return -1;
    profile->servers = grown;
    grown[profile->server_count++] = (struct traject_server){strndup(host, length), strdup(port)};
    return 0;
}

/* One server, or several with commas between them. */
static int split_servers(const char *servers, struct traject_profile *profile)
{
    char *copy = strdup(servers), *rest = copy, *server;
    int failed = 0;
    while (!failed && (server = strsep(&rest, ","))) {
        server += strspn(server, " \t");
        for (size_t length = strlen(server); length && strchr(" \t", server[length - 1]); length--)
            server[length - 1] = '\0';
        failed = split_server(server, profile);
    }
    free(copy);
    return failed;
}

static void ignore_error(cfg_t *cfg, const char *format, va_list arguments)
{
    (void)cfg, (void)format, (void)arguments;
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0;
}

/* Names the profiles that there are instead. */
static enum traject_result no_such_profile(const char *name, const char *path, struct traject_error *error)
{
    char *folder = strdup(path), *names = NULL;
    size_t size;
    struct dirent **found = NULL;
    int count = scandir(dirname(folder), &found, is_profile, alphasort);
    FILE *out = open_memstream(&names, &size);
    for (int i = 0; i < count; i++) {
        fprintf(out, "%s%.*s", i ? ", " : "", (int)strlen(found[i]->d_name) - 5, found[i]->d_name);
        free(found[i]);
    }
    fclose(out);
    if (*names)
        traject_error_set(error, TRAJECT_UNUSABLE,
                          "profile %s: there is no %s; choose one with --profile or TRAJECT_PROFILE: %s",
                          name, path, names);
    else
        traject_error_set(error, TRAJECT_UNUSABLE,
                          "profile %s: there is no %s, nor another profile; an administrator makes one with "
                          "'traject token add WORKER --save-as NAME'",
                          name, path);
    free(found);
    free(names);
    free(folder);
    return TRAJECT_UNUSABLE;
}

static enum traject_result check_file(const char *name, const char *path, struct traject_error *error)
{
    struct stat about;
    if (stat(path, &about) && errno == ENOENT)
        return no_such_profile(name, path, error);
    if (stat(path, &about))
        return traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: %s: %s", name, path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: %s is not a file", name, path);
    if (about.st_mode & 077)
        return traject_error_set(error, TRAJECT_UNUSABLE,
                                 "profile %s: %s can be read by others (mode %04o), and it holds a token; "
                                 "do: chmod 600 %s",
                                 name, path, about.st_mode & 07777, path);
    return TRAJECT_OK;
}

/* Whether the key is there at all is seen when it is used. */
static enum traject_result check_key(const char *name, const char *path, struct traject_error *error)
{
    struct stat about;
    if (stat(path, &about) == 0 && about.st_mode & 077)
        return traject_error_set(error, TRAJECT_UNUSABLE,
                                 "profile %s: key %s can be read by others (mode %04o); do: chmod 600 %s",
                                 name, path, about.st_mode & 07777, path);
    return TRAJECT_OK;
}

/* A relative path counts from the profile's folder. */
static char *resolve(const char *profile, const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *copy = strdup(profile), *resolved;
    if (asprintf(&resolved, "%s/%s", dirname(copy), path) < 0)
        resolved = NULL;
    free(copy);
    return resolved;
}

enum traject_result traject_profile_load(const char *name, struct traject_profile *profile,
                                         struct traject_error *error)
{
    *profile = (struct traject_profile){0};
    char *path = traject_profile_path(name);
    if (!path)
        return traject_error_set(
            error, TRAJECT_UNUSABLE,
            "\"%s\" cannot be a profile; use letters, digits, dots, dashes and underscores", name);
    cfg_opt_t options[] = {CFG_STR("server", "localhost:7117", CFGF_NONE),
                           CFG_STR("ca", NULL, CFGF_NONE),
                           CFG_STR("token", NULL, CFGF_NONE),
                           CFG_STR("certificate", NULL, CFGF_NONE),
                           CFG_STR("key", NULL, CFGF_NONE),
                           CFG_END()};
    cfg_t *cfg = NULL;
    enum traject_result result = check_file(name, path, error);
    if (result)
        goto out;
    cfg = cfg_init(options, CFGF_NONE);
    cfg_set_error_function(cfg, ignore_error);
    if (cfg_parse(cfg, path) != CFG_SUCCESS) {
        result = traject_error_set(
            error, TRAJECT_UNUSABLE,
            "profile %s: %s is not as a profile should be near line %d; it has server, ca and "
            "token, perhaps certificate and key, each like: token = \"...\"",
            name, path, cfg->line);
        goto out;
    }
    const char *token = cfg_getstr(cfg, "token"), *ca = cfg_getstr(cfg, "ca");
    const char *certificate = cfg_getstr(cfg, "certificate"), *key = cfg_getstr(cfg, "key");
    if (!ca || !*ca) {
        result = traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: ca is missing in %s", name, path);
    } else if (!token || strlen(token) != 64 || token[strspn(token, "0123456789abcdefABCDEF")]) {
        result = traject_error_set(error, TRAJECT_UNUSABLE,
                                   "profile %s: the token in %s is not 64 hexadecimal digits", name, path);
    } else if (!certificate != !key) {
        result = traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: %s is missing in %s beside %s", name,
                                   key ? "certificate" : "key", path, key ? "key" : "certificate");
    } else if (split_servers(cfg_getstr(cfg, "server"), profile)) {
        result = traject_error_set(
            error, TRAJECT_UNUSABLE,
            "profile %s: server is \"%s\"; give host:port, or several with commas between them", name,
            cfg_getstr(cfg, "server"));
    } else {
        profile->ca = resolve(path, ca);
        profile->certificate = certificate ? resolve(path, certificate) : NULL;
        profile->key = key ? resolve(path, key) : NULL;
        profile->token = strdup(token);
        if (profile->key)
            result = check_key(name, profile->key, error);
    }
out:
    if (result)
        traject_profile_clear(profile);
    cfg_free(cfg);
    free(path);
    return result;
}

enum traject_result traject_profile_save(const char *name, const struct traject_profile *profile,
                                         struct traject_error *error)
{
    char *path = traject_profile_path(name);
    if (!path)
        return traject_error_set(
            error, TRAJECT_UNUSABLE,
            "\"%s\" cannot be a profile; use letters, digits, dots, dashes and underscores", name);
    enum traject_result result = TRAJECT_OK;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        result =
            traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: %s: %s", name, path, strerror(errno));
    } else {
        int written = dprintf(fd, "server = \"");
        for (size_t i = 0; written >= 0 && i < profile->server_count; i++) {
            const struct traject_server *server = &profile->servers[i];
            bool bracket = strchr(server->host, ':') != NULL;
            written = dprintf(fd, "%s%s%s%s:%s", i ? ", " : "", bracket ? "[" : "", server->host,
                              bracket ? "]" : "", server->port);
        }
        if (written >= 0)
            written = dprintf(fd, "\"\nca = \"%s\"\ntoken = \"%s\"\n", profile->ca, profile->token);
        if (written >= 0 && profile->certificate)
            written = dprintf(fd, "certificate = \"%s\"\nkey = \"%s\"\n", profile->certificate, profile->key);
        if (close(fd) || written < 0) {
            result =
                traject_error_set(error, TRAJECT_UNUSABLE, "profile %s: %s: %s", name, path, strerror(errno));
            unlink(path);
        }
    }
    free(path);
    return result;
}

void traject_profile_clear(struct traject_profile *profile)
{
    for (size_t i = 0; i < profile->server_count; i++) {
        free(profile->servers[i].host);
        free(profile->servers[i].port);
    }
    free(profile->servers);
    free(profile->ca);
    free(profile->token);
    free(profile->certificate);
    free(profile->key);
    *profile = (struct traject_profile){0};
}
