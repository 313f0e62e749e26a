/* The mapping file of an event log: which column is what, which activity means what. */
#ifndef TRAJECT_MAP_H
#define TRAJECT_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "traject.pb-c.h"

/* What a column can be; the names in the file are those of map_columns. */
enum map_column {
    MAP_CASE,
    MAP_EVENT,
    MAP_MOMENT,
    MAP_ACTIVITY,
    MAP_TEAM,
    MAP_COACH,
    MAP_WORKER,
    MAP_STARTED,
    MAP_ENDED,
    MAP_CHANNEL,
    MAP_NAME,
    MAP_WORDS,
    MAP_COLUMNS
};

struct map_rule {
    char *title; /* of an activity: a pattern as in fnmatch(3); of a channel: the word in the log */
    bool contact, channel_of_column;
    Traject__V1__ImportEntry entry; /* what the file sets: stage, channel, counterpart, reached */
};

struct map {
    char *columns[MAP_COLUMNS]; /* names in the log's header; NULL when the log has no such column */
    char delimiter;
    Traject__V1__ImportJourneyRequest journey; /* what the file sets: kind, outcome, stage, reason */
    struct map_rule *channels, *activities;
    size_t n_channels, n_activities;
};

extern const char *const map_columns[MAP_COLUMNS];

/* Reads the map from text; of XES the standard says which attributes the case, the moment, the activity and
 * the worker are where the map does not, and the event's own id may be absent. Returns NULL, with in
 * `*reason` (to free) what is wrong and where. */
struct map *map_parse(const char *text, const char *file_name, bool xes, char **reason);
void map_free(struct map *map);

/* The first rule whose title matches, or NULL. */
const struct map_rule *map_activity(const struct map *map, const char *activity);
const struct map_rule *map_channel(const struct map *map, const char *channel);

#endif
