#include "wire.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "frame.h"

enum {
    AUTHENTICATE_MS_MAX = 5000, /* so that the database's absence is told before the wait ends */
    PATIENCE_MS = 20000,        /* from a loss on: a server that is restarted is back by then */
    CROWDED_OUT_MAX = 8,        /* times that a busy server is asked again: in all some ten seconds */
    TRY_MS_FIRST = 50,
    TRY_MS_MAX = 3000,
    TRY_DOUBLINGS = 6, /* after which it is the most */
};

/* ---- keys ---- */

static void write_key(uint8_t bytes[16], int version, char key[TRAJECT_KEY_SIZE])
{
    /* RFC 9562, sections 5.4 (random) and 5.8 (custom). */
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char *to = key;
    for (size_t i = 0; i < 16; i++)
        to += sprintf(to, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
}

void traject_new_key(char key[TRAJECT_KEY_SIZE])
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        abort();
    write_key(bytes, 4, key);
}

void traject_derive_key(const void *bytes, size_t length, char key[TRAJECT_KEY_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes, length, digest);
    write_key(digest, 8, key);
}

/* ---- requests ---- */

static const ProtobufCMethodDescriptor *find_method(const char *name, char **full_name)
{
    static const ProtobufCServiceDescriptor *const services[] = {&traject__v1__traject__descriptor,
                                                                 &traject__v1__session__descriptor};
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; i < 2; i++) {
        const ProtobufCMethodDescriptor *method =
            protobuf_c_service_descriptor_get_method_by_name(services[i], slash ? slash + 1 : name);
        if (method)
            return asprintf(full_name, "/%s/%s", services[i]->name, method->name) < 0 ? NULL : method;
    }
    return NULL;
}

struct pending *pending_new(struct traject *traject, const char *method, const ProtobufCMessage *message,
                            const char *key, uint32_t deadline_ms, struct traject_error *error)
{
    char *full_name = NULL, new_key[TRAJECT_KEY_SIZE];
    const ProtobufCMethodDescriptor *descriptor = find_method(method, &full_name);
    if (!descriptor) {
        traject_error_set(error, TRAJECT_UNUSABLE, "there is no method %s", method);
        return NULL;
    }
    if (!key) {
        traject_new_key(new_key);
        key = new_key;
    }
    Traject__V1__Request request = TRAJECT__V1__REQUEST__INIT;
    request.id = ++traject->last_id;
    request.method = full_name;
    request.request_key = (char *)(uintptr_t)key;
    request.deadline_ms = deadline_ms;
    request.max_staleness_ms = traject->max_staleness_ms;
    request.body.len = protobuf_c_message_get_packed_size(message);
    request.body.data = malloc(request.body.len + 1);
    protobuf_c_message_pack(message, request.body.data);
    size_t length = traject__v1__request__get_packed_size(&request);
    struct pending *pending = NULL;
    if (length > FRAME_MAX) {
        traject_error_set(error, TRAJECT_UNUSABLE, "a request of %zu bytes is over the limit of %d", length,
                          FRAME_MAX);
    } else {
        pending = calloc(1, sizeof *pending);
        pending->id = request.id;
        pending->output = descriptor->output;
        pending->frame = malloc(length + FRAME_PREFIX_MAX);
        size_t prefix = frame_write_length(length, pending->frame);
        traject__v1__request__pack(&request, pending->frame + prefix);
        pending->frame_length = prefix + length;
    }
    free(request.body.data);
    free(full_name);
    return pending;
}

