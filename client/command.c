#include "command.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "offline.h"
#include "output.h"
#include "question.h"
#include "template.h"
#include "words.h"

enum { PAGE_MAX = 1000, NAMES_MAX = 200 };

/* ---- arguments into a request ---- */

ProtobufCMessage *command_request(const struct command *command)
{
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, command->method);
    if (!method)
        method = protobuf_c_service_descriptor_get_method_by_name(&traject__v1__session__descriptor,
                                                                  command->method);
    ProtobufCMessage *message = calloc(1, method->input->sizeof_message);
    method->input->message_init(message);
    return message;
}

static int set_field(ProtobufCMessage *request, const char *name, const char *text, time_t now,
                     enum when_day day, const char *what)
{
    char *reason = NULL;
    if (field_from_text(request, name, text, now, day, &reason) == 0)
        return 0;
    fprintf(stderr, "traject: %s: %s\n", what, reason ? reason : _("out of memory"));
    free(reason);
    return -1;
}

static const struct option *find_option(const struct command *command, const char *name, size_t length)
{
    for (const struct option *o = command->options; o && o->name; o++) {
        if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
            return o;
    }
    return NULL;
}

static enum exit_code unknown_option(const struct command *command, const char *name, size_t length)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (const struct option *o = command->options; o && o->name && count < NAMES_MAX - 5; o++)
        names[count++] = o->name;
    static const char *const others[] = {"output", "profile", "stale", "help", "limit"};
    for (size_t i = 0; i < sizeof others / sizeof *others - !command->limit; i++)
        names[count++] = others[i];
    char *typed = strndup(name, length);
    const char *near = nearest(typed, names, count);
    if (near)
        fprintf(stderr, _("traject %s: there is no option --%s; did you mean --%s?\n"), command->name, typed,
                near);
    else
        fprintf(stderr, _("traject %s: there is no option --%s\n"), command->name, typed);
    fprintf(stderr, _("Try 'traject %s --help'.\n"), command->name);
    free(typed);
    return EXIT_USAGE;
}

/* Words "-" are read from standard input, so that they stay out of the shell's history. */
static char *words_from_input(void)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t length = getdelim(&text, &size, '\0', stdin);
    if (length < 1 || !text[length - 1]) {
        free(text);
        return NULL;
    }
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    return text;
}

static void preset(const struct command *command, ProtobufCMessage *request, time_t now)
{
    char *pairs = command->preset ? strdup(command->preset) : NULL, *rest = NULL;
    for (char *pair = pairs ? strtok_r(pairs, " ", &rest) : NULL; pair; pair = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(pair, '=');
        *value++ = '\0';
        set_field(request, pair, value, now, WHEN_NOON, pair);
    }
    free(pairs);
}

/* The first option that must be given and is not, or NULL. */
static const struct option *missing_option(const struct command *command, const ProtobufCMessage *request)
{
    for (unsigned i = 0; i < request->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &request->descriptor->fields[i];
        if (field_may_be_absent(field))
            continue;
        const void *value = field_value(request, field, 0);
        bool missing = (field->type == PROTOBUF_C_TYPE_STRING && !**(char *const *)value) ||
                       (field->type == PROTOBUF_C_TYPE_ENUM && !*(const int *)value);
        if (!missing)
            continue;
        for (const struct option *o = command->options; o && o->name; o++) {
            if (o->field && o->argument && strcmp(o->field, field->name) == 0)
                return o;
        }
    }
    return NULL;
}

/* Asks for what is missing where somebody can answer, else says what it is. */
static enum exit_code complete(struct session *session, const struct command *command, int positional,
                               ProtobufCMessage *request, struct arguments *arguments)
{
    const char *word = positional < WORDS_MAX ? command->positional[positional] : NULL;
    bool misses_word = word && *word != '?';
    const struct option *option = request ? missing_option(command, request) : NULL;
    if ((misses_word || option) && question_may_be_asked(session, command))
        return question_ask(session, command, request, arguments);
    if (misses_word)
        fprintf(stderr, _("traject %s: %s is missing\n"), command->name, _(word));
    else if (option)
        fprintf(stderr, _("traject %s: --%s is missing\n"), command->name, option->name);
    else
        return EXIT_DONE;
    command_usage(stderr, command);
    fprintf(stderr, _("Try 'traject %s --help'.\n"), command->name);
    return EXIT_USAGE;
}

static bool option_repeats(const ProtobufCMessage *request, const struct option *option)
{
    const ProtobufCFieldDescriptor *field =
        request && option->field
            ? protobuf_c_message_descriptor_get_field_by_name(request->descriptor, option->field)
            : NULL;
    return field && field->label == PROTOBUF_C_LABEL_REPEATED;
}

