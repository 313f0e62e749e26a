/* The screen's loop: keys, answers, news and the clock, one at a time. */
#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "language.h"
#include "output.h"

enum {
    ROWS_MAX = 1000,  /* of a list that has pages */
    REST_MS = 1000,   /* between two questions for the list, however much changes */
    RETRY_MS = 5000,  /* after one that was not answered */
    CLOCK_MS = 30000, /* how late the next day is noticed at most */
};

int64_t screen_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void screen_say(struct screen *screen, char *message)
{
    free(screen->message);
    screen->message = message;
}

char *screen_error_text(const struct traject_error *error)
{
    char *text = when_localized(error->message ? error->message : _("out of memory"));
    output_tame(text);
    return text;
}

bool screen_unreachable(enum traject_result result, const struct traject_error *error)
{
    return result == TRAJECT_UNREACHABLE ||
           (result == TRAJECT_REFUSED && (error->code == TRAJECT__V1__CODE__UNAVAILABLE ||
                                          error->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED));
}

unsigned screen_ask(struct screen *screen, const char *method, const ProtobufCMessage *request,
                    const char *key)
{
    screen_calls_ask(screen->calls, ++screen->last_id, method, request, key);
    return screen->last_id;
}

void screen_ask_list(struct screen *screen)
{
    screen->wanted = screen->asked;
    if (screen->asked)
        return;
    screen->asked = screen_ask(screen, screen->command->method, screen->request, NULL);
    screen->asked_ms = screen_now_ms();
}

/* ---- answers ---- */

static void show_time(struct screen *screen)
{
    screen->session.now = time(NULL);
}

static void take_list(struct screen *screen, struct screen_answer *answer)
{
    screen->asked = 0;
    if (answer->reply) {
        show_time(screen);
        screen->listed_at = screen->session.now;
        screen_take_list(screen, answer->reply);
        answer->reply = NULL;
        screen_lay_out(screen);
    } else if (screen_unreachable(answer->result, &answer->error)) {
        screen->wanted = true;
        screen->asked_ms = screen_now_ms() + RETRY_MS - REST_MS;
    } else {
        screen_say(screen, screen_error_text(&answer->error));
    }
}

static const struct command *command_recording_contact(void)
{
    const struct command *command = case_commands;
    while (strcmp(command->method, "RecordContact") != 0)
        command++;
    return command;
}

struct recorded {
    const struct screen_contact *contact;
    const ProtobufCMessage *reply;
};

static void print_recorded(const struct session *session, const void *of)
{
    const struct recorded *recorded = of;
    struct command command = *command_recording_contact();
    command.done = _(recorded->contact->reached ? command.done : command.done_with);
    output_reply(session, &command, recorded->reply, false);
}

static void take_contact(struct screen *screen, struct screen_contact *contact, struct screen_answer *answer)
{
    if (!answer->reply) {
        screen_contact_failed(contact, answer->result, &answer->error);
        if (screen->contact != contact && contact->problem)
            screen_say(screen, strdup(contact->problem));
        return;
    }
    struct recorded recorded = {contact, answer->reply};
    show_time(screen);
    char *text = screen_printed(&screen->session, print_recorded, &recorded), *said;
    text[strcspn(text, "\n")] = '\0';
    if (asprintf(&said, _("Client %s: %s"), contact->client_number, text) < 0)
        abort();
    free(text);
    screen_say(screen, said);
    if (screen->contact == contact)
        screen->contact = NULL;
    screen_contact_free(&screen->contacts, contact);
    /* Where nothing is told of changes, at least of one's own. */
    screen->wanted = true;
}

static struct screen_contact *contact_asked(struct screen *screen, unsigned id)
{
    struct screen_contact *contact;
    SLIST_FOREACH(contact, &screen->contacts, link)
    {
        if (contact->asked == id)
            return contact;
    }
    return NULL;
}

static bool take_answer(struct screen *screen)
{
    struct screen_answer answer;
    if (!screen_calls_take_answer(screen->calls, &answer))
        return false;
    struct screen_contact *contact = contact_asked(screen, answer.id);
    if (answer.id == screen->asked)
        take_list(screen, &answer);
    else if (contact)
        take_contact(screen, contact, &answer);
    else
        screen_take_journey(screen, &answer);
    screen_answer_clear(&answer);
    return true;
}

/* ---- news ---- */

static void not_live(struct screen *screen, char *why)
{
    if (!screen->lost)
        screen->lost_at = time(NULL);
    screen->live = false;
    free(screen->why);
    screen->why = why;
    if (why)
        output_tame(why);
}

static bool take_news(struct screen *screen)
{
    struct screen_news news;
    if (!screen_calls_take_news(screen->calls, &news))
        return false;
    bool of_journey = screen->view == SCREEN_JOURNEY && screen->journey;
    switch (news.kind) {
    case SCREEN_LOST:
    case SCREEN_REFUSED:
        not_live(screen, news.text);
        screen->lost = news.kind == SCREEN_LOST;
        return true;
    case SCREEN_BEGUN:
    case SCREEN_FOUND:
        not_live(screen, NULL);
        screen->live = true;
        screen->lost = false;
        screen->wanted = true;
        break;
    case SCREEN_ENTRY:
        screen->wanted = true;
        of_journey = of_journey && strcmp(screen->journey, news.text) == 0;
        break;
    }
    if (of_journey)
        screen_ask_journey(screen);
    free(news.text);
    return true;
}

/* ---- the clock ---- */

/* Asks for the list when it is to be asked, there is a connection and the rest is over; returns how long may
 * be waited. */