void pending_free(struct pending *pending)
{
    if (!pending)
        return;
    OPENSSL_cleanse(pending->frame, pending->frame_length);
    free(pending->frame);
    free(pending->body);
    free(pending);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Since this machine started, so that nobody who sets its clock changes it. */
static void take_clock(struct traject *traject, const Google__Protobuf__Timestamp *now)
{
    int64_t us = clock_us(CLOCK_REALTIME);
    if (now && now->seconds >= 0 && now->seconds < INT64_C(253402300800)) /* the year 10000 */
        us = now->seconds * INT64_C(1000000) + now->nanos / 1000;
    traject->clock_us = us - clock_us(CLOCK_BOOTTIME);
}

static enum traject_result authenticate(struct traject *traject, struct traject_error *error)
{
    Traject__V1__AuthenticateRequest request = TRAJECT__V1__AUTHENTICATE_REQUEST__INIT;
    request.token = traject->profile.token;
    struct pending *pending = pending_new(traject, "/traject.v1.Session/Authenticate", &request.base, "",
                                          AUTHENTICATE_MS_MAX, error);
    Traject__V1__Response *response = NULL;
    enum traject_result result = TRAJECT_OK;
    if (wire_send(traject, pending->frame, pending->frame_length) || wire_receive(traject, &response)) {
        traject->cut_off = true;
        result = traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s: %s", traject->server->host,
                                   traject->server->port, wire_reason(traject->ssl));
    } else if (response->status && response->status->code) {
        result = wire_refuse(error, response->status);
        traject->cut_off = wire_worth_trying_again(result, error);
    } else {
        if (traject->identity)
            traject__v1__authenticate_reply__free_unpacked(traject->identity, NULL);
        traject->identity =
            traject__v1__authenticate_reply__unpack(NULL, response->body.len, response->body.data);
        if (!traject->identity)
            result = traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
        else
            take_clock(traject, traject->identity->now);
    }
    if (response)
        traject__v1__response__free_unpacked(response, NULL);
    pending_free(pending);
    if (result)
        wire_close(traject);
    else
        wire_connected(traject);
    return result;
}

bool wire_worth_trying_again(enum traject_result result, const struct traject_error *error)
{
    return result == TRAJECT_UNREACHABLE ||
           (result == TRAJECT_REFUSED && (error->code == TRAJECT__V1__CODE__UNAVAILABLE ||
                                          error->code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED));
}

enum traject_result wire_open(struct traject *traject, struct traject_error *error)
{
    char *reasons = NULL;
    enum traject_result result = TRAJECT_UNREACHABLE;
    for (size_t tried = 0; tried < traject->profile.server_count; tried++) {
        traject_error_clear(error);
        result = wire_connect(traject, error);
        if (!result)
            result = authenticate(traject, error);
        /* A server that does not reach the database in time may stand apart from others that do. */
        bool passing = wire_worth_trying_again(result, error) ||
                       (result == TRAJECT_REFUSED && error->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED);
        if (!passing) {
            free(reasons);
            return result;
        }
        char *all;
        if (asprintf(&all, "%s%s%s", reasons ? reasons : "", reasons ? "; " : "", error->message) < 0)
            all = NULL;
        free(reasons);
        reasons = all;
        wire_next_server(traject);
    }
    free(error->message);
    error->message = reasons;
    return result;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Longer each time. */
static void pause_before(int again)
{
    assert(again >= 0);
    int doublings = again < TRY_DOUBLINGS ? again : TRY_DOUBLINGS;
    long ms = TRY_MS_FIRST << doublings < TRY_MS_MAX ? TRY_MS_FIRST << doublings : TRY_MS_MAX;
    uint32_t random = 0;
    RAND_bytes((uint8_t *)&random, sizeof random);
    ms = ms / 2 + (long)(random % (uint32_t)(ms / 2 + 1));
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Whether another connection is worth it, before which it waits. */
static bool wait_to_try(struct traject *traject, const struct traject_error *error)
{
    if (!traject->lost) {
        traject->lost_since_ms = now_ms();
        return true;
    }
    if (now_ms() - traject->lost_since_ms > PATIENCE_MS)
        return false;
    if (traject->lost == 1 && traject->retrying)
        traject->retrying(error->message, PATIENCE_MS / 1000);
    pause_before(traject->lost);
    return true;
}

/* Connects anew and sends again what has no answer. */
static enum traject_result reconnect(struct traject *traject, struct traject_error *error)
{
    enum traject_result result = TRAJECT_UNREACHABLE;
    struct pending *pending;
    STAILQ_FOREACH(pending, &traject->pending, link)
    {
        if (pending->begun && !pending->deaf)
            return traject_error_set(error, TRAJECT_UNREACHABLE,
                                     "the connection was lost in the middle of a list; "
                                     "ask again");
        pending->body_length = 0;
    }
    result =
        traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s closes the connection without an answer",
                          traject->server->host, traject->server->port);
    for (; wait_to_try(traject, error); traject->lost++) {
        wire_close(traject);
        wire_next_server(traject);
        result = wire_open(traject, error);
        if (!result) {
            bool sent = true;
            STAILQ_FOREACH(pending, &traject->pending, link)
            {
                pending->resent = true;
                sent = sent && !wire_send(traject, pending->frame, pending->frame_length);
            }
            if (sent) {
                traject->lost++;
                return TRAJECT_OK;
            }
            result = traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s closes the connection",
                                       traject->server->host, traject->server->port);
        }
        if (!wire_worth_trying_again(result, error))
            break;
    }
    return result;
}

