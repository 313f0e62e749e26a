/* Commands about the handover of guidance from coach to employer. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "options.h"
#include "output.h"

#define PLANNED                                                                                              \
    {                                                                                                        \
        "planned", N_("MOMENT"), "planned_at", NULL, N_("when guidance is meant to move"), WHEN_AHEAD        \
    }

static const struct option flag_options[] = {
    {"employer", N_("EMPLOYER"), "employer", NULL, N_("to whom"), 0},
    {"supervisor", N_("PERSON"), "supervisor", NULL, N_("who will guide there"), 0},
    PLANNED,
    OPTIONS_OF_ENTRY,
};
static const struct option prepare_options[] = {
    {"talked-through", NULL, "talked_through_with_client", "true", N_("talked through with the client"), 0},
    {"needs-shared", NULL, "guidance_needs_shared", "true", N_("the employer knows which guidance is needed"),
     0},
    {"absence-discussed", NULL, "absence_and_dropout_discussed", "true",
     N_("absence and dropout are discussed with the employer"), 0},
    {"fallback-agreed", NULL, "fallback_agreed", "true",
     N_("agreed for what client and employer can come back to the coach"), 0},
    {"second", N_("PERSON"), "second_person", NULL, N_("somebody else at the employer who knows"), 0},
    PLANNED,
    OPTIONS_OF_ENTRY,
};
static const struct option accept_options[] = {
    {"accepted-by", N_("PERSON"), "accepted_by", NULL, N_("who at the employer accepted (the supervisor)"),
     0},
    OPTIONS_OF_ENTRY,
};
static const struct option reason_options[] = {OPTION_REASON, OPTION_AT, OPTION_FOR, OPTION_EXPECT, {0}};
static const struct option complete_options[] = {OPTIONS_OF_ENTRY};
static const struct option list_options[] = {
    {"state", N_("STATE"), "states", NULL, N_("in this state; may be given more than once (the open ones)"),
     0},
    {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("of one coach"), 0},
    {"employer", N_("EMPLOYER"), "employer", NULL, N_("to one employer"), 0},
    {"older-than", N_("DAYS"), "minimum_age_days", NULL, N_("at least so many days in its state"), 0},
    {0},
};
static const struct option due_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0},
    {"coach", N_("WORKER"), "coach", NULL, N_("of one coach"), 0},
    {"working", N_("DAYS"), "working_days", NULL, N_("working at least so many days (60)"), 0},
    {0},
};

/* What is still to do before the handover can be completed. */
static char *still_to_do(const ProtobufCMessage *row)
{
    const Traject__V1__Handover *h = (const Traject__V1__Handover *)row;
    const struct {
        bool done;
        const char *what;
    } items[] = {
        {h->talked_through_with_client, N_("talk it through")}, {h->guidance_needs_shared, N_("share needs")},
        {h->absence_and_dropout_discussed, N_("absence")},      {h->fallback_agreed, N_("fallback")},
        {h->_second_person_case, N_("second person")},
    };
    char *text = NULL;
    size_t size;
    bool any = false;
    FILE *out = open_memstream(&text, &size);
    bool open = h->state <= TRAJECT__V1__HANDOVER_STATE__HANDOVER_STATE_ACCEPTED;
    for (size_t i = 0; open && i < sizeof items / sizeof *items; i++) {
        if (!items[i].done)
            fprintf(out, "%s%s", any ? ", " : "", _(items[i].what));
        any = any || !items[i].done;
    }
    fclose(out);
    return text;
}

static const struct column list_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"state", N_("STATE"), SHOW_WORD, NULL, NULL},
    {"age_days", N_("FOR"), SHOW_DAYS, NULL, NULL},
    {"employer", N_("EMPLOYER"), SHOW_TEXT, NULL, NULL},
    {"planned_at", N_("MOVES"), SHOW_AGO, N_("not agreed"), NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {"supervisor", N_("SUPERVISOR"), SHOW_TEXT, NULL, NULL},
    {NULL, N_("STILL TO DO"), SHOW_TEXT, NULL, still_to_do},
    {0},
};
static const struct column due_columns[] = {
    {"client_number", N_("CLIENT"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"working_days", N_("WORKING"), SHOW_DAYS, NULL, NULL},
    {"working_since", N_("SINCE"), SHOW_DATE, NULL, NULL},
    {"stage", N_("STAGE"), SHOW_WORD, NULL, NULL},
    {"coach", N_("COACH"), SHOW_TEXT, NULL, NULL},
    {"last_handover_state", N_("LAST HANDOVER"), SHOW_WORD, NULL, NULL},
    {0},
};

const struct command handover_commands[] = {
    {.name = "handover flag",
     .summary = N_("Say that guidance should move to an employer."),
     .method = "FlagHandover",
     .positional = {"client_number"},
     .options = flag_options,
     .done = N_("The handover is flagged."),
     .example = N_("traject handover flag 1042 --employer \"Bakkerij De Zon\" --supervisor \"M. Visser\" "
                   "--planned \"in 3 weeks\"")},
    {.name = "handover prepare",
     .summary = N_("Record what was done to prepare it; again as more gets done."),
     .method = "PrepareHandover",
     .positional = {"client_number"},
     .options = prepare_options,
     .done = N_("The preparation is recorded."),
     .example = "traject handover prepare 1042 --talked-through --needs-shared --second \"K. de Wit\""},
    {.name = "handover accept",
     .summary = N_("The employer accepts."),
     .method = "AcceptHandover",
     .positional = {"client_number"},
     .options = accept_options,
     .done = N_("The handover is accepted."),
     .example = "traject handover accept 1042"},
    {.name = "handover decline",
     .summary = N_("The employer declines."),
     .method = "DeclineHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = N_("The handover is declined; the coach guides."),
     .example = N_("traject handover decline 1042 --reason \"no second person until May\"")},
    {.name = "handover withdraw",
     .summary = N_("The municipality withdraws it."),
     .method = "WithdrawHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = N_("The handover is withdrawn; the coach guides."),
     .example = N_("traject handover withdraw 1042 --reason \"the client asks to wait\"")},
    {.name = "handover complete",
     .summary = N_("Guidance moves to the employer; the checklist must be done."),
     .method = "CompleteHandover",
     .positional = {"client_number"},
     .options = complete_options,
     .done = N_("The handover is complete: the employer guides."),
     .example = "traject handover complete 1042"},
    {.name = "handover return",
     .summary = N_("Guidance comes back to the coach."),
     .method = "ReturnHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = N_("Guidance is back with the coach."),
     .example = N_("traject handover return 1042 --reason \"the supervisor left\"")},
    {.name = "handover list",
     .summary = N_("The open handovers, longest in their state first."),
     .method = "ListHandovers",
     .options = list_options,
     .columns = list_columns,
     .empty = N_("No handover is open."),
     .limit = 50,
     .example = N_("traject handover list --state accepted --older-than 14")},
    {.name = "handover due",
     .summary = N_("Moments that ask for a handover: working for long, guidance still with the coach."),
     .method = "ListHandoversDue",
     .options = due_options,
     .columns = due_columns,
     .empty = N_("Nobody works that long with guidance still at the coach and nothing flagged."),
     .limit = 50,
     .example = "traject handover due --working 90"},
    {0},
};
