/* Commands about the handover of guidance from coach to employer. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "output.h"

#define PLANNED                                                                                              \
    {                                                                                                        \
        "planned", "MOMENT", "planned_at", NULL, "when guidance is meant to move", WHEN_AHEAD                \
    }

static const struct option flag_options[] = {
    {"employer", "EMPLOYER", "employer", NULL, "to whom", 0},
    {"supervisor", "PERSON", "supervisor", NULL, "who will guide there", 0},
    PLANNED,
    OPTIONS_OF_ENTRY,
};
static const struct option prepare_options[] = {
    {"talked-through", NULL, "talked_through_with_client", "true", "talked through with the client", 0},
    {"needs-shared", NULL, "guidance_needs_shared", "true", "the employer knows which guidance is needed", 0},
    {"absence-discussed", NULL, "absence_and_dropout_discussed", "true",
     "absence and dropout are discussed with the employer", 0},
    {"fallback-agreed", NULL, "fallback_agreed", "true",
     "agreed for what client and employer can come back to the coach", 0},
    {"second", "PERSON", "second_person", NULL, "somebody else at the employer who knows", 0},
    PLANNED,
    OPTIONS_OF_ENTRY,
};
static const struct option accept_options[] = {
    {"accepted-by", "PERSON", "accepted_by", NULL, "who at the employer accepted (the supervisor)", 0},
    OPTIONS_OF_ENTRY,
};
static const struct option reason_options[] = {OPTION_REASON, OPTION_AT, OPTION_FOR, OPTION_EXPECT, {0}};
static const struct option complete_options[] = {OPTIONS_OF_ENTRY};
static const struct option list_options[] = {
    {"state", "STATE", "states", NULL, "in this state; may be given more than once (the open ones)", 0},
    {"team", "TEAM", "team", NULL, "of one team", 0},
    {"coach", "WORKER", "coach", NULL, "of one coach", 0},
    {"employer", "EMPLOYER", "employer", NULL, "to one employer", 0},
    {"older-than", "DAYS", "minimum_age_days", NULL, "at least so many days in its state", 0},
    {0},
};
static const struct option due_options[] = {
    {"team", "TEAM", "team", NULL, "of one team", 0},
    {"coach", "WORKER", "coach", NULL, "of one coach", 0},
    {"working", "DAYS", "working_days", NULL, "working at least so many days (60)", 0},
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
        {h->talked_through_with_client, "talk it through"}, {h->guidance_needs_shared, "share needs"},
        {h->absence_and_dropout_discussed, "absence"},      {h->fallback_agreed, "fallback"},
        {h->_second_person_case, "second person"},
    };
    char *text = NULL;
    size_t size;
    bool any = false;
    FILE *out = open_memstream(&text, &size);
    bool open = h->state <= TRAJECT__V1__HANDOVER_STATE__HANDOVER_STATE_ACCEPTED;
    for (size_t i = 0; open && i < sizeof items / sizeof *items; i++) {
        if (!items[i].done)
            fprintf(out, "%s%s", any ? ", " : "", items[i].what);
        any = any || !items[i].done;
    }
    fclose(out);
    return text;
}

static const struct column list_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"state", "STATE", SHOW_WORD, NULL, NULL},
    {"age_days", "FOR", SHOW_DAYS, NULL, NULL},
    {"employer", "EMPLOYER", SHOW_TEXT, NULL, NULL},
    {"planned_at", "MOVES", SHOW_AGO, "not agreed", NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {"supervisor", "SUPERVISOR", SHOW_TEXT, NULL, NULL},
    {NULL, "STILL TO DO", SHOW_TEXT, NULL, still_to_do},
    {0},
};
static const struct column due_columns[] = {
    {"client_number", "CLIENT", SHOW_TEXT, NULL, NULL},
    {"full_name", "NAME", SHOW_TEXT, NULL, NULL},
    {"working_days", "WORKING", SHOW_DAYS, NULL, NULL},
    {"working_since", "SINCE", SHOW_DATE, NULL, NULL},
    {"stage", "STAGE", SHOW_WORD, NULL, NULL},
    {"coach", "COACH", SHOW_TEXT, NULL, NULL},
    {"last_handover_state", "LAST HANDOVER", SHOW_WORD, NULL, NULL},
    {0},
};

const struct command handover_commands[] = {
    {.name = "handover flag",
     .summary = "Say that guidance should move to an employer.",
     .method = "FlagHandover",
     .positional = {"client_number"},
     .options = flag_options,
     .done = "The handover is flagged.",
     .example = "traject handover flag 1042 --employer \"Bakkerij De Zon\" --supervisor \"M. Visser\" "
                "--planned \"in 3 weeks\""},
    {.name = "handover prepare",
     .summary = "Record what was done to prepare it; again as more gets done.",
     .method = "PrepareHandover",
     .positional = {"client_number"},
     .options = prepare_options,
     .done = "The preparation is recorded.",
     .example = "traject handover prepare 1042 --talked-through --needs-shared --second \"K. de Wit\""},
    {.name = "handover accept",
     .summary = "The employer accepts.",
     .method = "AcceptHandover",
     .positional = {"client_number"},
     .options = accept_options,
     .done = "The handover is accepted.",
     .example = "traject handover accept 1042"},
    {.name = "handover decline",
     .summary = "The employer declines.",
     .method = "DeclineHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = "The handover is declined; the coach guides.",
     .example = "traject handover decline 1042 --reason \"no second person until May\""},
    {.name = "handover withdraw",
     .summary = "The municipality withdraws it.",
     .method = "WithdrawHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = "The handover is withdrawn; the coach guides.",
     .example = "traject handover withdraw 1042 --reason \"the client asks to wait\""},
    {.name = "handover complete",
     .summary = "Guidance moves to the employer; the checklist must be done.",
     .method = "CompleteHandover",
     .positional = {"client_number"},
     .options = complete_options,
     .done = "The handover is complete: the employer guides.",
     .example = "traject handover complete 1042"},
    {.name = "handover return",
     .summary = "Guidance comes back to the coach.",
     .method = "ReturnHandover",
     .positional = {"client_number"},
     .options = reason_options,
     .done = "Guidance is back with the coach.",
     .example = "traject handover return 1042 --reason \"the supervisor left\""},
    {.name = "handover list",
     .summary = "The open handovers, longest in their state first.",
     .method = "ListHandovers",
     .options = list_options,
     .columns = list_columns,
     .empty = "No handover is open.",
     .limit = 50,
     .example = "traject handover list --state accepted --older-than 14"},
    {.name = "handover due",
     .summary = "Moments that ask for a handover: working for long, guidance still with the coach.",
     .method = "ListHandoversDue",
     .options = due_options,
     .columns = due_columns,
     .empty = "Nobody works that long with guidance still at the coach and nothing flagged.",
     .limit = 50,
     .example = "traject handover due --working 90"},
    {0},
};
