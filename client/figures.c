/* Figures for a manager, and the clients behind them. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "language.h"
#include "reword.h"
#include "words.h"

#define FEW N_("fewer than 5")

/* The words that all figures share. */
static const struct option period_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team; else of all that are yours, each apart"), 0},
    {"since", N_("MOMENT"), "since", NULL, N_("from then on; else a year before the end"), WHEN_START},
    {"until", N_("MOMENT"), "until", NULL, N_("up to then; else now"), WHEN_START},
    {0},
};
static const struct option client_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team; else of all that are yours"), 0},
    {"since", N_("MOMENT"), "since", NULL, N_("as asked of the figure; not for stages and contact"),
     WHEN_START},
    {"until", N_("MOMENT"), "until", NULL, N_("the same"), WHEN_START},
    {"at", N_("MOMENT"), "at", NULL, N_("for stages and contact: the moment; else now"), WHEN_START},
    {"stage", N_("STAGE"), "stage", NULL, N_("for stages and times: in this stage"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("for contact: of this coach"), 0},
    {"path", N_("PATH"), "path", NULL, N_("for paths: as it is shown, \"first contact > starting work\""), 0},
    {"coaches", N_("NUMBER"), "coaches", NULL, N_("for coaches: who had so many"), 0},
    {"party", N_("PARTY"), "party", NULL, N_("for agreements: by this party"), 0},
    {"withheld", NULL, "withheld", "true", N_("those who are told together, being few"), 0},
    {0},
};

static const struct column stage_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"at", N_("ON"), SHOW_DATE, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, N_("together, being few"), NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {0},
};
static const struct column time_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, N_("together, being few"), NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"spells", N_("TIMES"), SHOW_COUNT, NULL, NULL},
    {"running", N_("STILL THERE"), SHOW_COUNT, NULL, NULL},
    {"median_days", N_("MEDIAN"), SHOW_DAYS, NULL, NULL},
    {"p90_days", N_("9 IN 10 UP TO"), SHOW_DAYS, NULL, NULL},
    {0},
};
/* Stages with " > " between them, in the user's language. */
static char *path_text(const char *path)
{
    char *copy = strdup(path), *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (char *stage = copy, *next; stage; stage = next) {
        next = strstr(stage, " > ");
        if (next) {
            *next = '\0';
            next += 3;
        }
        char *word = reword_enum(&traject__v1__stage__descriptor, stage);
        fprintf(out, "%s%s", word ? word : stage, next ? " > " : "");
        free(word);
    }
    fclose(out);
    free(copy);
    return text;
}

static char *path(const ProtobufCMessage *row)
{
    const Traject__V1__PathFigure *figure = (const Traject__V1__PathFigure *)row;
    return figure->_path_case ? path_text(figure->path) : strdup("");
}

/* A path as it is typed, in the user's language or in English, as the server has it. To free. */
static char *server_path(const char *typed)
{
    char *copy = strdup(typed), *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (char *stage = copy, *next; stage; stage = next) {
        Traject__V1__MoveStageRequest move = TRAJECT__V1__MOVE_STAGE_REQUEST__INIT;
        char *reason = NULL, word[64];
        next = strstr(stage, " > ");
        if (next) {
            *next = '\0';
            next += 3;
        }
        if (field_from_text(&move.base, "stage", stage, 0, WHEN_NOON, &reason) == 0) {
            field_enum_word(
                &traject__v1__stage__descriptor,
                protobuf_c_enum_descriptor_get_value(&traject__v1__stage__descriptor, (int)move.stage)->name,
                word, sizeof word);
            for (char *c = word; *c; c++)
                *c = *c == '_' ? ' ' : *c;
            stage = word;
        }
        fprintf(out, "%s%s", stage, next ? " > " : "");
        free(reason);
    }
    fclose(out);
    free(copy);
    return text;
}

static enum exit_code list_clients(struct session *session, const struct command *command, int argc,
                                   char **argv)
{
    char *path = NULL;
    for (int i = 0; i + 1 < argc && !path; i++) {
        if (argv[i] && strcmp(argv[i], "--path") == 0)
            argv[i + 1] = path = server_path(argv[i + 1]);
    }
    enum exit_code code = command_call(session, command, argc, argv);
    free(path);
    return code;
}

