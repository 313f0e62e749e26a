#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "traject.pb-c.h"

static const ProtobufCFieldDescriptor *field(const ProtobufCMessage *message, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
}

static void presence_is_what_the_interface_says(void **state)
{
    (void)state;
    Traject__V1__MoveStageRequest request = TRAJECT__V1__MOVE_STAGE_REQUEST__INIT;
    ProtobufCMessage *message = &request.base;
    assert_false(field_may_be_absent(field(message, "client_number")));
    assert_true(field_may_be_absent(field(message, "reason")));
    assert_true(field_may_be_absent(field(message, "occurred_at")));
    assert_true(field_is_timestamp(field(message, "occurred_at")));
    assert_int_equal(field_count(message, field(message, "client_number")), 1);
    assert_int_equal(field_count(message, field(message, "reason")), 0);
    assert_int_equal(field_count(message, field(message, "occurred_at")), 0);
    assert_int_equal(field_count(message, field(message, "expected_version")), 0);
}

static void what_is_put_is_read_and_survives_packing(void **state)
{
    (void)state;
    Traject__V1__MoveStageRequest request = TRAJECT__V1__MOVE_STAGE_REQUEST__INIT;
    ProtobufCMessage *message = &request.base;
    char *reason = strdup("");
    int64_t version = 0;
    int stage = TRAJECT__V1__STAGE__STAGE_PRECONDITIONS;
    assert_int_equal(field_put(message, field(message, "reason"), &reason), 0);
    assert_int_equal(field_put(message, field(message, "expected_version"), &version), 0);
    assert_int_equal(field_put(message, field(message, "stage"), &stage), 0);
    uint8_t packed[100];
    size_t length = protobuf_c_message_pack(message, packed);
    free(reason);

    ProtobufCMessage *read = protobuf_c_message_unpack(message->descriptor, NULL, length, packed);
    assert_non_null(read);
    assert_int_equal(field_count(read, field(read, "reason")), 1); /* empty, yet there */
    assert_string_equal(*(char *const *)field_value(read, field(read, "reason"), 0), "");
    assert_int_equal(field_count(read, field(read, "expected_version")), 1);
    assert_int_equal(*(const int *)field_value(read, field(read, "stage"), 0), stage);
    protobuf_c_message_free_unpacked(read, NULL);
}

static void repeated_fields_grow(void **state)
{
    (void)state;
    Traject__V1__AddWorkerRequest *request = calloc(1, sizeof *request);
    traject__v1__add_worker_request__init(request);
    ProtobufCMessage *message = &request->base;
    for (int i = 0; i < 20; i++) {
        char *team = malloc(8);
        snprintf(team, 8, "team %d", i);
        assert_int_equal(field_put(message, field(message, "teams"), &team), 0);
    }
    assert_int_equal(field_count(message, field(message, "teams")), 20);
    assert_string_equal(*(char *const *)field_value(message, field(message, "teams"), 19), "team 19");
    protobuf_c_message_free_unpacked(message, NULL);
}

static void enum_words_lose_the_prefix(void **state)
{
    (void)state;
    char word[64];
    field_enum_word(&traject__v1__trajectory_kind__descriptor, "TRAJECTORY_KIND_WORK_EXPERIENCE", word,
                    sizeof word);
    assert_string_equal(word, "work_experience");
    field_enum_word(&traject__v1__stage__descriptor, "STAGE_FIRST_CONTACT", word, sizeof word);
    assert_string_equal(word, "first_contact");
    field_enum_word(&traject__v1__code__descriptor, "NOT_FOUND", word, sizeof word);
    assert_string_equal(word, "not_found");
    assert_int_equal(field_enum_word(&traject__v1__stage__descriptor, "STAGE_FIRST_CONTACT", word, 6), 13);
    assert_string_equal(word, "first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence_is_what_the_interface_says),
        cmocka_unit_test(what_is_put_is_read_and_survives_packing),
        cmocka_unit_test(repeated_fields_grow),
        cmocka_unit_test(enum_words_lose_the_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
