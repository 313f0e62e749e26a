/* A coach's week: all that comes up, and all that runs for a client. */
#include "items.h"
#include "language.h"
#include "options.h"
#include "reword.h"
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

#define KIND(name) TRAJECT__V1__COMING_UP_KIND__COMING_UP_KIND_##name

static const struct rewording about_rewordings[] = {
    {KIND(HANDOVER), N_("%s, to %s: needs %s"), {&traject__v1__handover_state__descriptor, NULL, NULL}},
    {KIND(HANDOVER), N_("%s, to %s"), {&traject__v1__handover_state__descriptor, NULL, NULL}},
    {KIND(SUPERVISOR_LEFT), N_("%s of %s, %s"), {NULL, NULL, &traject__v1__person_role__descriptor}},
    {KIND(COACH_HANDOVER), N_("still to do: %s"), {NULL, NULL, NULL}},
    {KIND(PRECONDITION),
     N_("%s is %s"),
     {&traject__v1__theme__descriptor, &traject__v1__item_state__descriptor, NULL}},
    {KIND(SCHEME), "%s", {&traject__v1__scheme__descriptor, NULL, NULL}},
    {KIND(APPOINTMENT),
     N_("%s, with the %s"),
     {&traject__v1__channel__descriptor, &traject__v1__counterpart__descriptor, NULL}},
};

static char *about(const ProtobufCMessage *row)
{
    const Traject__V1__ComingUp *entry = (const Traject__V1__ComingUp *)row;
    if (entry->_what_case == TRAJECT__V1__COMING_UP___WHAT__NOT_SET)
        return reword(about_rewordings, sizeof about_rewordings / sizeof *about_rewordings, (int)entry->kind,
                      entry->_about_case ? entry->about : "");
    if (entry->kind == KIND(GLASS_BROKEN))
        return template_text("{about}: {what}", row);
    return template_text(entry->kind == KIND(BOTTLENECK) ? _("{what}[ (with {by_whom})]")
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
