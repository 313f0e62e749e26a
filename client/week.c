/* A coach's week: all that comes up, and all that runs for a client. */
#include "items.h"
#include "language.h"
#include "options.h"
#include "template.h"
#include "traject.pb-c.h"

static const struct option coming_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"days", N_("NUMBER"), "days", NULL, N_("so many days ahead (14, or what is set)"), 0},
    {0},
};
static const struct option running_options[] = {
    {"kind", N_("KIND"), "kinds", NULL, N_("only this kind; may be given more than once"), 0},
    {"ended", NULL, "with_ended", "true", N_("also what has ended"), 0},
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
                             ? _("{what}[ (with {by_whom})]")
                             : "[{party}: ][{by_whom}: ]{what}",
                         row);
}

static const struct column coming_columns[] = {
    {"at", N_("WHEN"), SHOW_AGO, NULL, NULL},         {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL}, {"kind", N_("WHAT"), SHOW_WORD, NULL, NULL},
    {NULL, N_("ABOUT"), SHOW_TEXT, NULL, about},      {"item_id", N_("ITEM"), SHOW_NUMBER, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},    {0},
};

const struct command week_commands[] = {
    {.name = "coming-up",
     .summary = N_("What asks for attention now and in the coming days, most urgent first."),
     .method = "ListComingUp",
     .positional = {"?client_number"},
     .options = coming_options,
     .columns = coming_columns,
     .empty = N_("Nothing comes up."),
     .limit = 100,
     .example = "traject coming-up --days 7"},
    {.name = "running",
     .summary = N_("All that runs for a client: placements, agreements, bottlenecks, appointments ..."),
     .method = "ListItems",
     .positional = {"client_number"},
     .options = running_options,
     .columns = item_kind_columns,
     .empty = N_("Nothing runs for this client."),
     .limit = 100,
     .example = "traject running 1042"},
    {0},
};
