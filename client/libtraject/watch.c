/* Watching: one request whose answer goes on, over as many connections as that takes. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "wire.h"

enum {
    RETRY_MS_FIRST = 100,
    RETRY_MS_MAX = 5000,
};

struct watch {
    struct traject *traject;
    const Traject__V1__WatchRequest *request;
    const struct traject_watch_events *events;
    void *context;
    bool lost;    /* the caller was told so */
    bool ended;   /* the caller wants no more */
    int retry_ms; /* how long to wait before connecting again */
};

static bool is_mark(const Traject__V1__WatchEntry *entry)
{
    return entry->_client_number_case == TRAJECT__V1__WATCH_ENTRY___CLIENT_NUMBER__NOT_SET;
}

static enum traject_result take_entries(struct watch *watch, const ProtobufCBinaryData *body,
                                        struct traject_error *error)
{
    Traject__V1__WatchReply *reply = traject__v1__watch_reply__unpack(NULL, body->len, body->data);
    if (!reply)
        return traject_error_set(
            error, TRAJECT_UNUSABLE,
            "the server's answer cannot be read; is this program older than the server?");
    if (reply->n_entries) {
        watch->retry_ms = RETRY_MS_FIRST;
        if (watch->lost)
            watch->events->found(watch->context);
        watch->lost = false;
        if (!watch->traject->position && watch->events->begun)
            watch->events->begun(watch->context);
    }
    for (size_t i = 0; i < reply->n_entries; i++) {
        Traject__V1__WatchEntry *entry = reply->entries[i];
        watch->ended = !is_mark(entry) && !watch->events->entry(entry, watch->context);
        if (watch->ended)
            break;
        free(watch->traject->position);
        watch->traject->position = strdup(entry->position);
    }
    traject__v1__watch_reply__free_unpacked(reply, NULL);
    return TRAJECT_OK;
}

static struct pending *make_request(struct watch *watch, struct traject_error *error)
{
    Traject__V1__WatchRequest request = *watch->request;
    if (watch->traject->position) {
        request._resume_after_case = TRAJECT__V1__WATCH_REQUEST___RESUME_AFTER_RESUME_AFTER;
        request.resume_after = watch->traject->position;
    }
    return pending_new(watch->traject, "Watch", &request.base, "", 0, error);
}

/* Until this connection is lost, the server refuses, or the watch is to end, which is TRAJECT_OK. */
static enum traject_result follow(struct watch *watch, struct traject_error *error)
{
    struct traject *traject = watch->traject;
    struct pending *pending = make_request(watch, error);
    if (!pending)
        return TRAJECT_UNUSABLE;
    uint64_t id = pending->id;
    enum traject_result result = TRAJECT_OK;
    /* Without this a record that holds no answer, like a new key, would be waited on without regard to
     * `stop`. */
    SSL_clear_mode(traject->ssl, SSL_MODE_AUTO_RETRY);
    bool sent = wire_send(traject, pending->frame, pending->frame_length) == 0;
    pending_free(pending);
    traject->watching = true;
    while (sent && !result && !watch->ended) {
        Traject__V1__Response *response = NULL;
        if (wire_receive(traject, &response))
            break;
        if (response->status && response->status->code)
            result = wire_refuse(error, response->status);
        else if (response->id != id)
            result =
                traject_error_set(error, TRAJECT_UNREACHABLE, "the server's answer is to something else");
        if (!result)
            result = take_entries(watch, &response->body, error);
        traject__v1__response__free_unpacked(response, NULL);
    }
    traject->watching = false;
    if (result || watch->ended)
        return result;
    return traject_error_set(error, TRAJECT_UNREACHABLE, "server %s:%s closes the connection",
                             traject->server->host, traject->server->port);
}

/* Waits so long, with jitter; returns whether the watch is to end. */
static bool told_to_stop(const struct traject *traject, int ms)
{
    struct pollfd stop = {.fd = traject->stop, .events = POLLIN};
    uint32_t random = 0;
    RAND_bytes((uint8_t *)&random, sizeof random);
    return poll(&stop, 1, ms ? ms / 2 + (int)(random % (uint32_t)(ms / 2 + 1)) : 0) > 0;
}

/* A server that answered before may also be busy for a while. */
static bool worth_trying_again(const struct watch *watch, enum traject_result result,
                               const struct traject_error *error)
{
    bool busy = result == TRAJECT_REFUSED && (error->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED ||
                                              error->code == TRAJECT__V1__CODE__ABORTED);
    return wire_worth_trying_again(result, error) || (busy && watch->traject->position);
}

enum traject_result traject_watch(struct traject *traject, const Traject__V1__WatchRequest *request, int stop,
                                  const struct traject_watch_events *events, void *context,
                                  struct traject_error *error)
{
    if (traject->pending_count)
        return traject_error_set(error, TRAJECT_UNUSABLE, "answers to other calls are still to come");
    struct watch watch = {traject, request, events, context, .retry_ms = RETRY_MS_FIRST};
    free(traject->position);
    traject->position = NULL;
    traject->stop = stop;
    enum traject_result result;
    for (;;) {
        traject_error_clear(error);
        result = traject->ssl ? TRAJECT_OK : wire_open(traject, error);
        if (!result)
            result = follow(&watch, error);
        wire_close(traject);
        if (!result || !worth_trying_again(&watch, result, error))
            break;
        wire_next_server(traject);
        if (told_to_stop(traject, 0)) {
            result = TRAJECT_OK;
            break;
        }
        if (!watch.lost)
            events->lost(error->message, context);
        watch.lost = true;
        if (told_to_stop(traject, watch.retry_ms)) {
            result = TRAJECT_OK;
            break;
        }
        watch.retry_ms = watch.retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : watch.retry_ms * 2;
    }
    if (!result)
        traject_error_clear(error);
    traject->stop = -1;
    return result;
}

const char *traject_watch_position(const struct traject *traject)
{
    return traject->position;
}
