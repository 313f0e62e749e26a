/* A coach's week: all that comes up, and all that runs for a client. */
#include "items.h"
#include "options.h"
#include "template.h"
#include "traject.pb-c.h"

static const struct option coming_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"days", "NUMBER", "days", NULL, "so many days ahead (14, or what is set)", 0},
    {0},
};
static const struct option running_options[] = {
    {"kind", "KIND", "kinds", NULL, "only this kind; may be given more than once", 0},
    {"ended", NULL, "with_ended", "true", "also what has ended", 0},
    {0},
};

static char *about(const ProtobufCMessage *row)
{
    const Traject__V1__ComingUp *entry = (const Traject__V1__ComingUp *)row;
    if (entry->_what_case == TRAJECT__V1__COMING_UP___WHAT__NOT_SET)
        return template_text("[{about}]", row);
    if (entry->kind == TRAJECT__V1__COMING_UP_KIND__COMING_UP_KIND_GLASS_BROKEN)
        return template_text("{about}: {what}", row);
    return template_text(entry->kind == TRAJECT__V1__COMING_UP_KIND__COMING_UP_KIND_BOTTLENECK
                             ? "{what}[ (with {by_whom})]"
                             : "[{party}: ][{by_whom}: ]{what}",
                         row);
}

static const struct column coming_columns[] = {
    {"at", "WHEN", SHOW_AGO, NULL, NULL},         {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL}, {"kind", "WHAT", SHOW_WORD, NULL, NULL},
    {NULL, "ABOUT", SHOW_TEXT, NULL, about},      {"item_id", "ITEM", SHOW_NUMBER, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},    {0},
};

const struct command week_commands[] = {
    {.name = "coming-up",
     .summary = "What asks for attention now and in the coming days, most urgent first.",
     .method = "ListComingUp",
     .positional = {"?client_number"},
     .options = coming_options,
     .columns = coming_columns,
     .empty = "Nothing comes up.",
     .limit = 100,
     .example = "traject coming-up --days 7"},
    {.name = "running",
     .summary = "All that runs for a client: placements, agreements, bottlenecks, appointments ...",
     .method = "ListItems",
     .positional = {"client_number"},
     .options = running_options,
     .columns = item_kind_columns,
     .empty = "Nothing runs for this client.",
     .limit = 100,
     .example = "traject running 1042"},
    {0},
};
