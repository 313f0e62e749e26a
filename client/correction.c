/* Commands about what was entered wrong. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "items.h"
#include "options.h"
#include "output.h"
#include "template.h"

static const struct option correct_options[] = {
    {"reason", "TEXT", "reason", NULL, "why it is corrected", 0},
    {"at", "MOMENT", "occurred_at", NULL, "when it happened", 0},
    {"words", "TEXT", "words", NULL, "in words; - reads standard input", 0},
    {"entry-reason", "TEXT", "entry_reason", NULL, "the reason in the entry: of a move, a return ...", 0},
    {"stage", "STAGE", "stage", NULL, "the stage moved to, or begun in", 0},
    {"channel", "CHANNEL", "channel", NULL, "how the contact was", 0},
    {"with", "WHOM", "counterpart", NULL, "with whom the contact was", 0},
    {"reached", NULL, "reached", "true", "somebody did answer", 0},
    {"no-answer", NULL, "reached", "false", "nobody answered", 0},
    {"contact-by", "WORKER", "worker", NULL, "who had the contact", 0},
    {"kind", "KIND", "trajectory_kind", NULL, "the kind of trajectory", 0},
    {"outcome", "OUTCOME", "outcome", NULL, "how the trajectory ended", 0},
    {"what", "TEXT", "what", NULL, "what it is about", 0},
    {"from", "MOMENT", "begins_at", NULL, "from when", WHEN_START | WHEN_AHEAD},
    {"until", "MOMENT", "due_at", NULL, "until when, by when, for when", WHEN_END | WHEN_AHEAD},
    {"hours", "HOURS", "hours", NULL, "a week", 0},
    {"percentage", "NUMBER", "percentage", NULL, "the wage value", 0},
    {"by-whom", "NAME", "by_whom", NULL, "who measured, who does it, with whom it lies", 0},
    {"contract", "KIND", "contract", NULL, "temporary or permanent", 0},
    {"scheme", "SCHEME", "scheme", NULL, "which scheme", 0},
    {"ending", "ENDING", "ending", NULL, "how it ended", 0},
    {"initiator", "WHO", "initiator", NULL, "who took the first step", 0},
    {"direction", "DIRECTION", "direction", NULL, "from which side", 0},
    {"form", "FORM", "form", NULL, "the form of first contact", 0},
    {"party", "PARTY", "party", NULL, "whose agreement", 0},
    {"relation", "TEXT", "relation", NULL, "of a network person", 0},
    {"may-be-told", "TEXT", "may_be_told", NULL, "what a network person may be told", 0},
    {"group", "NAME", "grouped_as", NULL, "the group of a bottleneck", 0},
    OPTION_FOR,
    OPTION_EXPECT,
    {0},
};
static const struct option withdraw_options[] = {
    {"reason", "TEXT", "reason", NULL, "why it should not be there", 0},
    OPTION_EXPECT,
    {0},
};
static const struct option rebuild_options[] = {
    {"repair", NULL, "repair", "true", "make right what differs", 0},
    {0},
};

static const char *const misfit_sentences[] = {
    [TRAJECT__V1__MISFIT__MISFIT_UNSPECIFIED] =
        "Trajectory {trajectory}: all {entries} entries stand as they were recorded. Head: {head}",
    [TRAJECT__V1__MISFIT__MISFIT_CHANGED] = "Trajectory {trajectory}: entry {event_id} was changed.",
    [TRAJECT__V1__MISFIT__MISFIT_MISSING] =
        "Trajectory {trajectory}: entries are missing[ before entry {event_id}].",
    [TRAJECT__V1__MISFIT__MISFIT_INSERTED] = "Trajectory {trajectory}: entry {event_id} was inserted.",
    [TRAJECT__V1__MISFIT__MISFIT_OUT_OF_ORDER] =
        "Trajectory {trajectory}: entry {event_id} is out of order, or was inserted.",
    [TRAJECT__V1__MISFIT__MISFIT_SIGNED_OTHERWISE] =
        "Trajectory {trajectory}: entry {event_id}, or one before it, is not what was signed.",
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
    for (size_t i = 0; i < different; i++)
        output_line(session->out, "%s", whole->different[i]);
    fprintf(session->out, "%d trajectories compared with their entries; %zu %s%s.\n", whole->checked,
            different, different == 1 ? "differs" : "differ",
            different ? repaired ? ", and made right" : "; make them right with --repair" : "");
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
                                   ? misfit_sentences[trajectory->misfit]
                                   : "Trajectory {trajectory}: does not fit[, from entry {event_id} on].";
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
     .summary = "Correct an entry of the timeline; the old one stays readable.",
     .method = "CorrectEntry",
     .positional = {"event_id"},
     .options = correct_options,
     .done = "The entry is corrected.",
     .example = "traject correct 4711 --at \"2026-11-02 14:10\" --reason \"it was a day earlier\""},
    {.name = "withdraw",
     .summary = "Withdraw an entry that should not be there; it stays readable.",
     .method = "WithdrawEntry",
     .positional = {"event_id"},
     .options = withdraw_options,
     .done = "The entry is withdrawn.",
     .example = "traject withdraw 4711 --reason \"it was about another client\""},
    ITEM_STEP("correction made", "Tell a client, who asked for it, that an entry is corrected.",
              "correction_made", item_done_options, "The client is answered.",
              "traject correction made 1042 --words \"De datum klopt nu.\""),
    ITEM_STEP("correction declined", "Tell a client, who asked to correct an entry, why it stays.",
              "correction_declined", item_done_options, "The client is answered.",
              "traject correction declined 1042 --words \"Zo staat het in het contract.\""),
    ITEM_LIST("correction list", "What clients asked to correct and is not answered.", "kinds=correction",
              "Every client is answered.", "traject correction list --team Noord"),
    {.name = "rebuild",
     .summary = "Compare what follows from the timelines with what is stored; --repair makes it right.",
     .method = "RebuildState",
     .options = rebuild_options,
     .run = rebuild,
     .example = "traject rebuild"},
    {.name = "verify",
     .summary = "Does every entry of a client stand as it was recorded, and is none left out.",
     .method = "VerifyTimeline",
     .positional = {"client_number"},
     .run = verify,
     .example = "traject verify 1042"},
    {0},
};