/* ---- what programs call ---- */

static void give_up(struct traject *traject)
{
    struct pending *pending;
    while ((pending = STAILQ_FIRST(&traject->pending))) {
        STAILQ_REMOVE_HEAD(&traject->pending, link);
        pending_free(pending);
    }
    traject->pending_count = 0;
}

enum traject_result traject_connect(const struct traject_profile *profile, traject_retrying retrying,
                                    struct traject **connected, struct traject_error *error)
{
    signal(SIGPIPE, SIG_IGN);
    struct traject *traject = calloc(1, sizeof *traject);
    traject->socket = traject->stop = -1;
    STAILQ_INIT(&traject->pending);
    traject->profile =
        (struct traject_profile){.servers = calloc(profile->server_count, sizeof *profile->servers),
                                 .server_count = profile->server_count,
                                 .ca = strdup(profile->ca),
                                 .token = strdup(profile->token)};
    for (size_t i = 0; i < profile->server_count; i++)
        traject->profile.servers[i] =
            (struct traject_server){strdup(profile->servers[i].host), strdup(profile->servers[i].port)};
    traject->retrying = retrying;
    traject->server = traject->profile.servers;
    enum traject_result result = wire_prepare(traject, profile, error);
    if (!result)
        result = wire_open(traject, error);
    traject->lost_since_ms = now_ms();
    traject->lost = 1;
    /* Where nobody listens people are told at once. */
    for (; result && traject->cut_off && wait_to_try(traject, error); traject->lost++) {
        traject_error_clear(error);
        result = wire_open(traject, error);
    }
    traject->lost = 0;
    if (result)
        traject_free(traject);
    else
        *connected = traject;
    return result;
}

void traject_free(struct traject *traject)
{
    if (!traject)
        return;
    if (traject->ssl)
        SSL_shutdown(traject->ssl);
    wire_close(traject);
    give_up(traject);
    if (traject->identity)
        traject__v1__authenticate_reply__free_unpacked(traject->identity, NULL);
    SSL_SESSION_free(traject->resumable);
    SSL_CTX_free(traject->tls);
    traject_profile_clear(&traject->profile);
    free(traject->input);
    free(traject->position);
    free(traject);
}

const Traject__V1__AuthenticateReply *traject_identity(const struct traject *traject)
{
    return traject->identity;
}

void traject_now(const struct traject *traject, struct timespec *now)
{
    int64_t us = clock_us(CLOCK_BOOTTIME) + traject->clock_us;
    now->tv_sec = us / 1000000;
    now->tv_nsec = us % 1000000 * 1000;
}

void traject_set_max_staleness(struct traject *traject, uint32_t milliseconds)
{
    traject->max_staleness_ms = milliseconds;
}

uint32_t traject_staleness(const struct traject *traject)
{
    return traject->staleness_ms;
}

static enum traject_result submit(struct traject *traject, struct pending *pending,
                                  struct traject_error *error)
{
    STAILQ_INSERT_TAIL(&traject->pending, pending, link);
    traject->pending_count++;
    if (!wire_send(traject, pending->frame, pending->frame_length))
        return TRAJECT_OK;
    enum traject_result result = reconnect(traject, error);
    if (result)
        give_up(traject);
    return result;
}

enum traject_result traject_submit(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, const char *key, void *context,
                                   struct traject_error *error)
{
    struct pending *pending = pending_new(traject, method, request, key, 0, error);
    if (!pending)
        return TRAJECT_UNUSABLE;
    pending->context = context;
    return submit(traject, pending, error);
}

size_t traject_pending(const struct traject *traject)
{
    return traject->pending_count;
}

