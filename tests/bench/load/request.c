#include "request.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "fail.h"
#include "frame.h"
#include "random.h"

/* A version 4 UUID, whose other digits are random. */
static const char key_pattern[REQUEST_KEY_CHARACTERS + 1] = "00000000-0000-4000-8000-000000000000";

/* A request about a text of some length, and where in it stands what differs; 0 where nothing does. */
struct template
{
    size_t length, id_at, text_at, stage_at, key_at;
    uint8_t bytes[REQUEST_BYTES_MAX];
};

const struct request_about request_about[REQUEST_KINDS] = {
    [REQUEST_JOURNEY] = {"journey", "GetTimeline", ABOUT_CLIENT, "coach"},
    [REQUEST_CONTACT] = {"contact", "RecordContact", ABOUT_CLIENT, "coach"},
    [REQUEST_MOVE] = {"move", "MoveStage", ABOUT_CLIENT, "coach"},
    [REQUEST_QUIET] = {"quiet", "ListWithoutContact", ABOUT_NOBODY, "manager"},
    [REQUEST_BOARD] = {"board", "GetBoard", ABOUT_TEAM, "manager"},
    [REQUEST_CLIENT] = {"client", "GetClient", ABOUT_CLIENT, "coach"},
    [REQUEST_COMING_UP] = {"coming-up", "ListComingUp", ABOUT_NOBODY, "coach"},
};

size_t request_pack(const char *method, const ProtobufCMessage *body, uint8_t id, const char *key,
                    uint8_t *to)
{
    uint8_t packed[REQUEST_BYTES_MAX];
    Traject__V1__Request request = TRAJECT__V1__REQUEST__INIT;
    request.id = id;
    request.method = (char *)method;
    request.request_key = (char *)key;
    request.body.len = protobuf_c_message_get_packed_size(body);
    request.body.data = packed;
    if (request.body.len > sizeof packed - 200)
        fail("a request to %s is too long, with %zu bytes", method, request.body.len);
    protobuf_c_message_pack(body, packed);
    size_t length = traject__v1__request__get_packed_size(&request);
    size_t prefix = frame_write_length(length, to);
    traject__v1__request__pack(&request, to + prefix);
    return prefix + length;
}

static size_t pack(enum request_kind kind, char *text, uint8_t *to)
{
    char method[64];
    snprintf(method, sizeof method, "/traject.v1.Traject/%s", request_about[kind].method);
    switch (kind) {
    case REQUEST_JOURNEY: {
        Traject__V1__GetTimelineRequest body = TRAJECT__V1__GET_TIMELINE_REQUEST__INIT;
        body.client_number = text;
        body.newest_first = true;
        body._page_size_case = TRAJECT__V1__GET_TIMELINE_REQUEST___PAGE_SIZE_PAGE_SIZE;
        body.page_size = JOURNEY_ENTRIES;
        return request_pack(method, &body.base, REQUEST_ID_MAX, "", to);
    }
    case REQUEST_CONTACT: {
        Traject__V1__RecordContactRequest body = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
        body.client_number = text;
        body.channel = TRAJECT__V1__CHANNEL__CHANNEL_PHONE;
        body.counterpart = TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT;
        body.reached = true;
        body._words_case = TRAJECT__V1__RECORD_CONTACT_REQUEST___WORDS_WORDS;
        body.words = "Gebeld over de eerste week; het rooster past nu bij de bus.";
        return request_pack(method, &body.base, REQUEST_ID_MAX, key_pattern, to);
    }
    case REQUEST_MOVE: {
        Traject__V1__MoveStageRequest body = TRAJECT__V1__MOVE_STAGE_REQUEST__INIT;
        body.client_number = text;
        body.stage = TRAJECT__V1__STAGE__STAGE_FIRST_CONTACT;
        body._reason_case = TRAJECT__V1__MOVE_STAGE_REQUEST___REASON_REASON;
        body.reason = "De taken passen beter bij een andere stap.";
        return request_pack(method, &body.base, REQUEST_ID_MAX, key_pattern, to);
    }
    case REQUEST_QUIET: {
        Traject__V1__ListWithoutContactRequest body = TRAJECT__V1__LIST_WITHOUT_CONTACT_REQUEST__INIT;
        body._page_size_case = TRAJECT__V1__LIST_WITHOUT_CONTACT_REQUEST___PAGE_SIZE_PAGE_SIZE;
        body.page_size = QUIET_ROWS;
        return request_pack(method, &body.base, REQUEST_ID_MAX, "", to);
    }
    case REQUEST_BOARD: {
        Traject__V1__GetBoardRequest body = TRAJECT__V1__GET_BOARD_REQUEST__INIT;
        body._team_case = TRAJECT__V1__GET_BOARD_REQUEST___TEAM_TEAM;
        body.team = text;
        return request_pack(method, &body.base, REQUEST_ID_MAX, "", to);
    }
    case REQUEST_CLIENT: {
        Traject__V1__GetClientRequest body = TRAJECT__V1__GET_CLIENT_REQUEST__INIT;
        body.client_number = text;
        return request_pack(method, &body.base, REQUEST_ID_MAX, "", to);
    }
    case REQUEST_COMING_UP: {
        Traject__V1__ListComingUpRequest body = TRAJECT__V1__LIST_COMING_UP_REQUEST__INIT;
        return request_pack(method, &body.base, REQUEST_ID_MAX, "", to);
    }
    case REQUEST_KINDS:
        break;
    }
    assert(false);
    return 0;
}

