/* Who calls: a file with a line for each, TOKEN<TAB>ROLE<TAB>TEAM<TAB>client number,client number,... */
#ifndef LOAD_ACTORS_H
#define LOAD_ACTORS_H

#include <stddef.h>

struct client {
    const char *number;
    size_t length;
};

struct actor {
    const char *token, *role, *team;
    struct client *clients;
    size_t client_count;
};

struct actors {
    char *text; /* the file, cut into the words that the actors point to */
    struct actor *list;
    size_t count;
};

/* Those of these roles alone (a list that ends with NULL), in the order of the file; fails when there is
 * none. */
void actors_read(struct actors *actors, const char *path, const char *const *roles);
void actors_free(struct actors *actors);

#endif
