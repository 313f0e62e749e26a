/* Commands about what was entered wrong. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "items.h"
#include "language.h"
#include "options.h"
#include "output.h"
#include "reword.h"
#include "template.h"

static const struct option correct_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("why it is corrected"), 0},
    {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it happened"), 0},
    {"words", N_("TEXT"), "words", NULL, N_("in words; - reads standard input"), 0},
    {"entry-reason", N_("TEXT"), "entry_reason", NULL, N_("the reason in the entry: of a move, a return ..."),
     0},
    {"stage", N_("STAGE"), "stage", NULL, N_("the stage moved to, or begun in"), 0},
    {"channel", N_("CHANNEL"), "channel", NULL, N_("how the contact was"), 0},
    {"with", N_("WHOM"), "counterpart", NULL, N_("with whom the contact was"), 0},
    {"reached", NULL, "reached", "true", N_("somebody did answer"), 0},
    {"no-answer", NULL, "reached", "false", N_("nobody answered"), 0},
    {"contact-by", N_("WORKER"), "worker", NULL, N_("who had the contact"), 0},
    {"kind", N_("KIND"), "trajectory_kind", NULL, N_("the kind of trajectory"), 0},
    {"outcome", N_("OUTCOME"), "outcome", NULL, N_("how the trajectory ended"), 0},
    {"what", N_("TEXT"), "what", NULL, N_("what it is about"), 0},
    {"from", N_("MOMENT"), "begins_at", NULL, N_("from when"), WHEN_START | WHEN_AHEAD},
    {"until", N_("MOMENT"), "due_at", NULL, N_("until when, by when, for when"), WHEN_END | WHEN_AHEAD},
    {"hours", N_("HOURS"), "hours", NULL, N_("a week"), 0},
    {"percentage", N_("NUMBER"), "percentage", NULL, N_("the wage value"), 0},
    {"by-whom", N_("NAME"), "by_whom", NULL, N_("who measured, who does it, with whom it lies"), 0},
    {"contract", N_("KIND"), "contract", NULL, N_("temporary or permanent"), 0},
    {"scheme", N_("SCHEME"), "scheme", NULL, N_("which scheme"), 0},
    {"ending", N_("ENDING"), "ending", NULL, N_("how it ended"), 0},
    {"initiator", N_("WHO"), "initiator", NULL, N_("who took the first step"), 0},
    {"direction", N_("DIRECTION"), "direction", NULL, N_("from which side"), 0},
    {"form", N_("FORM"), "form", NULL, N_("the form of first contact"), 0},
    {"party", N_("PARTY"), "party", NULL, N_("whose agreement"), 0},
    {"relation", N_("TEXT"), "relation", NULL, N_("of a network person"), 0},
    {"may-be-told", N_("TEXT"), "may_be_told", NULL, N_("what a network person may be told"), 0},
    {"group", N_("NAME"), "grouped_as", NULL, N_("the group of a bottleneck"), 0},
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option withdraw_options[] = {
    {"reason", N_("TEXT"), "reason", NULL, N_("why it should not be there"), 0},
    OPTION_EXPECT,
    {0},
};
static const struct option rebuild_options[] = {
    {"repair", NULL, "repair", "true", N_("make right what differs"), 0},
    {0},
};

static const char *const misfit_sentences[] = {
    [TRAJECT__V1__MISFIT__MISFIT_UNSPECIFIED] =
        N_("Trajectory {trajectory}: all {entries} entries stand as they were recorded. Head: {head}"),
    [TRAJECT__V1__MISFIT__MISFIT_CHANGED] = N_("Trajectory {trajectory}: entry {event_id} was changed."),
    [TRAJECT__V1__MISFIT__MISFIT_MISSING] =
        N_("Trajectory {trajectory}: entries are missing[ before entry {event_id}]."),
    [TRAJECT__V1__MISFIT__MISFIT_INSERTED] = N_("Trajectory {trajectory}: entry {event_id} was inserted."),
    [TRAJECT__V1__MISFIT__MISFIT_OUT_OF_ORDER] =
        N_("Trajectory {trajectory}: entry {event_id} is out of order, or was inserted."),
    [TRAJECT__V1__MISFIT__MISFIT_SIGNED_OTHERWISE] =
        N_("Trajectory {trajectory}: entry {event_id}, or one before it, is not what was signed."),
};

/* Adds a page to the whole, which takes what differs from it. */
static void add_page(Traject__V1__RebuildStateReply *whole, Traject__V1__RebuildStateReply *page)
{
    whole->checked += page->checked;
    if (page->n_different) {
        whole->different =
            realloc(whole->different, (whole->n_different + page->n_different) * sizeof *whole->different);
        memcpy(whole->different + whole->n_different, page->different,
               page->n_different * sizeof *page->different);
        whole->n_different += page->n_different;
        page->n_different = 0;
    }
}

static void print_rebuilt(const struct session *session, const Traject__V1__RebuildStateReply *whole,
                          bool repaired)
{
    size_t different = whole->n_different;
    static const struct rewording differs = {0, N_("client %s: %s"), {NULL, NULL, NULL}};
    for (size_t i = 0; i < different; i++) {
        char *text = reword(&differs, 1, 0, whole->different[i]);
        output_line(session->out, "%s", text);
        free(text);
    }
    fprintf(session->out, _("%d trajectories compared with their entries; "), whole->checked);
    if (!different)
        fputs(_("0 differ.\n"), session->out);
    else if (repaired)
        fprintf(session->out,
                ngettext("%zu differs, and made right.\n", "%zu differ, and made right.\n", different),
                different);
    else
        fprintf(session->out,
                ngettext("%zu differs; make them right with --repair.\n",
                         "%zu differ; make them right with --repair.\n", different),
                different);
}

