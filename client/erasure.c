/* A copy for the client, erasure by two people, and how long is kept. */
#include "export.h"
#include "language.h"

static const struct option export_options[] = {
    {"to", N_("PATH"), NULL, NULL, N_("a folder (the present one), or a file that ends in .json or .html"),
     0},
    {0},
};
static const struct option erase_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("why; it goes with the rest when the client is erased"), 0},
    {0},
};
static const struct option list_options[] = {
    {"all", NULL, "with_ended", "true", N_("also what became of those before"), 0},
    {0},
};

static const struct column erasure_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"state", N_("STATE"), SHOW_WORD, NULL, NULL},
    {"requested_at", N_("ASKED FOR"), SHOW_AGO, NULL, NULL},
    {"requested_by", N_("BY"), SHOW_TEXT, NULL, NULL},
    {"reason", N_("REASON"), SHOW_TEXT, N_("kept for long enough"), NULL},
    {"trajectory_ended_at", N_("TRAJECTORY ENDED"), SHOW_DATE, NULL, NULL},
    {"lapses_at", N_("LAPSES"), SHOW_DATE, NULL, NULL},
    {"ended_at", N_("SETTLED"), SHOW_DATE, NULL, NULL},
    {"ended_by", N_("BY"), SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column retention_columns[] = {
    {"retained", N_("WHAT"), SHOW_WORD, NULL, NULL},
    {"value", N_("KEPT FOR"), SHOW_NUMBER, NULL, NULL},
    {"unit", "", SHOW_SAID, NULL, NULL},
    {"is_set", N_("SET HERE"), SHOW_YES, NULL, NULL},
    {0},
};
static const struct column due_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"kind", N_("KIND"), SHOW_WORD, N_("never started"), NULL},
    {"ended_at", N_("ENDED"), SHOW_DATE, NULL, NULL},
    {"due_at", N_("DUE SINCE"), SHOW_AGO, NULL, NULL},
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"requested_at", N_("ASKED FOR"), SHOW_DATE, NULL, NULL},
    {0},
};

/* The key is gone from the database; what a backup of before still has takes an operator. */
static const char next_step[] = N_(
    "Backups from before still hold the keys: have an operator run trajectd rotate, and destroy the retired "
    "master key when those backups have had their time.");

static void print_requested(const struct session *session, const ProtobufCMessage *message)
{
    char date[40];
    when_date(((const Traject__V1__RequestErasureReply *)message)->lapses_at->seconds, date, sizeof date);
    fprintf(session->out,
            _("The erasure is asked for. A privacy officer confirms it before %s: traject erasure confirm "
              "CLIENT\n"),
            date);
}

static void print_erased(const struct session *session, const ProtobufCMessage *message)
{
    fprintf(session->out, _("The client is erased, and stands in the figures as %s. %s\n"),
            ((const Traject__V1__ConfirmErasureReply *)message)->client_number, _(next_step));
}

static void print_due_requested(const struct session *session, const ProtobufCMessage *message)
{
    const Traject__V1__RequestDueErasuresReply *reply = (const Traject__V1__RequestDueErasuresReply *)message;
    fprintf(session->out, _("Asked for the erasure of %d."), reply->requested);
    if (reply->remaining)
        fprintf(session->out, _(" %d are left; ask again."), reply->remaining);
    fputs(_(" A privacy officer confirms: traject retention confirm\n"), session->out);
}

static void print_due_erased(const struct session *session, const ProtobufCMessage *message)
{
    const Traject__V1__ConfirmDueErasuresReply *reply = (const Traject__V1__ConfirmDueErasuresReply *)message;
    fprintf(session->out, _("Erased %d."), reply->erased);
    if (reply->remaining)
        fprintf(session->out, _(" %d still wait; confirm again."), reply->remaining);
    fprintf(session->out, "%s%s\n", reply->erased ? " " : "", reply->erased ? _(next_step) : "");
}

const struct command erasure_commands[] = {
    {.name = "client export",
     .summary = N_("Write all that is recorded about a client, as JSON and as a document to read."),
     .positional = {"client_number"},
     .options = export_options,
     .run = export_client,
     .example = N_("traject client export 1042 --to copies/")},
    {.name = "client erase",
     .summary = N_("Ask that a client is erased; a privacy officer confirms it."),
     .method = "RequestErasure",
     .positional = {"client_number"},
     .options = erase_options,
     .print = print_requested,
     .example = N_("traject client erase 1042 --reason \"asked for by the client\"")},
    {.name = "erasure list",
     .summary = N_("The erasures that wait to be confirmed."),
     .method = "ListErasures",
     .options = list_options,
     .columns = erasure_columns,
     .empty = N_("No erasure waits."),
     .limit = 100,
     .example = "traject erasure list --all"},
    {.name = "erasure confirm",
     .summary = N_("Erase a client for whom a manager asked it: it cannot be undone."),
     .method = "ConfirmErasure",
     .positional = {"client_number"},
     .print = print_erased,
     .example = "traject erasure confirm 1042"},
    {.name = "erasure withdraw",
     .summary = N_("Take back that a client is to be erased, or turn it down."),
     .method = "WithdrawErasure",
     .positional = {"client_number"},
     .done = N_("The request is withdrawn; nothing was erased."),
     .example = "traject erasure withdraw 1042"},
    {.name = "retention due",
     .summary = N_("Clients who are kept longer than is set."),
     .method = "ListRetentionDue",
     .columns = due_columns,
     .empty = N_("Nobody is kept longer than is set."),
     .limit = 100,
     .example = "traject retention due"},
    {.name = "retention erase",
     .summary = N_("Ask for the erasure of all who are kept longer than is set."),
     .method = "RequestDueErasures",
     .print = print_due_requested,
     .example = "traject retention erase"},
    {.name = "retention confirm",
     .summary = N_("Erase those for whom it was asked so: it cannot be undone."),
     .method = "ConfirmDueErasures",
     .print = print_due_erased,
     .example = "traject retention confirm"},
    {.name = "retention set",
     .summary =
         N_("Set how long is kept: months by kind of trajectory, or for never-started; days for answers."),
     .method = "SetRetention",
     .positional = {"retained", "value"},
     .done = N_("It is set."),
     .example = N_("traject retention set work-experience 36")},
    {.name = "retention list",
     .summary = N_("How long is kept."),
     .method = "ListRetention",
     .columns = retention_columns,
     .example = "traject retention list"},
    {0},
};