enum exit_code command_parse(struct session *session, const struct command *command, int argc, char **argv,
                             ProtobufCMessage *request, struct arguments *arguments)
{
    int positional = 0;
    bool options_ended = false;
    preset(command, request, session->now);
    *arguments = (struct arguments){.limit = session->output == OUTPUT_TEXT ? command->limit : LONG_MAX};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
            continue;
        }
        if (options_ended || strncmp(word, "--", 2) != 0) {
            if (positional == WORDS_MAX || !command->positional[positional]) {
                fprintf(stderr, _("traject %s: unexpected argument '%s'\n"), command->name, word);
                command_usage(stderr, command);
                return EXIT_USAGE;
            }
            const char *field = command->positional[positional];
            arguments->positional[positional++] = word;
            field += *field == '?';
            if (request && set_field(request, field, word, session->now, WHEN_NOON, _(field)))
                return EXIT_USAGE;
            continue;
        }
        size_t length = strcspn(word + 2, "=");
        const char *value = word[2 + length] ? word + 3 + length : NULL;
        bool is_limit = command->limit && length == 5 && strncmp(word + 2, "limit", 5) == 0;
        const struct option *option = find_option(command, word + 2, length);
        if (!option && !is_limit)
            return unknown_option(command, word + 2, length);
        if (!option || option->argument) {
            if (!value && i + 1 < argc)
                value = argv[++i];
            if (!value) {
                fprintf(stderr, _("traject %s: %s needs a value\n"), command->name, word);
                return EXIT_USAGE;
            }
        } else if (value) {
            fprintf(stderr, _("traject %s: --%s takes no value\n"), command->name, option->name);
            return EXIT_USAGE;
        }
        if (is_limit) {
            char *end;
            arguments->limit = strtol(value, &end, 10);
            if (*end || arguments->limit < 1) {
                fprintf(stderr, _("traject %s: --limit is \"%s\"; give a number from 1\n"), command->name,
                        value);
                return EXIT_USAGE;
            }
            continue;
        }
        const char **given = &arguments->options[option - command->options];
        if (*given && option->argument && !option_repeats(request, option)) {
            fprintf(stderr, _("traject %s: --%s is given twice; give it once\n"), command->name,
                    option->name);
            return EXIT_USAGE;
        }
        *given = option->argument ? value : "true";
        if (!option->field)
            continue;
        char *input = NULL;
        if (option->argument && strcmp(option->field, "words") == 0 && strcmp(value, "-") == 0 &&
            !(value = input = words_from_input())) {
            fprintf(stderr,
                    _("traject %s: standard input, for --words -, is empty or holds a NUL character\n"),
                    command->name);
            return EXIT_USAGE;
        }
        int set = set_field(request, option->field, option->argument ? value : option->value, session->now,
                            option->day, word);
        free(input);
        if (set)
            return EXIT_USAGE;
    }
    return complete(session, command, positional, request, arguments);
}

const char *command_option(const struct command *command, const struct arguments *arguments, const char *name)
{
    const struct option *option = find_option(command, name, strlen(name));
    return option ? arguments->options[option - command->options] : NULL;
}

struct command command_as_given(const struct command *command, const struct arguments *arguments)
{
    struct command given = *command;
    if (command->done_option && command_option(command, arguments, command->done_option)) {
        given.done = command->done_with;
        given.waiting = command->waiting_with;
    }
    return given;
}

/* ---- calling ---- */

/* The server speaks of the request's field; who typed an option knows it by that name. */
enum exit_code command_fail(const struct command *command, enum traject_result result,
                            struct traject_error *error)
{
    const char *message = error->message ? error->message : "";
    /* A constraint of the database says it in its words alone; with an underscore it is no word of a
     * sentence. */
    size_t length = strcspn(message, " ");
    bool named = error->field ? strlen(error->field) == length && strncmp(message, error->field, length) == 0
                              : memchr(message, '_', length) != NULL;
    for (const struct option *o = command->options; named && o && o->name; o++) {
        char *said;
        if (!o->field || !o->argument || strlen(o->field) != length ||
            strncmp(message, o->field, length) != 0)
            continue;
        if (asprintf(&said, "--%s%s", o->name, message + length) < 0)
            break;
        free(error->message);
        error->message = said;
        break;
    }
    return session_fail(result, error);
}

