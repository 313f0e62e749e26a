/* Any file as a profile: one that can be used, or a message. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/traject-fuzz-XXXXXX", inner[64], link_path[96];
static int file = -1;

static void remove_folder(void)
{
    unlink(link_path);
    rmdir(inner);
    rmdir(folder);
}

/* The profile "any" is a link to a file in memory. */
static void make_profile(void)
{
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(inner, sizeof inner, "%s/traject", folder);
    snprintf(link_path, sizeof link_path, "%s/any.conf", inner);
    file = memfd_create("profile", MFD_CLOEXEC);
    char target[64];
    snprintf(target, sizeof target, "/proc/self/fd/%d", file);
    if (file < 0 || fchmod(file, 0600) || mkdir(inner, 0700) || symlink(target, link_path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (file < 0)
        make_profile();
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    struct traject_profile profile;
    struct traject_error error = {0};
    enum traject_result result = traject_profile_load("any", &profile, &error);
    bool usable = profile.server_count > 0 && profile.ca && profile.token && strlen(profile.token) == 64;
    for (size_t i = 0; i < profile.server_count; i++)
        usable = usable && *profile.servers[i].host && *profile.servers[i].port;
    if (result ? !error.message || profile.token != NULL : !usable)
        abort();
    traject_profile_clear(&profile);
    traject_error_clear(&error);
    return 0;
}