/* What a client is counted as: a number of coaches, stages, or a party. */
static char *counted_as(const ProtobufCMessage *row)
{
    const Traject__V1__FigureClient *client = (const Traject__V1__FigureClient *)row;
    const char *key = client->_key_case ? client->key : "";
    int coaches, used = 0;
    char *text;
    if (sscanf(key, "%d coach%n", &coaches, &used) == 1 && used)
        return asprintf(&text, ngettext("%d coach", "%d coaches", (unsigned long)coaches), coaches) < 0
                   ? NULL
                   : text;
    text = reword_enum(&traject__v1__agreement_party__descriptor, key);
    return text ? text : path_text(key);
}

/* What else is counted of a client. */
static const char *const mark_words[] = {N_("within"), N_("back"), N_("skipped"), N_("story retold")};

static char *marks(const ProtobufCMessage *row)
{
    const Traject__V1__FigureClient *client = (const Traject__V1__FigureClient *)row;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < client->n_marks; i++) {
        char *word = reword_enum(&traject__v1__handover_state__descriptor, client->marks[i]);
        for (size_t m = 0; !word && m < sizeof mark_words / sizeof *mark_words; m++)
            word = strcmp(mark_words[m], client->marks[i]) == 0 ? strdup(_(mark_words[m])) : NULL;
        fprintf(out, "%s%s", i ? ", " : "", word ? word : client->marks[i]);
        free(word);
    }
    fclose(out);
    return text;
}

static const struct column path_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"trajectories", N_("TRAJECTORIES"), SHOW_COUNT, NULL, NULL},
    {"moves_back", N_("WENT BACK"), SHOW_COUNT, NULL, NULL},
    {"moves_skipping", N_("SKIPPED"), SHOW_COUNT, NULL, NULL},
    {NULL, N_("PATH"), SHOW_TEXT, N_("together, being few"), path},
    {0},
};
static const struct column handover_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"flagged", N_("FLAGGED"), SHOW_COUNT, NULL, NULL},
    {"accepted", N_("ACCEPTED"), SHOW_COUNT, NULL, NULL},
    {"declined", N_("DECLINED"), SHOW_COUNT, NULL, NULL},
    {"withdrawn", N_("WITHDRAWN"), SHOW_COUNT, NULL, NULL},
    {"completed", N_("COMPLETED"), SHOW_COUNT, NULL, NULL},
    {"returned", N_("RETURNED"), SHOW_COUNT, NULL, NULL},
    {"median_days", N_("FIRST WORK TO COMPLETION, MEDIAN"), SHOW_DAYS, NULL, NULL},
    {"p90_days", N_("9 IN 10 UP TO"), SHOW_DAYS, NULL, NULL},
    {"gaps_in_guidance", N_("NOBODY GUIDED"), SHOW_COUNT, NULL, NULL},
    {0},
};

static char *whose_contact(const ProtobufCMessage *row)
{
    const Traject__V1__ContactFigure *c = (const Traject__V1__ContactFigure *)row;
    return strdup(c->_coach_case                    ? c->coach
                  : c->withheld && c->_clients_case ? _("together, being few")
                                                    : _("the team"));
}