/* Page after page, until all trajectories of the municipality were compared with their entries. */
static enum exit_code rebuild(struct session *session, const struct command *command, int argc, char **argv)
{
    Traject__V1__RebuildStateRequest request = TRAJECT__V1__REBUILD_STATE_REQUEST__INIT;
    Traject__V1__RebuildStateReply *whole = calloc(1, sizeof *whole);
    struct arguments arguments;
    struct traject *traject;
    traject__v1__rebuild_state_reply__init(whole);
    enum exit_code code = command_parse(session, command, argc, argv, &request.base, &arguments);
    if (!code)
        code = session_connection(session, session->profile, &traject);
    bool last = false;
    while (!code && !last) {
        Traject__V1__RebuildStateReply *reply;
        struct traject_error error = {0};
        enum traject_result result =
            traject_call(traject, command->method, &request.base, NULL, (ProtobufCMessage **)&reply, &error);
        if (result) {
            code = session_fail(result, &error);
            break;
        }
        add_page(whole, reply);
        last = !reply->_next_page_token_case;
        if (request._page_token_case)
            free(request.page_token);
        if (!last) {
            request._page_token_case = TRAJECT__V1__REBUILD_STATE_REQUEST___PAGE_TOKEN_PAGE_TOKEN;
            request.page_token = strdup(reply->next_page_token);
        } else {
            request._page_token_case = TRAJECT__V1__REBUILD_STATE_REQUEST___PAGE_TOKEN__NOT_SET;
        }
        protobuf_c_message_free_unpacked(&reply->base, NULL);
    }
    if (!code && session->output == OUTPUT_TEXT)
        print_rebuilt(session, whole, request.repair);
    else if (!code)
        output_reply(session, command, &whole->base, false);
    if (!code && whole->n_different && !request.repair)
        code = EXIT_REFUSED;
    traject__v1__rebuild_state_reply__free_unpacked(whole, NULL);
    return code;
}

static void print_verified(const struct session *session, const Traject__V1__VerifyTimelineReply *reply)
{
    for (size_t i = 0; i < reply->n_trajectories; i++) {
        const Traject__V1__VerifiedTrajectory *trajectory = reply->trajectories[i];
        size_t known = sizeof misfit_sentences / sizeof *misfit_sentences;
        const char *sentence = (size_t)trajectory->misfit < known
                                   ? _(misfit_sentences[trajectory->misfit])
                                   : _("Trajectory {trajectory}: does not fit[, from entry {event_id} on].");
        char *text = template_text(sentence, &trajectory->base);
        output_line(session->out, "%s", text);
        free(text);
    }
}

static enum exit_code verify(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command);
    Traject__V1__VerifyTimelineReply *reply;
    struct arguments arguments;
    struct traject *traject;
    struct traject_error error = {0};
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    if (!code)
        code = session_connection(session, session->profile, &traject);
    if (!code) {
        enum traject_result result =
            traject_call(traject, command->method, request, NULL, (ProtobufCMessage **)&reply, &error);
        code = result ? command_fail(command, result, &error) : EXIT_DONE;
    }
    if (!code) {
        if (session->output == OUTPUT_TEXT)
            print_verified(session, reply);
        else
            output_reply(session, command, &reply->base, false);
        for (size_t i = 0; i < reply->n_trajectories; i++)
            code = reply->trajectories[i]->_misfit_case ? EXIT_REFUSED : code;
        traject__v1__verify_timeline_reply__free_unpacked(reply, NULL);
    }
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}

const struct command correction_commands[] = {
    {.name = "correct",
     .summary = N_("Correct an entry of the timeline; the old one stays readable."),
     .method = "CorrectEntry",
     .positional = {"event_id"},
     .options = correct_options,
     .done = N_("The entry is corrected."),
     .example = N_("traject correct 4711 --at \"2026-11-02 14:10\" --reason \"it was a day earlier\"")},
    {.name = "withdraw",
     .summary = N_("Withdraw an entry that should not be there; it stays readable."),
     .method = "WithdrawEntry",
     .positional = {"event_id"},
     .options = withdraw_options,
     .done = N_("The entry is withdrawn."),
     .example = N_("traject withdraw 4711 --reason \"it was about another client\"")},
    ITEM_STEP("correction made", N_("Tell a client, who asked for it, that an entry is corrected."),
              "correction_made", item_done_options, N_("The client is answered."),
              "traject correction made 1042 --words \"De datum klopt nu.\""),
    ITEM_STEP("correction declined", N_("Tell a client, who asked to correct an entry, why it stays."),
              "correction_declined", item_done_options, N_("The client is answered."),
              "traject correction declined 1042 --words \"Zo staat het in het contract.\""),
    ITEM_LIST("correction list", N_("What clients asked to correct and is not answered."), "kinds=correction",
              N_("Every client is answered."), "traject correction list --team Noord"),
    {.name = "rebuild",
     .summary = N_("Compare what follows from the timelines with what is stored; --repair makes it right."),
     .method = "RebuildState",
     .options = rebuild_options,
     .run = rebuild,
     .example = "traject rebuild"},
    {.name = "verify",
     .summary = N_("Does every entry of a client stand as it was recorded, and is none left out."),
     .method = "VerifyTimeline",
     .positional = {"client_number"},
     .run = verify,
     .example = "traject verify 1042"},
    {0},
};
