#include "screen_calls.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECT_AGAIN_SECONDS = 2 };

struct helper {
    pid_t process;
    int socket;
};

struct screen_calls {
    struct helper caller, watcher;
};

/* ---- what the processes tell each other: within one program, so as memory has it ---- */

struct parcel {
    unsigned id;
    int result, code;
    char *texts[2]; /* of a call: method, key; of an answer: method or what is wrong, field; "" is none */
    uint8_t *body;
    size_t length;
};

struct heading {
    unsigned id;
    int result, code;
    size_t lengths[3];
};

static bool send_all(int fd, const void *bytes, size_t length)
{
    for (const char *at = bytes; length > 0;) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool send_parcel(int fd, const struct parcel *parcel)
{
    struct heading heading = {
        parcel->id,
        parcel->result,
        parcel->code,
        {strlen(parcel->texts[0]), strlen(parcel->texts[1]), parcel->length},
    };
    return send_all(fd, &heading, sizeof heading) && send_all(fd, parcel->texts[0], heading.lengths[0]) &&
           send_all(fd, parcel->texts[1], heading.lengths[1]) && send_all(fd, parcel->body, parcel->length);
}

static bool receive_all(int fd, void *bytes, size_t length)
{
    return !length || recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

static void clear_parcel(struct parcel *parcel)
{
    free(parcel->texts[0]);
    free(parcel->texts[1]);
    free(parcel->body);
}

/* The parts, each with a NUL behind it, are to be freed also when this fails. */
static bool receive_parcel(int fd, struct parcel *parcel)
{
    struct heading heading;
    *parcel = (struct parcel){0};
    if (!receive_all(fd, &heading, sizeof heading))
        return false;
    parcel->id = heading.id;
    parcel->result = heading.result;
    parcel->code = heading.code;
    parcel->length = heading.lengths[2];
    parcel->texts[0] = calloc(1, heading.lengths[0] + 1);
    parcel->texts[1] = calloc(1, heading.lengths[1] + 1);
    parcel->body = calloc(1, heading.lengths[2] + 1);
    return receive_all(fd, parcel->texts[0], heading.lengths[0]) &&
           receive_all(fd, parcel->texts[1], heading.lengths[1]) &&
           receive_all(fd, parcel->body, heading.lengths[2]);
}

/* ---- the process that calls ---- */

static const ProtobufCMethodDescriptor *find_method(const char *name)
{
    return protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, name);
}

static enum traject_result open_connection(const char *profile, struct traject **traject,
                                           struct traject_error *error)
{
    struct traject_profile loaded;
    if (*traject)
        return TRAJECT_OK;
    enum traject_result result = traject_profile_load(profile, &loaded, error);
    if (!result)
        result = traject_connect(&loaded, NULL, traject, error);
    traject_profile_clear(&loaded);
    return result;
}

static char none[] = "";

static bool answer(int fd, const struct parcel *asked, enum traject_result result,
                   const struct traject_error *error, const ProtobufCMessage *reply)
{
    struct parcel parcel = {.id = asked->id,
                            .result = (int)result,
                            .code = (int)error->code,
                            .texts = {reply            ? asked->texts[0]
                                      : error->message ? error->message
                                                       : none,
                                      error->field ? error->field : none}};
    if (reply) {
        parcel.length = protobuf_c_message_get_packed_size(reply);
        parcel.body = malloc(parcel.length + 1);
        protobuf_c_message_pack(reply, parcel.body);
    }
    bool sent = send_parcel(fd, &parcel);
    free(parcel.body);
    return sent;
}

static void call(int fd, const char *profile, const char *team)
{
    struct traject *traject = NULL;
    struct parcel asked;
    bool goes_on = true;
    (void)team;
    while (goes_on && receive_parcel(fd, &asked)) {
        struct traject_error error = {0};
        ProtobufCMessage *reply = NULL,
                         *request = protobuf_c_message_unpack(find_method(asked.texts[0])->input, NULL,
                                                              asked.length, asked.body);
        enum traject_result result = open_connection(profile, &traject, &error);
        if (!result)
            result = traject_call(traject, asked.texts[0], request, *asked.texts[1] ? asked.texts[1] : NULL,
                                  &reply, &error);
        goes_on = answer(fd, &asked, result, &error, reply);
        /* A connection that was given up is not tried again by itself. */
        if (result == TRAJECT_UNREACHABLE) {
            traject_free(traject);
            traject = NULL;
        }
        traject_error_clear(&error);
        if (reply)
            protobuf_c_message_free_unpacked(reply, NULL);
        protobuf_c_message_free_unpacked(request, NULL);
        clear_parcel(&asked);
    }
}

/* ---- the process that watches ---- */

static bool tell(int fd, enum screen_news_kind kind, const char *text)
{
    char *copy = strdup(text);
    bool sent = send_parcel(fd, &(struct parcel){.id = kind, .texts = {copy, none}});
    free(copy);
    return sent;
}

static bool on_entry(const Traject__V1__WatchEntry *entry, void *context)
{
    return tell(*(const int *)context, SCREEN_ENTRY, entry->client_number);
}

static void on_lost(const char *why, void *context)
{
    tell(*(const int *)context, SCREEN_LOST, why);
}

static void on_found(void *context)
{
    tell(*(const int *)context, SCREEN_FOUND, "");
}

static void on_begun(void *context)
{
    tell(*(const int *)context, SCREEN_BEGUN, "");
}

/* A server that cannot be reached at first is tried again until it can, as traject_watch does later. */
static enum traject_result open_watch(int fd, const char *profile, struct traject **traject,
                                      struct traject_error *error)
{
    enum traject_result result;
    while ((result = open_connection(profile, traject, error)) == TRAJECT_UNREACHABLE) {
        tell(fd, SCREEN_LOST, error->message);
        traject_error_clear(error);
        sleep(CONNECT_AGAIN_SECONDS);
    }
    return result;
}

static void watch(int fd, const char *profile, const char *team)
{
    static const struct traject_watch_events events = {on_entry, on_lost, on_found, on_begun};
    Traject__V1__WatchRequest request = TRAJECT__V1__WATCH_REQUEST__INIT;
    char *of_team = team ? strdup(team) : NULL;
    struct traject *traject = NULL;
    struct traject_error error = {0};
    if (of_team) {
        request._team_case = TRAJECT__V1__WATCH_REQUEST___TEAM_TEAM;
        request.team = of_team;
    }
    enum traject_result result = open_watch(fd, profile, &traject, &error);
    if (!result)
        result = traject_watch(traject, &request, -1, &events, &fd, &error);
    if (result)
        tell(fd, SCREEN_REFUSED, error.message ? error.message : "");
    traject_error_clear(&error);
    free(of_team);
    traject_free(traject);
    /* The screen goes on without news. */
    for (;;)
        pause();
}

/* ---- both ---- */

static bool start(struct helper *helper, void (*work)(int fd, const char *profile, const char *team),
                  const char *profile, const char *team, int other)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    helper->socket = ends[0];
    pid_t screen = getpid();
    helper->process = fork();
    if (helper->process == 0) {
        /* Dies with the screen, also when that is killed while a call waits; ctrl-C is for the screen alone.
         */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != screen)
            _exit(1);
        signal(SIGINT, SIG_IGN);
        close(ends[0]);
        if (other >= 0)
            close(other);
        work(ends[1], profile, team);
        _exit(0);
    }
    close(ends[1]);
    return helper->process > 0;
}

