#include "question.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "prompt.h"
#include "template.h"
#include "words.h"

enum { FOUND_MAX = 20 };

struct asking {
    struct session *session;
    const struct command *command;
    ProtobufCMessage *request;
    struct prompt *prompt;
    struct traject *traject; /* NULL when the server is away */
    struct choices found;    /* clients that were shown, "1001 Fatima Bakker" */
    struct choices choices;  /* of the question that is asked */
};

bool question_may_be_asked(const struct session *session, const struct command *command)
{
    return command->questions && session->output == OUTPUT_TEXT && !session->in_script &&
           isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessage *message, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
}

/* ---- one of a few ---- */

static void complete_choice(void *context, const char *typed, struct choices *choices)
{
    const struct asking *asking = context;
    for (size_t i = 0; i < asking->choices.count; i++) {
        if (strncasecmp(asking->choices.texts[i], typed, strlen(typed)) == 0)
            choices_add(choices, asking->choices.texts[i]);
    }
}

/* The choice that begins so, when it is the only one; else what was typed. */
static const char *chosen(const struct asking *asking, const char *typed)
{
    const char *found = NULL;
    for (size_t i = 0; i < asking->choices.count; i++) {
        const char *choice = asking->choices.texts[i];
        if (strcasecmp(choice, typed) == 0)
            return choice;
        if (strncasecmp(choice, typed, strlen(typed)) != 0)
            continue;
        if (found)
            return typed;
        found = choice;
    }
    return found ? found : typed;
}

static void offer(struct asking *asking, const ProtobufCFieldDescriptor *field)
{
    choices_clear(&asking->choices);
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        choices_add(&asking->choices, _("yes"));
        choices_add(&asking->choices, _("no"));
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        char *all = enum_choices(field->descriptor), *rest = NULL;
        output_hanging(asking->session, "  ", 2, all);
        for (char *one = strtok_r(all, ", ", &rest); one; one = strtok_r(NULL, ", ", &rest))
            choices_add(&asking->choices, one);
        free(all);
    }
}

/* The default is yes. Returns -1 when it was given up, else whether. */
static int ask_yes(struct asking *asking, const char *text)
{
    choices_clear(&asking->choices);
    choices_add(&asking->choices, _("yes"));
    choices_add(&asking->choices, _("no"));
    for (;;) {
        char *line = prompt_line(asking->prompt, text, complete_choice, asking);
        if (!line)
            return -1;
        const char *answer = *line ? chosen(asking, line) : asking->choices.texts[0];
        int yes = strcmp(answer, asking->choices.texts[0]) == 0   ? 1
                  : strcmp(answer, asking->choices.texts[1]) == 0 ? 0
                                                                  : -1;
        free(line);
        if (yes >= 0)
            return yes;
        fputs(_("Answer yes or no.\n"), stdout);
    }
}

/* ---- a client ---- */

static void say_offline(void)
{
    puts(_("What you enter is kept here, sealed, until the server is back. Names cannot be looked up: give "
           "the client's "
           "number."));
}

/* Clients by a number or words of a name, each "NUMBER NAME". Returns false when they cannot be looked up,
 * now and from then on. */
