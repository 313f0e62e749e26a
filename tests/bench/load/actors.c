#include "actors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "r");
    /* None of its bytes is a NUL, so that is the whole file; getdelim says of an empty one that it has ended.
     */
    if (!file || (getdelim(&text, &capacity, '\0', file) < 0 && !feof(file)))
        fail("actors %s: %s", path, strerror(errno));
    if (feof(file) && ftell(file) == 0)
        fail("actors %s is empty", path);
    fclose(file);
    return text;
}

static size_t count_of(const char *text, char byte)
{
    size_t count = 0;
    while ((text = strchr(text, byte))) {
        count++;
        text++;
    }
    return count;
}

static bool is_among(const char *role, const char *const *roles)
{
    while (*roles && strcmp(role, *roles) != 0)
        roles++;
    return *roles;
}

static void take_clients(struct actor *actor, char *numbers)
{
    char *number;
    actor->clients = allocate(count_of(numbers, ',') + 1, sizeof *actor->clients);
    while ((number = strsep(&numbers, ",")))
        if (*number)
            actor->clients[actor->client_count++] = (struct client){number, strlen(number)};
}

void actors_read(struct actors *actors, const char *path, const char *const *roles)
{
    actors->text = read_file(path);
    actors->list = allocate(count_of(actors->text, '\n') + 1, sizeof *actors->list);
    char *line, *rest = actors->text;
    for (size_t number = 1; (line = strsep(&rest, "\n")); number++) {
        if (!*line)
            continue;
        struct actor actor = {
            .token = strsep(&line, "\t"), .role = strsep(&line, "\t"), .team = strsep(&line, "\t")};
        if (!line)
            fail("actors %s:%zu: give token, role, team and client numbers, with a tab between each", path,
                 number);
        if (!is_among(actor.role, roles))
            continue;
        take_clients(&actor, line);
        if (!actor.client_count)
            fail("actors %s:%zu: this %s has no client; leave the line out", path, number, actor.role);
        actors->list[actors->count++] = actor;
    }
    if (!actors->count)
        fail("actors %s: nobody has the role %s; add one", path, *roles);
}

void actors_free(struct actors *actors)
{
    for (size_t i = 0; i < actors->count; i++)
        free(actors->list[i].clients);
    free(actors->list);
    free(actors->text);
}
