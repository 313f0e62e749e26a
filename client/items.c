#include "items.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "template.h"

const struct option item_list_options[] = {
    OPTION_TEAM,
    OPTION_COACH,
    {"state", "STATE", "states", NULL, "in this state; may be given more than once", 0},
    {"party", "PARTY", "party", NULL, "agreements of whom", 0},
    {"theme", "THEME", "theme", NULL, "preconditions of this theme", 0},
    {"with", "NAME", "by_whom", NULL, "bottlenecks that lie with this one", 0},
    {"group", "NAME", "grouped_as", NULL, "bottlenecks of this group", 0},
    {"overdue", NULL, "overdue", "true", "only what is past its term", 0},
    {"older-than", "DAYS", "minimum_age_days", NULL, "at least so many days in its state", 0},
    {"ended", NULL, "with_ended", "true", "also what has ended", 0},
    {0},
};

const struct option item_done_options[] = {OPTIONS_OF_STEP};
const struct option item_close_options[] = {OPTION_REASON, OPTIONS_OF_STEP};

/* What an item is about, by its kind. */
static const char *const about[] = {
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRIAL_PLACEMENT] = "{employer}[, {person}][ ({ending})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PROBATION] = "{employer}[ ({ending})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CONTRACT] =
        "{contract}, {hours} hours, {employer}[ from {begins_at}][ ({ending})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WAGE_VALUE] = "{percentage}%, by {by_whom}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_SCHEME] = "{scheme}[ ({what})][, {employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TASK] = "{what}[ ({employer})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ADAPTATION] = "{what}[ ({employer})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WORKPLACE_GUIDANCE] =
        "{guide}[ {person}]: {guidance_form}[, every {every_days} days][ ({employer})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_WISH] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_GOAL] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CAREER_STEP] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_TRAINING] = "{what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_PRECONDITION] = "{theme}[: {words}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_MOTIVATION] = "{factor}[: {words}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_AGREEMENT] = "{party}[ ({by_whom})]: {what}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_BOTTLENECK] = "{what}[; lies with {by_whom}][ ({grouped_as})]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_NETWORK_PERSON] = "{what}, {relation}; may be told: {may_be_told}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_APPOINTMENT] = "{due_at+}, {channel}, with the {counterpart}",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_ABSENCE] = "[{employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_DROPOUT] = "[{employer}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_COACH_HANDOVER] = "to {coach}[; still to do: {needs}]",
    [TRAJECT__V1__ITEM_KIND__ITEM_KIND_CORRECTION] = "[{words}]",
};

char *item_about(const ProtobufCMessage *row)
{
    unsigned kind = (unsigned)((const Traject__V1__Item *)row)->kind;
    bool known = kind < sizeof about / sizeof *about && about[kind];
    return known ? template_text(about[kind], row) : strdup("");
}

static char *item_term(const ProtobufCMessage *row)
{
    const Traject__V1__Item *item = (const Traject__V1__Item *)row;
    char *term = template_text("[{due_at}]", row), *text;
    if (!item->_overdue_days_case || !item->due_at)
        return term;
    /* The server counts whole days; here the calendar's, so that every list says the same of one term. */
    int64_t days = when_days(item->due_at->seconds, time(NULL));
    int made = days > 0 ? asprintf(&text, "%s, %" PRId64 " day%s past", term, days, days == 1 ? "" : "s")
                        : asprintf(&text, "%s, past", term);
    free(term);
    return made < 0 ? NULL : text;
}

const struct column item_columns[] = {
    {"item_id", "ITEM", SHOW_NUMBER, NULL, NULL},
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {NULL, "ABOUT", SHOW_TEXT, NULL, item_about},
    {"state", "STATE", SHOW_WORD, NULL, NULL},
    {"state_days", "FOR", SHOW_DAYS, NULL, NULL},
    {NULL, "TERM", SHOW_TEXT, NULL, item_term},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {0},
};
const struct column item_kind_columns[] = {
    {"item_id", "ITEM", SHOW_NUMBER, NULL, NULL},
    {"kind", "KIND", SHOW_WORD, NULL, NULL},
    {NULL, "ABOUT", SHOW_TEXT, NULL, item_about},
    {"state", "STATE", SHOW_WORD, NULL, NULL},
    {"opened_at", "SINCE", SHOW_DATE, NULL, NULL},
    {NULL, "TERM", SHOW_TEXT, NULL, item_term},
    {0},
};
const struct column item_own_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"kind", "KIND", SHOW_WORD, NULL, NULL},
    {NULL, "ABOUT", SHOW_TEXT, NULL, item_about},
    {"state", "STATE", SHOW_WORD, NULL, NULL},
    {NULL, "TERM", SHOW_TEXT, NULL, item_term},
    {0},
};