static bool find_clients(struct asking *asking, const char *query, struct choices *found)
{
    Traject__V1__FindClientsRequest request = TRAJECT__V1__FIND_CLIENTS_REQUEST__INIT;
    ProtobufCMessage *message;
    struct traject_error error = {0};
    request.query = (char *)(uintptr_t)query;
    request._page_size_case = TRAJECT__V1__FIND_CLIENTS_REQUEST___PAGE_SIZE_PAGE_SIZE;
    request.page_size = FOUND_MAX;
    enum traject_result result =
        traject_call(asking->traject, "FindClients", &request.base, NULL, &message, &error);
    if (result) {
        bool away = session_is_away(result, &error);
        fputc('\n', stdout);
        session_fail(result, &error);
        if (away) {
            say_offline();
            asking->traject = NULL;
        }
        return false;
    }
    const Traject__V1__FindClientsReply *reply = (const Traject__V1__FindClientsReply *)message;
    for (size_t i = 0; i < reply->n_clients; i++) {
        char *text = template_text("{client_number}[ {full_name}]", &reply->clients[i]->base);
        choices_add(found, text);
        free(text);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    return true;
}

static void complete_client(void *context, const char *typed, struct choices *choices)
{
    struct asking *asking = context;
    if (!asking->traject || !*typed || !find_clients(asking, typed, choices))
        return;
    choices_clear(&asking->found);
    for (size_t i = 0; i < choices->count; i++)
        choices_add(&asking->found, choices->texts[i]);
}

static char *number_of(const char *client)
{
    return strndup(client, strcspn(client, " "));
}

/* Whether the client begins with that number and then a blank or nothing. */
static bool has_number(const char *client, const char *number)
{
    size_t length = strlen(number);
    return strncmp(client, number, length) == 0 && (!client[length] || client[length] == ' ');
}

/* The one that the line is, that has it as its number, or that alone was found. */
static const char *only_one(const struct choices *found, const char *line)
{
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->texts[i], line) == 0 || has_number(found->texts[i], line))
            return found->texts[i];
    }
    /* A number that is only a part of another one's is nobody's. */
    bool is_number = !line[strspn(line, "0123456789")];
    return found->count == 1 && !is_number ? found->texts[0] : NULL;
}

/* The number of the client that was meant, to free, once it is shown who that is; NULL when it is not clear.
 */
static char *choose_client(struct asking *asking, const char *line)
{
    /* Where nobody can be looked up the number is taken as it is typed. */
    if (!asking->traject)
        return number_of(line);
    for (size_t i = 0; i < asking->found.count; i++) {
        if (strcmp(asking->found.texts[i], line) == 0)
            return number_of(line);
    }
    choices_clear(&asking->found);
    if (!find_clients(asking, line, &asking->found))
        return NULL;
    const char *one = only_one(&asking->found, line);
    if (one) {
        printf("  %s\n", one);
        return number_of(one);
    }
    if (!asking->found.count)
        puts(_("Nobody found among the clients that you may see."));
    for (size_t i = 0; i < asking->found.count; i++)
        printf("  %s\n", asking->found.texts[i]);
    return NULL;
}

/* ---- any field ---- */

/* Lines until an empty one. */
static char *ask_words(struct asking *asking, const char *text)
{
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    char *line = prompt_line(asking->prompt, text, NULL, NULL);
    bool given_up = !line;
    for (bool first = true; line && *line; first = false) {
        fprintf(out, "%s%s", first ? "" : "\n", line);
        free(line);
        line = prompt_line(asking->prompt, "  ", NULL, NULL);
        given_up = !line;
    }
    free(line);
    fclose(out);
    if (given_up) {
        free(words);
        return NULL;
    }
    return words;
}

static const struct option *option_for(const struct command *command, const char *field)
{
    for (const struct option *o = command->options; o && o->name; o++) {
        if (o->field && strcmp(o->field, field) == 0)
            return o;
    }
    return NULL;
}

static bool is_given(const struct command *command, const struct arguments *arguments, const char *field)
{
    for (int i = 0; i < WORDS_MAX && command->positional[i]; i++) {
        if (arguments->positional[i] && strcmp(command->positional[i], field) == 0)
            return true;
    }
    for (const struct option *o = command->options; o && o->name; o++) {
        if (o->field && strcmp(o->field, field) == 0 && arguments->options[o - command->options])
            return true;
    }
    return false;
}

/* What the field is to be, as an option would say it; "" for nothing, NULL when it was given up. To free. */
static char *ask_line(struct asking *asking, const struct question *question,
                      const ProtobufCFieldDescriptor *field)
{
    char *text;
    bool client = strcmp(field->name, "client_number") == 0, words = strcmp(field->name, "words") == 0;
    offer(asking, field);
    if (asprintf(&text, "%s ", _(question->text)) < 0)
        abort();
    char *line;
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        int yes = ask_yes(asking, text);
        line = yes < 0 ? NULL : strdup(yes ? "true" : "false");
    } else if (words) {
        line = ask_words(asking, text);
    } else {
        line = prompt_line(asking->prompt, text, client ? complete_client : complete_choice, asking);
    }
    if (line && *line && (client || field->type == PROTOBUF_C_TYPE_ENUM)) {
        char *typed = line;
        line = client ? choose_client(asking, typed) : strdup(chosen(asking, typed));
        if (!line)
            line = strdup(""); /* asked again: a client is always needed */
        free(typed);
    }
    free(text);
    return line;
}

