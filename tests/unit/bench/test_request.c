/* What the load generator writes into copies of packed requests, and reads without unpacking. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "frame.h"
#include "request.h"

static Traject__V1__Request *unpack(const uint8_t *bytes, size_t length)
{
    size_t prefix, of_message;
    assert_int_equal(frame_read_length(bytes, length, &prefix, &of_message), FRAME_COMPLETE);
    assert_int_equal(prefix + of_message, length);
    Traject__V1__Request *request = traject__v1__request__unpack(NULL, of_message, bytes + prefix);
    assert_non_null(request);
    return request;
}

static const char *text_of(enum request_kind kind, const ProtobufCMessage *body)
{
    /* The text that a request is about is its first field. */
    const ProtobufCFieldDescriptor *field = &body->descriptor->fields[0];
    assert_int_equal(field->id, 1);
    assert_true(request_about[kind].about == ABOUT_CLIENT || strcmp(field->name, "team") == 0);
    return *(char *const *)((const char *)body + field->offset);
}

static void every_request_is_about_whom_it_should_be(void **state)
{
    (void)state;
    static const char *const texts[] = {"7", "123456", "Werkplein Noord-Oost, tweede verdieping"};
    for (int kind = 0; kind < REQUEST_KINDS; kind++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts * 2; i++) {
            const char *text = texts[i / 2];
            uint8_t bytes[REQUEST_BYTES_MAX], id = (uint8_t)(i + 1);
            size_t length =
                request_put(kind, text, strlen(text), TRAJECT__V1__STAGE__STAGE_WORK_CONTENT, id, bytes);
            Traject__V1__Request *request = unpack(bytes, length);
            assert_int_equal(request->id, id);
            assert_memory_equal(request->method, "/traject.v1.Traject/", 20);
            assert_string_equal(request->method + 20, request_about[kind].method);
            const ProtobufCMessageDescriptor *input =
                protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor,
                                                                 request_about[kind].method)
                    ->input;
            ProtobufCMessage *body =
                protobuf_c_message_unpack(input, NULL, request->body.len, request->body.data);
            assert_non_null(body);
            if (request_about[kind].about != ABOUT_NOBODY)
                assert_string_equal(text_of(kind, body), text);
            if (kind == REQUEST_MOVE)
                assert_int_equal(((Traject__V1__MoveStageRequest *)body)->stage,
                                 TRAJECT__V1__STAGE__STAGE_WORK_CONTENT);
            protobuf_c_message_free_unpacked(body, NULL);
            traject__v1__request__free_unpacked(request, NULL);
        }
}

static void a_write_has_a_new_key_each_time(void **state)
{
    (void)state;
    char last[REQUEST_KEY_CHARACTERS + 1] = "";
    for (int i = 0; i < 100; i++) {
        uint8_t bytes[REQUEST_BYTES_MAX];
        size_t length = request_put(REQUEST_CONTACT, "1001", 4, 0, 1, bytes);
        Traject__V1__Request *request = unpack(bytes, length);
        const char *key = request->request_key;
        assert_int_equal(strlen(key), REQUEST_KEY_CHARACTERS);
        assert_int_equal(strspn(key, "0123456789abcdef-"), REQUEST_KEY_CHARACTERS);
        assert_true(key[8] == '-' && key[13] == '-' && key[14] == '4' && key[18] == '-' && key[23] == '-');
        assert_string_not_equal(key, last);
        strcpy(last, key);
        traject__v1__request__free_unpacked(request, NULL);
    }
}

static size_t pack_answer(uint64_t id, Traject__V1__Status *status, char *body, bool more, uint8_t *to)
{
    Traject__V1__Response response = TRAJECT__V1__RESPONSE__INIT;
    response.id = id;
    response.status = status;
    response.body = (ProtobufCBinaryData){strlen(body), (uint8_t *)body};
    response.more = more;
    return traject__v1__response__pack(&response, to);
}

static void an_answer_is_read_as_it_was_packed(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct answer answer;
    assert_int_equal(answer_read(bytes, pack_answer(300, NULL, "lichaam", true, bytes), &answer), 0);
    assert_int_equal(answer.id, 300);
    assert_true(answer.more);
    assert_int_equal(answer.body_length, 7);
    assert_memory_equal(answer.body, "lichaam", 7);
    assert_null(answer_refusal(&answer));
}

static void a_refusal_is_put_in_words(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct answer answer;
    Traject__V1__Status status = TRAJECT__V1__STATUS__INIT;
    status.code = TRAJECT__V1__CODE__NOT_FOUND;
    status.message = "there is no client 7";
    status.field = "client_number";
    assert_int_equal(answer_read(bytes, pack_answer(1, &status, "", false, bytes), &answer), 0);
    char *refusal = answer_refusal(&answer);
    assert_string_equal(refusal, "NOT_FOUND: there is no client 7 [client_number]");
    free(refusal);
}

static void part_of_an_answer_is_none(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t length = pack_answer(300, NULL, "lichaam", false, bytes);
    for (size_t part = 1; part < length; part++) {
        struct answer answer;
        /* After the id, which is a whole field, it could be an answer without a body. */
        assert_int_equal(answer_read(bytes, part, &answer), part == 3 ? 0 : -1);
    }
}

static void rows_are_counted(void **state)
{
    (void)state;
    uint8_t bytes[256];
    Traject__V1__WithoutContact rows[] = {TRAJECT__V1__WITHOUT_CONTACT__INIT,
                                          TRAJECT__V1__WITHOUT_CONTACT__INIT};
    Traject__V1__ListWithoutContactReply list = TRAJECT__V1__LIST_WITHOUT_CONTACT_REPLY__INIT;
    list.n_clients = 2;
    list.clients = (Traject__V1__WithoutContact *[]){&rows[0], &rows[1]};
    struct answer answer = {.body = bytes,
                            .body_length = traject__v1__list_without_contact_reply__pack(&list, bytes)};
    assert_int_equal(answer_rows(&answer, "ListWithoutContact"), 2);
    Traject__V1__GetClientReply one = TRAJECT__V1__GET_CLIENT_REPLY__INIT;
    one.client_number = "7";
    answer.body_length = traject__v1__get_client_reply__pack(&one, bytes);
    assert_int_equal(answer_rows(&answer, "GetClient"), 1);
    answer.body_length = 0;
    assert_int_equal(answer_rows(&answer, "GetClient"), 0);
    bytes[0] = 0xff;
    answer.body_length = 1;
    assert_int_equal(answer_rows(&answer, "GetClient"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_about_whom_it_should_be),
        cmocka_unit_test(a_write_has_a_new_key_each_time),
        cmocka_unit_test(an_answer_is_read_as_it_was_packed),
        cmocka_unit_test(a_refusal_is_put_in_words),
        cmocka_unit_test(part_of_an_answer_is_none),
        cmocka_unit_test(rows_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
