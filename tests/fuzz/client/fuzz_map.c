/* Any text as a map: a map that says all that an import needs, or a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *reason = NULL;
    memcpy(text, data, size);
    text[size] = '\0';
    struct map *map = map_parse(text, "the.map", false, &reason);
    check((map == NULL) == (reason != NULL));
    if (map) {
        for (int column = MAP_CASE; column < MAP_WORKER; column++)
            check(map->columns[column] != NULL);
        check(map->delimiter && map->journey.kind && *map->journey.reason && map->n_activities);
        for (size_t i = 0; i < map->n_activities; i++) {
            const struct map_rule *rule = &map->activities[i];
            check(rule->contact == (rule->channel_of_column || rule->entry._channel_case));
            check(!rule->channel_of_column || map->columns[MAP_CHANNEL]);
        }
        for (size_t i = 0; i < map->n_channels; i++)
            check(map_channel(map, map->channels[i].title)->entry._channel_case);
        map_activity(map, text);
        map_free(map);
    }
    free(reason);
    free(text);
    return 0;
}