static const struct column contact_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"at", N_("ON"), SHOW_DATE, NULL, NULL},
    {NULL, N_("COACH"), SHOW_TEXT, NULL, whose_contact},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"within", N_("WITHIN RHYTHM"), SHOW_COUNT, NULL, NULL},
    {"percent", N_("SHARE"), SHOW_PERCENT, NULL, NULL},
    {0},
};
static const struct column silence_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"at", N_("ON"), SHOW_DATE, NULL, NULL},
    {"days_min", N_("PAST DUE FROM"), SHOW_DAYS, N_("together, being few"), NULL},
    {"days_max", N_("UP TO"), SHOW_DAYS, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {0},
};
static const struct column coach_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"coaches", N_("COACHES"), SHOW_COUNT, N_("together, being few"), NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"stories_retold", N_("STORY TOLD ANEW"), SHOW_COUNT, NULL, NULL},
    {0},
};
static const struct column agreement_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"party", N_("WHO"), SHOW_WORD, N_("together, being few"), NULL},
    {"clients", N_("CLIENTS"), SHOW_COUNT, FEW, NULL},
    {"made", N_("MADE"), SHOW_COUNT, NULL, NULL},
    {"kept", N_("KEPT"), SHOW_COUNT, NULL, NULL},
    {"not_kept", N_("NOT KEPT"), SHOW_COUNT, NULL, NULL},
    {"changed", N_("CHANGED"), SHOW_COUNT, NULL, NULL},
    {"overdue", N_("PAST TERM"), SHOW_COUNT, NULL, NULL},
    {"percent_kept", N_("SHARE KEPT"), SHOW_PERCENT, NULL, NULL},
    {0},
};
static const struct column client_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("COUNTED AS"), SHOW_TEXT, NULL, counted_as},
    {"what", N_("WHAT"), SHOW_LIST, NULL, NULL},
    {"since", N_("SINCE"), SHOW_DATE, NULL, NULL},
    {"days", N_("FOR"), SHOW_DAYS, NULL, NULL},
    {NULL, N_("WITH"), SHOW_TEXT, NULL, marks},
    {0},
};

const struct command figure_commands[] = {
    {.name = "figures stages",
     .summary = N_("Clients by stage at the end of each month."),
     .method = "GetStageFigures",
     .options = period_options,
     .columns = stage_columns,
     .empty = N_("There was no open trajectory."),
     .example = "traject figures stages --team Noord --since 2026-01-01"},
    {.name = "figures times",
     .summary = N_("How long clients are in a stage."),
     .method = "GetStageTimes",
     .options = period_options,
     .columns = time_columns,
     .empty = N_("There was no open trajectory."),
     .example = "traject figures times --team Noord"},
    {.name = "figures paths",
     .summary = N_("The paths that were taken, the most usual first."),
     .method = "ListPaths",
     .options = period_options,
     .columns = path_columns,
     .empty = N_("There was no open trajectory."),
     .example = N_("traject figures paths --since \"26 weeks ago\"")},
    {.name = "figures handovers",
     .summary = N_("How handovers went, and how long from first work to completion."),
     .method = "GetHandoverFigures",
     .options = period_options,
     .columns = handover_columns,
     .empty = N_("There was no open trajectory."),
     .example = "traject figures handovers --since 2026-01-01 --until 2026-07-01"},
    {.name = "figures contact",
     .summary = N_("The share of clients within their rhythm of contact, by team and coach."),
     .method = "GetContactFigures",
     .options = period_options,
     .columns = contact_columns,
     .empty = N_("There was no open trajectory."),
     .example = "traject figures contact --team Noord"},
    {.name = "figures silence",
     .summary = N_("Clients past their rhythm of contact at the end of each month, by how long."),
     .method = "GetSilenceFigures",
     .options = period_options,
     .columns = silence_columns,
     .empty = N_("Nobody was past the agreed rhythm."),
     .example = "traject figures silence --team Noord"},
    {.name = "figures coaches",
     .summary = N_("How many coaches clients had, and how often a story was told anew."),
     .method = "GetCoachFigures",
     .options = period_options,
     .columns = coach_columns,
     .empty = N_("There was no open trajectory."),
     .example = "traject figures coaches"},
    {.name = "figures agreements",
     .summary = N_("Agreements kept, by who was to do it."),
     .method = "GetAgreementFigures",
     .options = period_options,
     .columns = agreement_columns,
     .empty = N_("No agreement was made."),
     .example = "traject figures agreements --team Noord"},
    {.name = "figures clients",
     .summary = N_("The clients behind a row of a figure."),
     .method = "ListFigureClients",
     .positional = {"figure"},
     .options = client_options,
     .columns = client_columns,
     .empty = N_("Nobody."),
     .run = list_clients,
     .example = N_("traject figures clients stages --team Noord --stage work-content --at 2026-07-01")},
    {0},
};