enum exit_code command_pages(struct traject *traject, const struct command *command,
                             ProtobufCMessage *request, long limit, ProtobufCMessage **whole, bool *more)
{
    const ProtobufCFieldDescriptor *size =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "page_size");
    const ProtobufCFieldDescriptor *token =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "page_token");
    uint8_t *packed = NULL;
    size_t packed_length = 0;
    const ProtobufCMessageDescriptor *output = NULL;
    struct traject_error error = {0};
    enum traject_result result = TRAJECT_OK;
    *more = false;
    for (;;) {
        int32_t page = limit < PAGE_MAX ? (int32_t)limit + 1 : PAGE_MAX;
        field_put(request, size, &page);
        ProtobufCMessage *reply;
        result = traject_call(traject, command->method, request, NULL, &reply, &error);
        if (result)
            break;
        output = reply->descriptor;
        const ProtobufCFieldDescriptor *list = output_list(reply);
        size_t rows = field_count(reply, list), length = protobuf_c_message_get_packed_size(reply);
        packed = realloc(packed, packed_length + length + 1);
        packed_length += protobuf_c_message_pack(reply, packed + packed_length);
        limit -= (long)rows;
        bool full = rows == (size_t)page;
        char *next = NULL;
        if (full && token) {
            const ProtobufCMessage *last = *(ProtobufCMessage *const *)field_value(reply, list, rows - 1);
            next = strdup(*(char *const *)field_value(
                last, protobuf_c_message_descriptor_get_field_by_name(last->descriptor, "page_token"), 0));
            if (field_count(request, token))
                free(*(char **)(uintptr_t)field_value(request, token, 0));
            field_put(request, token, &next);
        }
        protobuf_c_message_free_unpacked(reply, NULL);
        *more = limit < 0 || (full && !token);
        if (!full || limit < 0 || !token)
            break;
    }
    if (!result) {
        *whole = protobuf_c_message_unpack(output, NULL, packed_length, packed);
        for (; limit < 0; limit++)
            field_drop_last(*whole, output_list(*whole));
    }
    free(packed);
    return result ? command_fail(command, result, &error) : EXIT_DONE;
}

/* An answer about another moment is seen from there, so "ago" counts back from it. */
static time_t seen_from(const struct session *session, const ProtobufCMessage *request)
{
    const ProtobufCFieldDescriptor *as_of =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "as_of");
    if (!as_of || !field_count(request, as_of))
        return session->now;
    const Google__Protobuf__Timestamp *moment =
        *(Google__Protobuf__Timestamp *const *)field_value(request, as_of, 0);
    char exact[60];
    when_exact(moment->seconds, exact, sizeof exact);
    if (session->output == OUTPUT_TEXT)
        fprintf(session->out, _("As it was on %s; \"ago\" counts back from then.\n\n"), exact);
    return (time_t)moment->seconds;
}

/* May it wait: it says so, and whoever asked reads what becomes of it. A program that reads another form, or
 * a script, is run again. */
static bool may_wait(const struct session *session, const struct command *command)
{
    return command->waiting && session->output == OUTPUT_TEXT && !session->in_script;
}

/* What waits happened when it was entered; and so that a request is the same when it is sent again, it says
 * that from the first time on: by the server's clock, unless that cannot be reached. */
static void put_moment(ProtobufCMessage *request, const struct traject *reached)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "occurred_at");
    struct timespec now;
    if (!field || field_count(request, field))
        return;
    if (reached)
        traject_now(reached, &now);
    else
        clock_gettime(CLOCK_REALTIME, &now);
    Google__Protobuf__Timestamp *moment = malloc(sizeof *moment);
    google__protobuf__timestamp__init(moment);
    moment->seconds = now.tv_sec;
    moment->nanos = (int32_t)(now.tv_nsec / 1000 * 1000);
    field_put(request, field, &moment);
}

static enum exit_code call(struct session *session, const struct command *command, ProtobufCMessage *request,
                           ProtobufCMessage **reply)
{
    char key[TRAJECT_KEY_SIZE];
    struct traject *traject;
    struct traject_error error = {0};
    bool waits = may_wait(session, command);
    if (session->key_seed)
        traject_derive_key(session->key_seed, strlen(session->key_seed), key);
    else
        traject_new_key(key);
    enum traject_result result = session_reach(session, session->profile, &traject, &error);
    if (waits)
        put_moment(request, result ? NULL : traject);
    if (!result)
        result = traject_call(traject, command->method, request, key, reply, &error);
    if (waits && session_is_away(result, &error))
        return offline_keep(session, command, request, key, &error);
    return result ? command_fail(command, result, &error) : EXIT_DONE;
}

enum exit_code command_call(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command), *reply = NULL;
    struct traject *traject;
    struct arguments arguments;
    struct command given = *command;
    bool more = false;
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    if (!code && command->limit) {
        code = session_connection(session, session->profile, &traject);
        if (!code)
            code = command_pages(traject, command, request, arguments.limit, &reply, &more);
    } else if (!code) {
        given = command_as_given(command, &arguments);
        code = call(session, &given, request, &reply);
    }
    /* No reply, and yet done: it waits, as was said. */
    if (reply && session->out) {
        struct session seen = *session;
        seen.now = seen_from(session, request);
        struct command shown = given;
        char *done = shown.done ? template_text(_(shown.done), request) : NULL;
        shown.done = done;
        output_reply(&seen, &shown, reply, more);
        free(done);
        if (arguments.asked && command->next_contact)
            question_plan(session, request, reply);
    }
    if (reply)
        protobuf_c_message_free_unpacked(reply, NULL);
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}