/* protobuf-c packs fields in the order of their numbers. So the id is the first of a Request and the key the
 * last, with the body right before it; and the text is the first of the body, and a stage the next. */
static struct template *make_template(enum request_kind kind, size_t text_length)
{
    /* The text's field as it is packed: tag, length, bytes. */
    char field[2 + REQUEST_TEXT_MAX + 1] = {1 << 3 | 2, (char)text_length};
    char *text = memset(field + 2, '-', text_length);
    struct template *template = allocate(1, sizeof *template);
    template->length = pack(kind, text, template->bytes);
    size_t prefix, length;
    frame_read_length(template->bytes, template->length, &prefix, &length);
    template->id_at = prefix + 1;
    if (kind == REQUEST_CONTACT || kind == REQUEST_MOVE)
        template->key_at = template->length - REQUEST_KEY_CHARACTERS;
    if (text_length)
        template->text_at =
            (size_t)((uint8_t *)memmem(template->bytes, template->length, field, 2 + text_length) + 2 -
                     template->bytes);
    if (kind == REQUEST_MOVE)
        template->stage_at = template->text_at + text_length + 1;
    return template;
}

void request_new_key(uint8_t key[REQUEST_KEY_CHARACTERS])
{
    static const char digits[] = "0123456789abcdef";
    static struct random random;
    if (!random.state && getrandom(&random, sizeof random, 0) != sizeof random)
        fail("getrandom: %s", strerror(errno));
    for (size_t i = 0; i < REQUEST_KEY_CHARACTERS;) {
        uint64_t bits = random_next(&random);
        for (size_t used = 0; used < 16 && i < REQUEST_KEY_CHARACTERS; used++, i++, bits >>= 4)
            key[i] = (uint8_t)(key_pattern[i] == '0' ? digits[bits & 15] : key_pattern[i]);
    }
}

size_t request_put(enum request_kind kind, const char *text, size_t text_length, Traject__V1__Stage stage,
                   uint8_t id, uint8_t *to)
{
    static struct template *templates[REQUEST_KINDS][REQUEST_TEXT_MAX + 1];
    if (request_about[kind].about == ABOUT_NOBODY)
        text_length = 0;
    if (text_length > REQUEST_TEXT_MAX)
        fail("\"%s\" is over %d characters", text, REQUEST_TEXT_MAX);
    struct template *template = templates[kind][text_length];
    if (!template)
        template = templates[kind][text_length] = make_template(kind, text_length);
    memcpy(to, template->bytes, template->length);
    to[template->id_at] = id;
    memcpy(to + template->text_at, text, text_length);
    if (template->stage_at)
        to[template->stage_at] = (uint8_t)stage;
    if (template->key_at)
        request_new_key(to + template->key_at);
    return template->length;
}