/* Takes in one response to the first pending call. `*done` when it is the last of it. */
static enum traject_result take(struct pending *pending, const Traject__V1__Response *response, bool *done,
                                struct traject_error *error)
{
    *done = !response->more;
    if (response->status && response->status->code)
        return wire_refuse(error, response->status);
    if (pending->part) {
        ProtobufCMessage *part =
            protobuf_c_message_unpack(pending->output, NULL, response->body.len, response->body.data);
        if (!part)
            return traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
        pending->begun = true;
        pending->deaf = pending->deaf || !pending->part(part, pending->context);
        protobuf_c_message_free_unpacked(part, NULL);
        return TRAJECT_OK;
    }
    uint8_t *grown = realloc(pending->body, pending->body_length + response->body.len + 1);
    if (!grown)
        return traject_error_set(error, TRAJECT_UNUSABLE, "out of memory");
    pending->body = grown;
    if (response->body.len)
        memcpy(grown + pending->body_length, response->body.data, response->body.len);
    pending->body_length += response->body.len;
    return TRAJECT_OK;
}

/* Whether that says nothing of what became of it before the connection was lost. */
static bool is_of_this_attempt(Traject__V1__Code code)
{
    return code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED || code == TRAJECT__V1__CODE__ABORTED ||
           code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED;
}

/* A server that cannot answer for now, as while it is upgraded, is no reason to bother anybody yet. */
static bool is_to_be_asked_again(const struct traject *traject, const struct pending *pending,
                                 const Traject__V1__Response *response)
{
    bool patient = !traject->lost || now_ms() - traject->lost_since_ms <= PATIENCE_MS;
    return patient && !pending->begun && response->status &&
           (response->status->code == TRAJECT__V1__CODE__UNAVAILABLE ||
            (pending->resent && response->status->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED));
}

enum traject_result traject_next(struct traject *traject, void **context, ProtobufCMessage **reply,
                                 struct traject_error *error)
{
    *reply = NULL;
    *context = NULL;
    for (;;) {
        struct pending *pending = STAILQ_FIRST(&traject->pending);
        if (!pending)
            return traject_error_set(error, TRAJECT_UNUSABLE, "no call is waiting for an answer");
        Traject__V1__Response *response = NULL;
        if (wire_receive(traject, &response) || response->id != pending->id ||
            is_to_be_asked_again(traject, pending, response)) {
            if (response)
                traject__v1__response__free_unpacked(response, NULL);
            enum traject_result result = reconnect(traject, error);
            if (result) {
                give_up(traject);
                return result;
            }
            continue;
        }
        bool done;
        traject->lost = 0;
        if (response->staleness_ms > traject->staleness_ms)
            traject->staleness_ms = response->staleness_ms;
        enum traject_result result = take(pending, response, &done, error);
        traject__v1__response__free_unpacked(response, NULL);
        if (!result && !done)
            continue;
        STAILQ_REMOVE_HEAD(&traject->pending, link);
        traject->pending_count--;
        /* The server had no room and has not begun it: who waits for longer each time leaves it some. */
        if (result == TRAJECT_REFUSED && error->code == TRAJECT__V1__CODE__RESOURCE_EXHAUSTED &&
            pending->crowded_out < CROWDED_OUT_MAX) {
            pause_before(pending->crowded_out++);
            traject_error_clear(error);
            result = submit(traject, pending, error);
            if (result)
                return result;
            continue;
        }
        *context = pending->context;
        if (result == TRAJECT_REFUSED && pending->resent && is_of_this_attempt(error->code)) {
            char *last = error->message;
            error->message = NULL;
            result = traject_error_set(error, TRAJECT_UNREACHABLE,
                                       "the connection was lost and what was asked may have been done; "
                                       "asked again: %s",
                                       last);
            free(last);
        }
        if (!result && !pending->part) {
            *reply = protobuf_c_message_unpack(pending->output, NULL, pending->body_length, pending->body);
            if (!*reply)
                result = traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer cannot be read");
        }
        pending_free(pending);
        return result;
    }
}

enum traject_result traject_call(struct traject *traject, const char *method, const ProtobufCMessage *request,
                                 const char *key, ProtobufCMessage **reply, struct traject_error *error)
{
    void *context;
    enum traject_result result = traject_submit(traject, method, request, key, NULL, error);
    return result ? result : traject_next(traject, &context, reply, error);
}

enum traject_result traject_stream(struct traject *traject, const char *method,
                                   const ProtobufCMessage *request, traject_part part, void *context,
                                   struct traject_error *error)
{
    struct pending *pending = pending_new(traject, method, request, NULL, 0, error);
    if (!pending)
        return TRAJECT_UNUSABLE;
    pending->part = part;
    pending->context = context;
    ProtobufCMessage *none;
    void *same;
    enum traject_result result = submit(traject, pending, error);
    return result ? result : traject_next(traject, &same, &none, error);
}