static int keep_time(struct screen *screen)
{
    time_t now = time(NULL);
    if (when_days(screen->session.now, now)) {
        show_time(screen);
        screen->wanted = true;
        screen_lay_out(screen);
    }
    if (!screen->wanted || screen->asked || screen->lost)
        return CLOCK_MS;
    int64_t rest = screen->asked_ms + REST_MS - screen_now_ms();
    if (rest > 0)
        return (int)rest;
    screen_ask_list(screen);
    return CLOCK_MS;
}

/* Until who looks at it leaves, or the terminal or a process is gone: that returns false. */
static bool follow(struct screen *screen)
{
    struct pollfd sources[] = {{.fd = screen_calls_answer_fd(screen->calls), .events = POLLIN},
                               {.fd = screen_calls_news_fd(screen->calls), .events = POLLIN}};
    while (!screen->left) {
        int key, timeout_ms = keep_time(screen);
        screen_draw(screen);
        if (!screen_terminal_wait(sources, 2, timeout_ms))
            return true;
        if ((sources[0].revents && !take_answer(screen)) || (sources[1].revents && !take_news(screen)))
            return false;
        while (!screen->left && screen_terminal_key(&key))
            screen_press(screen, key);
    }
    return true;
}

/* ---- the command ---- */

/* Waits for the watch and then for the list, so that nothing between the two is missed; says what is refused
 * as the command on paper does. */
static enum exit_code begin(struct screen *screen)
{
    struct screen_answer answer = {0};
    while (!screen->live && (screen->lost || !screen->why)) {
        if (!take_news(screen))
            break;
    }
    screen_ask_list(screen);
    if (!screen_calls_take_answer(screen->calls, &answer))
        return EXIT_NOT_REACHED;
    if (!answer.reply)
        return command_fail(screen->command, answer.result, &answer.error);
    take_list(screen, &answer);
    screen->wanted = false;
    return EXIT_DONE;
}

static void free_screen(struct screen *screen)
{
    struct screen_contact *contact;
    screen_calls_free(screen->calls);
    screen_close_journey(screen);
    screen_free_lines(screen);
    screen_list_clear(&screen->list);
    if (screen->reply)
        protobuf_c_message_free_unpacked(screen->reply, NULL);
    while ((contact = SLIST_FIRST(&screen->contacts)))
        screen_contact_free(&screen->contacts, contact);
    screen_edit_clear(&screen->sought);
    free(screen->title);
    free(screen->pattern);
    free(screen->message);
    free(screen->why);
}

/* "Board", with the options that narrow it: "Board, team Noord". */
static char *make_title(const struct command *command, const struct arguments *arguments)
{
    static const struct {
        const char *method, *title;
    } titles[] = {{"GetBoard", N_("Board")}, {"ListWithoutContact", N_("Without contact")}};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (strcmp(titles[i].method, command->method) == 0)
            fputs(_(titles[i].title), out);
    }
    for (int i = 0; command->options[i].name; i++) {
        if (command->options[i].argument && arguments->options[i])
            fprintf(out, ", %s", arguments->options[i]);
    }
    fclose(out);
    return text;
}

static enum exit_code refuse(const struct command *command, const char *why)
{
    output_line(stderr, _("traject %s: --watch needs a screen: %s; leave it out to have the list once"),
                command->name, why);
    return EXIT_USAGE;
}

/* Why it cannot be a screen, or NULL. */
static const char *unfit(const struct session *session, const struct command *command,
                         const struct arguments *arguments)
{
    return !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ? _("the input or the output is no terminal")
           : session->output != OUTPUT_TEXT                ? _("--output asks for something else")
           : session->max_staleness_ms                     ? _("--stale asks for an older record")
           : command_option(command, arguments, "as-of")   ? _("--as-of asks for an earlier moment")
           : session->in_script                            ? _("the commands come from a script")
                                                           : NULL;
}

static enum exit_code open_screen(struct session *session, const struct command *command,
                                  ProtobufCMessage *request, const struct arguments *arguments)
{
    struct screen screen = {.session = *session, .command = command, .request = request, .view = SCREEN_LIST};
    struct traject *traject;
    const ProtobufCFieldDescriptor *size =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "page_size");
    char *why;
    if (size)
        field_put(request, size, &(int32_t){ROWS_MAX});
    /* What cannot be reached at all is said as of every command; the screen's own processes connect anew. */
    enum exit_code code = session_connection(session, session->profile, &traject);
    session_close(session);
    if (code)
        return code;
    screen.title = make_title(command, arguments);
    screen.calls = screen_calls_new(session->profile, command_option(command, arguments, "team"));
    if (!screen.calls) {
        output_line(stderr, "traject %s: %s", command->name, strerror(errno));
        code = EXIT_REFUSED;
    } else {
        code = begin(&screen);
    }
    if (!code && screen_terminal_start(session->colour, &why)) {
        screen_lay_out(&screen);
        bool whole = follow(&screen);
        screen_terminal_stop();
        if (!whole) {
            fprintf(stderr, _("traject %s: a part of this program has ended; start it again\n"),
                    command->name);
            code = EXIT_REFUSED;
        }
    } else if (!code) {
        code = refuse(command, why);
        free(why);
    }
    free_screen(&screen);
    return code;
}

enum exit_code screen_run(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command);
    struct arguments arguments;
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    bool watch = !code && command_option(command, &arguments, "watch");
    if (watch) {
        const char *why = unfit(session, command, &arguments);
        code = why ? refuse(command, why) : open_screen(session, command, request, &arguments);
    }
    protobuf_c_message_free_unpacked(request, NULL);
    return code || watch ? code : command_call(session, command, argc, argv);
}
