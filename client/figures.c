/* Figures for a manager, and the clients behind them. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define FEW "fewer than 5"

/* The words that all figures share. */
static const struct option period_options[] = {
    {"team", "TEAM", "team", NULL, "of one team; else of all that are yours, each apart", 0},
    {"since", "MOMENT", "since", NULL, "from then on; else a year before the end", WHEN_START},
    {"until", "MOMENT", "until", NULL, "up to then; else now", WHEN_START},
    {0},
};
static const struct option client_options[] = {
    {"team", "TEAM", "team", NULL, "of one team; else of all that are yours", 0},
    {"since", "MOMENT", "since", NULL, "as asked of the figure; not for stages and contact", WHEN_START},
    {"until", "MOMENT", "until", NULL, "the same", WHEN_START},
    {"at", "MOMENT", "at", NULL, "for stages and contact: the moment; else now", WHEN_START},
    {"stage", "STAGE", "stage", NULL, "for stages and times: in this stage", 0},
    {"coach", "WORKER", "coach", NULL, "for contact: of this coach", 0},
    {"path", "PATH", "path", NULL, "for paths: as it is shown, \"first contact > starting work\"", 0},
    {"coaches", "NUMBER", "coaches", NULL, "for coaches: who had so many", 0},
    {"party", "PARTY", "party", NULL, "for agreements: by this party", 0},
    {"withheld", NULL, "withheld", "true", "those who are told together, being few", 0},
    {0},
};

static const struct column stage_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"at", "ON", SHOW_DATE, NULL, NULL},
    {"stage", "STAGE", SHOW_WORD, "together, being few", NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {0},
};
static const struct column time_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"stage", "STAGE", SHOW_WORD, "together, being few", NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"spells", "TIMES", SHOW_COUNT, NULL, NULL},
    {"running", "STILL THERE", SHOW_COUNT, NULL, NULL},
    {"median_days", "MEDIAN", SHOW_DAYS, NULL, NULL},
    {"p90_days", "9 IN 10 UP TO", SHOW_DAYS, NULL, NULL},
    {0},
};
static const struct column path_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"trajectories", "TRAJECTORIES", SHOW_COUNT, NULL, NULL},
    {"moves_back", "WENT BACK", SHOW_COUNT, NULL, NULL},
    {"moves_skipping", "SKIPPED", SHOW_COUNT, NULL, NULL},
    {"path", "PATH", SHOW_TEXT, "together, being few", NULL},
    {0},
};
static const struct column handover_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"flagged", "FLAGGED", SHOW_COUNT, NULL, NULL},
    {"accepted", "ACCEPTED", SHOW_COUNT, NULL, NULL},
    {"declined", "DECLINED", SHOW_COUNT, NULL, NULL},
    {"withdrawn", "WITHDRAWN", SHOW_COUNT, NULL, NULL},
    {"completed", "COMPLETED", SHOW_COUNT, NULL, NULL},
    {"returned", "RETURNED", SHOW_COUNT, NULL, NULL},
    {"median_days", "FIRST WORK TO COMPLETION, MEDIAN", SHOW_DAYS, NULL, NULL},
    {"p90_days", "9 IN 10 UP TO", SHOW_DAYS, NULL, NULL},
    {"gaps_in_guidance", "NOBODY GUIDED", SHOW_COUNT, NULL, NULL},
    {0},
};

static char *whose_contact(const ProtobufCMessage *row)
{
    const Traject__V1__ContactFigure *c = (const Traject__V1__ContactFigure *)row;
    return strdup(c->_coach_case                    ? c->coach
                  : c->withheld && c->_clients_case ? "together, being few"
                                                    : "the team");
}

static const struct column contact_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"at", "ON", SHOW_DATE, NULL, NULL},
    {NULL, "COACH", SHOW_TEXT, NULL, whose_contact},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"within", "WITHIN RHYTHM", SHOW_COUNT, NULL, NULL},
    {"percent", "SHARE", SHOW_PERCENT, NULL, NULL},
    {0},
};
static const struct column coach_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"coaches", "COACHES", SHOW_COUNT, "together, being few", NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"stories_retold", "STORY TOLD ANEW", SHOW_COUNT, NULL, NULL},
    {0},
};
static const struct column agreement_columns[] = {
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"party", "WHO", SHOW_WORD, "together, being few", NULL},
    {"clients", "CLIENTS", SHOW_COUNT, FEW, NULL},
    {"made", "MADE", SHOW_COUNT, NULL, NULL},
    {"kept", "KEPT", SHOW_COUNT, NULL, NULL},
    {"not_kept", "NOT KEPT", SHOW_COUNT, NULL, NULL},
    {"changed", "CHANGED", SHOW_COUNT, NULL, NULL},
    {"overdue", "PAST TERM", SHOW_COUNT, NULL, NULL},
    {"percent_kept", "SHARE KEPT", SHOW_PERCENT, NULL, NULL},
    {0},
};
static const struct column client_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"team", "TEAM", SHOW_TEXT, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {"key", "COUNTED AS", SHOW_TEXT, NULL, NULL},
    {"what", "WHAT", SHOW_LIST, NULL, NULL},
    {"since", "SINCE", SHOW_DATE, NULL, NULL},
    {"days", "FOR", SHOW_DAYS, NULL, NULL},
    {"marks", "WITH", SHOW_LIST, NULL, NULL},
    {0},
};

const struct command figure_commands[] = {
    {.name = "figures stages",
     .summary = "Clients by stage at the end of each month.",
     .method = "GetStageFigures",
     .options = period_options,
     .columns = stage_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures stages --team Noord --since 2026-01-01"},
    {.name = "figures times",
     .summary = "How long clients are in a stage.",
     .method = "GetStageTimes",
     .options = period_options,
     .columns = time_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures times --team Noord"},
    {.name = "figures paths",
     .summary = "The paths that were taken, the most usual first.",
     .method = "ListPaths",
     .options = period_options,
     .columns = path_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures paths --since \"26 weeks ago\""},
    {.name = "figures handovers",
     .summary = "How handovers went, and how long from first work to completion.",
     .method = "GetHandoverFigures",
     .options = period_options,
     .columns = handover_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures handovers --since 2026-01-01 --until 2026-07-01"},
    {.name = "figures contact",
     .summary = "The share of clients within their rhythm of contact, by team and coach.",
     .method = "GetContactFigures",
     .options = period_options,
     .columns = contact_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures contact --team Noord"},
    {.name = "figures coaches",
     .summary = "How many coaches clients had, and how often a story was told anew.",
     .method = "GetCoachFigures",
     .options = period_options,
     .columns = coach_columns,
     .empty = "There was no open trajectory.",
     .example = "traject figures coaches"},
    {.name = "figures agreements",
     .summary = "Agreements kept, by who was to do it.",
     .method = "GetAgreementFigures",
     .options = period_options,
     .columns = agreement_columns,
     .empty = "No agreement was made.",
     .example = "traject figures agreements --team Noord"},
    {.name = "figures clients",
     .summary = "The clients behind a row of a figure.",
     .method = "ListFigureClients",
     .positional = {"figure"},
     .options = client_options,
     .columns = client_columns,
     .empty = "Nobody.",
     .example = "traject figures clients stages --team Noord --stage work-content --at 2026-07-01"},
    {0},
};
