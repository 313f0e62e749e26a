/* Commands about who looked at a record, and about looking outside the own caseload. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "reword.h"
#include "template.h"

#define OPTION_SINCE                                                                                         \
    {                                                                                                        \
        "since", N_("MOMENT"), "since", NULL, N_("only from then on"), WHEN_START                            \
    }

static const struct option access_options[] = {OPTION_SINCE, {0}};
static const struct option glass_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("why it cannot wait for who guides the client"), 0},
    {0},
};
static const struct option glass_list_options[] = {
    {"client", N_("NUMBER"), "client_number", NULL, N_("of one client"), 0},
    OPTION_SINCE,
    {0},
};
static const struct option processing_options[] = {
    {"uri", N_("URI"), "uri", NULL, N_("its entry in the register; without it the standard one again"), 0},
    {0},
};

static char *when(const ProtobufCMessage *row)
{
    return template_text("{start_time+}", row);
}

static char *broken(const ProtobufCMessage *row)
{
    return template_text("{broken_at+}", row);
}

static char *until(const ProtobufCMessage *row)
{
    return template_text("{until+}", row);
}

static char *who(const ProtobufCMessage *row)
{
    /* The account of a client is called "client 1042". */
    static const struct rewording name = {0, N_("client %s"), {NULL, NULL, NULL}};
    char *text = template_text("{full_name} ({role})", row), *told = reword(&name, 1, 0, text);
    free(text);
    return told;
}

static char *marks(const ProtobufCMessage *row)
{
    const Traject__V1__Access *line = (const Traject__V1__Access *)row;
    const char *refused = line->status_code == 2 ? _("refused") : "";
    const char *both = line->through_glass && *refused ? ", " : "";
    char *text = NULL;
    if (asprintf(&text, "%s%s%s", line->through_glass ? _("BROKEN GLASS") : "", both, refused) < 0)
        return NULL;
    return text;
}

static const struct column access_columns[] = {
    {NULL, N_("WHEN"), SHOW_TEXT, NULL, when},
    {NULL, N_("WHO"), SHOW_TEXT, NULL, who},
    {"what", N_("WHAT"), SHOW_SAID, NULL, NULL},
    {NULL, "", SHOW_TEXT, NULL, marks},
    {"processing_activity_id", N_("PURPOSE"), SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column glass_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("WHO"), SHOW_TEXT, NULL, who},
    {"reason", N_("WHY"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("FROM"), SHOW_TEXT, NULL, broken},
    {NULL, N_("UNTIL"), SHOW_TEXT, NULL, until},
    {"open", N_("OPEN"), SHOW_YES, NULL, NULL},
    {"methods", N_("LOOKED AT"), SHOW_LIST, NULL, NULL},
    {0},
};
static const struct column processing_columns[] = {
    {"method", N_("METHOD"), SHOW_TEXT, NULL, NULL},
    {"what", N_("WHAT"), SHOW_SAID, NULL, NULL},
    {"uri", N_("IN THE REGISTER"), SHOW_TEXT, NULL, NULL},
    {"is_set", N_("SET HERE"), SHOW_YES, NULL, NULL},
    {0},
};

const struct command access_commands[] = {
    {.name = "access",
     .summary =
         N_("Who looked at a client's record or changed it, and what for: for the client, and a privacy "
            "officer."),
     .method = "ListAccess",
     .positional = {"client_number"},
     .options = access_options,
     .columns = access_columns,
     .empty = N_("Nobody looked."),
     .limit = 100,
     .example = N_("traject access 1042 --since \"1 month ago\"")},
    {.name = "glass break",
     .summary =
         N_("See a client outside your caseload for some hours, in the open: the manager is told at once."),
     .method = "BreakGlass",
     .positional = {"client_number"},
     .options = glass_options,
     .done = N_("You see the client for now, and the manager is told. End it with: traject glass end "
                "{client_number}"),
     .example = N_("traject glass break 1042 --reason \"calls in distress, the coach is away\"")},
    {.name = "glass end",
     .summary = N_("End what you see by breaking the glass before its time."),
     .method = "EndGlass",
     .positional = {"client_number"},
     .done = N_("It has ended."),
     .example = "traject glass end 1042"},
    {.name = "glass list",
     .summary = N_("Who broke the glass for whom, why, and what was looked at."),
     .method = "ListGlass",
     .options = glass_list_options,
     .columns = glass_columns,
     .empty = N_("No glass was broken."),
     .limit = 100,
     .example = "traject glass list --client 1042"},
    {.name = "processing list",
     .summary = N_("Where each method stands in the register of processing activities."),
     .method = "ListProcessingActivities",
     .columns = processing_columns,
     .example = "traject processing list"},
    {.name = "processing set",
     .summary = N_("Set a method's entry in the register of processing activities, from now on."),
     .method = "SetProcessingActivity",
     .positional = {"method"},
     .options = processing_options,
     .done = N_("It is set."),
     .example = "traject processing set GetClient --uri https://register.example.nl/activities/14"},
    {0},
};