struct screen_calls *screen_calls_new(const char *profile, const char *team)
{
    struct screen_calls *calls = calloc(1, sizeof *calls);
    *calls = (struct screen_calls){{-1, -1}, {-1, -1}};
    if (start(&calls->caller, call, profile, team, -1) &&
        start(&calls->watcher, watch, profile, team, calls->caller.socket))
        return calls;
    screen_calls_free(calls);
    return NULL;
}

static void end(struct helper *helper)
{
    if (helper->socket >= 0)
        close(helper->socket);
    if (helper->process > 0) {
        kill(helper->process, SIGKILL);
        waitpid(helper->process, NULL, 0);
    }
}

void screen_calls_free(struct screen_calls *calls)
{
    if (!calls)
        return;
    end(&calls->caller);
    end(&calls->watcher);
    free(calls);
}

int screen_calls_answer_fd(const struct screen_calls *calls)
{
    return calls->caller.socket;
}

int screen_calls_news_fd(const struct screen_calls *calls)
{
    return calls->watcher.socket;
}

void screen_calls_ask(struct screen_calls *calls, unsigned id, const char *method,
                      const ProtobufCMessage *request, const char *key)
{
    struct parcel parcel = {.id = id,
                            .texts = {strdup(method), strdup(key ? key : "")},
                            .length = protobuf_c_message_get_packed_size(request)};
    parcel.body = malloc(parcel.length + 1);
    protobuf_c_message_pack(request, parcel.body);
    /* Where the process has ended, the answer says so. */
    send_parcel(calls->caller.socket, &parcel);
    clear_parcel(&parcel);
}

bool screen_calls_take_answer(struct screen_calls *calls, struct screen_answer *taken)
{
    struct parcel parcel;
    bool received = receive_parcel(calls->caller.socket, &parcel);
    *taken = (struct screen_answer){.id = parcel.id, .result = (enum traject_result)parcel.result};
    if (received && !taken->result) {
        taken->reply =
            protobuf_c_message_unpack(find_method(parcel.texts[0])->output, NULL, parcel.length, parcel.body);
    } else if (received) {
        taken->error.code = (Traject__V1__Code)parcel.code;
        taken->error.message = strdup(parcel.texts[0]);
        taken->error.field = *parcel.texts[1] ? strdup(parcel.texts[1]) : NULL;
    }
    clear_parcel(&parcel);
    return received;
}

bool screen_calls_take_news(struct screen_calls *calls, struct screen_news *news)
{
    struct parcel parcel;
    bool received = receive_parcel(calls->watcher.socket, &parcel);
    *news = (struct screen_news){.kind = (enum screen_news_kind)parcel.id,
                                 .text = received ? strdup(parcel.texts[0]) : NULL};
    clear_parcel(&parcel);
    return received;
}

void screen_answer_clear(struct screen_answer *taken)
{
    traject_error_clear(&taken->error);
    if (taken->reply)
        protobuf_c_message_free_unpacked(taken->reply, NULL);
    taken->reply = NULL;
}
