#include "items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "options.h"
#include "template.h"

const struct option item_list_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"state", N_("STATE"), "states", NULL, N_("in this state; may be given more than once"), 0},
    {"party", N_("PARTY"), "party", NULL, N_("agreements of whom"), 0},
    {"theme", N_("THEME"), "theme", NULL, N_("preconditions of this theme"), 0},
    {"with", N_("NAME"), "by_whom", NULL, N_("bottlenecks that lie with this one"), 0},
    {"group", N_("NAME"), "grouped_as", NULL, N_("bottlenecks of this group"), 0},
    {"overdue", NULL, "overdue", "true", N_("only what is past its term"), 0},
    {"older-than", N_("DAYS"), "minimum_age_days", NULL, N_("at least so many days in its state"), 0},
    {"ended", NULL, "with_ended", "true", N_("also what has ended"), 0},
    {0},
};

const struct option item_done_options[] = {OPTIONS_OF_STEP};
const struct option item_close_options[] = {OPTION_REASON, OPTIONS_OF_STEP};

/* What an item is about, by its kind. */
static const char *const about[] = {
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRIAL_PLACEMENT] = "{employer}[, {person}][ ({ending})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PROBATION] = "{employer}[ ({ending})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CONTRACT] =
        N_("{contract}, {hours} hours, {employer}[ from {begins_at}][ ({ending})]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WAGE_VALUE] = N_("{percentage}%, by {by_whom}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_SCHEME] = "{scheme}[ ({what})][, {employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TASK] = "{what}[ ({employer})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ADAPTATION] = "{what}[ ({employer})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WORKPLACE_GUIDANCE] =
        N_("{guide}[ {person}]: {guidance_form}[, every {every_days} days][ ({employer})]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WISH] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_GOAL] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CAREER_STEP] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRAINING] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PRECONDITION] = "{theme}[: {words}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_MOTIVATION] = "{factor}[: {words}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_AGREEMENT] = "{party}[ ({by_whom})]: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_BOTTLENECK] = N_("{what}[; lies with {by_whom}][ ({grouped_as})]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_NETWORK_PERSON] = N_("{what}, {relation}; may be told: {may_be_told}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_APPOINTMENT] = N_("{due_at+}, {channel}, with the {counterpart}"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ABSENCE] = "[{employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_DROPOUT] = "[{employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_COACH_HANDOVER] = N_("to {coach}[; still to do: {needs}]"),
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CORRECTION] = "[{words}]",
};

char *item_about(const ProtobufCMessage *row)
{
    unsigned kind = (unsigned)((const Traject__V1__Item *)row)->kind;
    bool known = kind < sizeof about / sizeof *about && about[kind];
    return known ? template_text(_(about[kind]), row) : strdup("");
}

static char *item_term(const ProtobufCMessage *row)
{
    const Traject__V1__Item *item = (const Traject__V1__Item *)row;
    char *term = template_text("[{due_at}]", row), *text;
    if (!item->_overdue_days_case || !item->due_at)
        return term;
    /* The server counts whole days; here the calendar's, so that every list says the same of one term. */
    int64_t days = when_days(item->due_at->seconds, time(NULL));
    int made = days > 0
                   ? asprintf(&text, ngettext("%s, %lld day past", "%s, %lld days past", (unsigned long)days),
                              term, (long long)days)
                   : asprintf(&text, _("%s, past"), term);
    free(term);
    return made < 0 ? NULL : text;
}

const struct column item_columns[] = {
    {"item_id", N_("ITEM"), SHOW_NUMBER, NULL, NULL},
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("ABOUT"), SHOW_TEXT, NULL, item_about},
    {"state", N_("STATE"), SHOW_WORD, NULL, NULL},
    {"state_days", N_("FOR"), SHOW_DAYS, NULL, NULL},
    {NULL, N_("TERM"), SHOW_TEXT, NULL, item_term},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {0},
};
const struct column item_kind_columns[] = {
    {"item_id", N_("ITEM"), SHOW_NUMBER, NULL, NULL},
    {"kind", N_("KIND"), SHOW_WORD, NULL, NULL},
    {NULL, N_("ABOUT"), SHOW_TEXT, NULL, item_about},
    {"state", N_("STATE"), SHOW_WORD, NULL, NULL},
    {"opened_at", N_("SINCE"), SHOW_DATE, NULL, NULL},
    {NULL, N_("TERM"), SHOW_TEXT, NULL, item_term},
    {0},
};
const struct column item_own_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"kind", N_("KIND"), SHOW_WORD, NULL, NULL},
    {NULL, N_("ABOUT"), SHOW_TEXT, NULL, item_about},
    {"state", N_("STATE"), SHOW_WORD, NULL, NULL},
    {NULL, N_("TERM"), SHOW_TEXT, NULL, item_term},
    {0},
};
