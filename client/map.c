#include "map.h"

#include <confuse.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "words.h"

const char *const map_columns[MAP_COLUMNS] = {"case",   "event",   "moment", "activity", "team", "coach",
                                              "worker", "started", "ended",  "channel",  "name", "words"};
/* IEEE 1849-2016, its extensions concept, time and org. */
static const char *const xes_columns[MAP_COLUMNS] = {[MAP_CASE] = "case:concept:name",
                                                     [MAP_MOMENT] = "time:timestamp",
                                                     [MAP_ACTIVITY] = "concept:name",
                                                     [MAP_WORKER] = "org:resource"};
/* Those before it must be named. */
enum { MAP_OPTIONAL = MAP_WORKER };

/* libconfuse's error callback has no room for a context of ours, and parsing from memory takes the file's
 * name away; the first mistake is the one to mend. */
static const char *file_of_mistake;
static char *mistake;

static void keep_mistake(cfg_t *cfg, const char *format, va_list arguments)
{
    char *text;
    if (mistake)
        return;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    if (asprintf(&mistake, "%s:%d: %s", file_of_mistake, cfg->line, text) < 0)
        abort();
    free(text);
}

/* Sets those fields of `message` that the section gives; the section's options have the fields' names. */
static int set_fields(cfg_t *section, const char *const *names, ProtobufCMessage *message)
{
    for (; *names; names++) {
        const char *text = cfg_getstr(section, *names);
        char *reason = NULL;
        if (text && field_from_text(message, *names, text, 0, WHEN_NOON, &reason)) {
            cfg_error(section, "%s: %s", *names, reason);
            free(reason);
            return -1;
        }
    }
    return 0;
}

static int read_rules(cfg_t *cfg, const char *kind, struct map_rule **rules, size_t *count)
{
    static const char *const activity_fields[] = {"stage", "counterpart", "reached", NULL};
    static const char *const channel_field[] = {"channel", NULL};
    size_t size = cfg_size(cfg, kind);
    *rules = calloc(size + 1, sizeof **rules);
    *count = size;
    for (size_t i = 0; i < size; i++) {
        cfg_t *section = cfg_getnsec(cfg, kind, (unsigned)i);
        struct map_rule *rule = &(*rules)[i];
        traject__v1__import_entry__init(&rule->entry);
        rule->title = strdup(cfg_title(section));
        const char *channel = cfg_getstr(section, "channel");
        bool is_activity = strcmp(kind, "activity") == 0;
        rule->contact = channel != NULL;
        rule->channel_of_column = is_activity && channel && strcmp(channel, "column") == 0;
        if (is_activity && set_fields(section, activity_fields, &rule->entry.base))
            return -1;
        if (!rule->channel_of_column && set_fields(section, channel_field, &rule->entry.base))
            return -1;
        if (!is_activity && !channel) {
            cfg_error(section, _("channel \"%s\" says not which channel it is: channel = \"phone\""),
                      rule->title);
            return -1;
        }
    }
    return 0;
}

static int read_map(cfg_t *cfg, bool xes, struct map *map)
{
    static const char *const journey_fields[] = {"kind", "outcome", "stage", "reason", NULL};
    cfg_t *columns = cfg_getsec(cfg, "columns");
    for (size_t i = 0; i < MAP_COLUMNS; i++) {
        const char *name = cfg_getstr(columns, map_columns[i]);
        if (!name && xes)
            name = xes_columns[i];
        if (name)
            map->columns[i] = strdup(name);
        if (!name && i < MAP_OPTIONAL && !(xes && i == MAP_EVENT)) {
            cfg_error(cfg, _("columns does not say which column is the %s: %s = \"...\""), map_columns[i],
                      map_columns[i]);
            return -1;
        }
    }
    const char *delimiter = cfg_getstr(cfg, "delimiter");
    if (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter)) {
        cfg_error(cfg, _("delimiter is \"%s\"; give one character, like \",\" or \";\""), delimiter);
        return -1;
    }
    map->delimiter = *delimiter;
    if (set_fields(cfg, journey_fields, &map->journey.base))
        return -1;
    if (!map->journey.kind || !*map->journey.reason) {
        cfg_error(cfg, _("%s is missing"), map->journey.kind ? "reason" : "kind");
        return -1;
    }
    if (read_rules(cfg, "channel", &map->channels, &map->n_channels) ||
        read_rules(cfg, "activity", &map->activities, &map->n_activities))
        return -1;
    for (size_t i = 0; i < map->n_activities; i++) {
        if (map->activities[i].channel_of_column && !map->columns[MAP_CHANNEL]) {
            cfg_error(cfg, _("activity \"%s\" takes its channel from the column, and columns has no channel"),
                      map->activities[i].title);
            return -1;
        }
    }
    if (!map->n_activities) {
        cfg_error(cfg, _("no activity is mapped: activity \"...\" { stage = \"...\" }"));
        return -1;
    }
    return 0;
}

struct map *map_parse(const char *text, const char *file_name, bool xes, char **reason)
{
    cfg_opt_t column_options[MAP_COLUMNS + 1];
    for (size_t i = 0; i < MAP_COLUMNS; i++)
        column_options[i] = (cfg_opt_t)CFG_STR(map_columns[i], NULL, CFGF_NONE);
    column_options[MAP_COLUMNS] = (cfg_opt_t)CFG_END();
    cfg_opt_t channel_options[] = {CFG_STR("channel", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t activity_options[] = {CFG_STR("stage", NULL, CFGF_NONE), CFG_STR("channel", NULL, CFGF_NONE),
                                    CFG_STR("counterpart", NULL, CFGF_NONE),
                                    CFG_STR("reached", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t options[] = {
        CFG_SEC("columns", column_options, CFGF_NONE),
        CFG_STR("delimiter", ",", CFGF_NONE),
        CFG_STR("kind", NULL, CFGF_NONE),
        CFG_STR("outcome", NULL, CFGF_NONE),
        CFG_STR("stage", NULL, CFGF_NONE),
        CFG_STR("reason", NULL, CFGF_NONE),
        CFG_SEC("channel", channel_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_SEC("activity", activity_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_END(),
    };
    struct map *map = calloc(1, sizeof *map);
    traject__v1__import_journey_request__init(&map->journey);
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    file_of_mistake = file_name;
    cfg_set_error_function(cfg, keep_mistake);
    if (cfg_parse_buf(cfg, text) != CFG_SUCCESS || read_map(cfg, xes, map)) {
        *reason = mistake ? mistake : strdup(_("the map cannot be read"));
        mistake = NULL;
        map_free(map);
        map = NULL;
    }
    cfg_free(cfg);
    return map;
}

static void free_rules(struct map_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(rules[i].title);
    free(rules);
}

void map_free(struct map *map)
{
    for (size_t i = 0; i < MAP_COLUMNS; i++)
        free(map->columns[i]);
    free_rules(map->channels, map->n_channels);
    free_rules(map->activities, map->n_activities);
    if (map->journey.reason != protobuf_c_empty_string)
        free(map->journey.reason);
    free(map);
}

const struct map_rule *map_activity(const struct map *map, const char *activity)
{
    for (size_t i = 0; i < map->n_activities; i++) {
        if (fnmatch(map->activities[i].title, activity, 0) == 0)
            return &map->activities[i];
    }
    return NULL;
}

const struct map_rule *map_channel(const struct map *map, const char *channel)
{
    for (size_t i = 0; i < map->n_channels; i++) {
        if (strcmp(map->channels[i].title, channel) == 0)
            return &map->channels[i];
    }
    return NULL;
}