/* Asks until the field is set, or may stay unset. */
static enum exit_code ask_field(struct asking *asking, const struct question *question,
                                struct arguments *arguments)
{
    const ProtobufCFieldDescriptor *field = field_named(asking->request, question->field);
    const struct option *option = option_for(asking->command, question->field);
    for (;;) {
        char *reason = NULL, *line = ask_line(asking, question, field);
        if (!line)
            return EXIT_REFUSED;
        bool done = *line ? field_from_text(asking->request, field->name, line, asking->session->now,
                                            option ? option->day : WHEN_NOON, &reason) == 0
                          : field_may_be_absent(field) && !question->needed;
        /* As if the flag was given, for what the command says when it is done. */
        if (done && option && option->value && strcmp(option->value, line) == 0)
            arguments->options[option - asking->command->options] = "true";
        if (reason)
            output_line(stdout, "%s", reason);
        free(reason);
        free(line);
        if (done)
            return EXIT_DONE;
    }
}

/* ---- a whole command ---- */

static enum exit_code confirm(struct asking *asking, const struct arguments *arguments)
{
    struct session *session = asking->session;
    const ProtobufCFieldDescriptor *words = field_named(asking->request, "words");
    struct command given = command_as_given(asking->command, arguments);
    char *about = template_text(_(given.waiting), asking->request);
    output_line(session->out, _("This will be recorded: %s."), about);
    free(about);
    if (words && field_count(asking->request, words))
        output_hanging(session, "", 2, *(char *const *)field_value(asking->request, words, 0));
    char *text;
    if (asprintf(&text, "%s ", _("Is that right? (yes)")) < 0)
        abort();
    int yes = ask_yes(asking, text);
    free(text);
    return yes == 1 ? EXIT_DONE : EXIT_REFUSED;
}

enum exit_code question_ask(struct session *session, const struct command *command, ProtobufCMessage *request,
                            struct arguments *arguments)
{
    struct asking asking = {.session = session, .command = command, .request = request};
    struct traject_error error = {0};
    enum traject_result result = session_reach(session, session->profile, &asking.traject, &error);
    if (result) {
        bool away = session_is_away(result, &error);
        enum exit_code code = session_fail(result, &error);
        if (!away)
            return code;
        asking.traject = NULL;
        say_offline();
    }
    asking.prompt = prompt_new();
    enum exit_code code = EXIT_DONE;
    for (const struct question *q = command->questions; q->field && !code; q++) {
        if (!is_given(command, arguments, q->field))
            code = ask_field(&asking, q, arguments);
    }
    if (!code)
        code = confirm(&asking, arguments);
    if (code)
        puts(_("Nothing is recorded."));
    arguments->asked = true;
    prompt_free(asking.prompt);
    choices_clear(&asking.found);
    choices_clear(&asking.choices);
    return code;
}

void question_plan(struct session *session, const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *due = field_named(reply, "contact_due_at");
    if (!due || !field_count(reply, due))
        return;
    struct prompt *prompt = prompt_new();
    char *text, *number = template_text("{client_number}", request),
                *channel = template_text("{channel}", request);
    if (asprintf(&text, "%s ", _("Plan an appointment for it? A day and time, or Enter for none:")) < 0)
        abort();
    enum exit_code code = EXIT_USAGE;
    char *line = NULL;
    while (code == EXIT_USAGE && (line = prompt_line(prompt, text, NULL, NULL))) {
        char *words[] = {"appointment", "plan", number, "--on", line, "--channel", channel, NULL};
        code = *line ? command_run(session, sizeof words / sizeof *words - 1, words) : EXIT_DONE;
        free(line);
    }
    free(text);
    free(number);
    free(channel);
    prompt_free(prompt);
}
