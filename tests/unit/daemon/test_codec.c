#include "unit.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "bindings.h"
#include "codec.h"

static struct method method;
static struct parameters parameters;
static struct status status;
static const struct keys keys = {.masters = {{.id = {1}}}, .master_count = 1};
static const struct person_key person = {.id = {7}, .secret = {9}};
static const struct sealing sealing = {&keys, 1, &person}, unsealed = {&keys, 1, NULL};

static void use(const char *name, bool writes)
{
    bindings_make(&method,
                  protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, name),
                  writes);
}

static int finish(void **state)
{
    (void)state;
    bindings_free(&method);
    parameters_free(&parameters);
    status_clear(&status);
    return 0;
}

static int argument(const char *name)
{
    for (size_t i = 0; i < method.argument_count; i++) {
        if (strcmp(method.arguments[i].field->name, name) == 0)
            return (int)i;
    }
    fail_msg("no argument %s", name);
    return -1;
}

static int64_t big(const char *value)
{
    uint64_t number;
    memcpy(&number, value, 8);
    return (int64_t)be64toh(number);
}

static Traject__V1__MoveStageRequest move_request(void)
{
    Traject__V1__MoveStageRequest request = TRAJECT__V1__MOVE_STAGE_REQUEST__INIT;
    request.client_number = (char *)"1042";
    request.stage = TRAJECT__V1__STAGE__STAGE_WORK_CONTENT;
    return request;
}

static void values_are_postgresql_binary(void **state)
{
    (void)state;
    use("MoveStage", true);
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = 946684799; /* a second before PostgreSQL's epoch */
    time.nanos = 999999000;
    Traject__V1__MoveStageRequest request = move_request();
    request.occurred_at = &time;
    request._expected_version_case = TRAJECT__V1__MOVE_STAGE_REQUEST___EXPECTED_VERSION_EXPECTED_VERSION;
    request.expected_version = -2;
    request._words_case = TRAJECT__V1__MOVE_STAGE_REQUEST___WORDS_WORDS;
    request.words = (char *)"";
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), 0);
    assert_int_equal(parameters.count, 10); /* seven fields, three for the request key */

    int i = argument("client_number");
    assert_int_equal(parameters.lengths[i], 4);
    assert_memory_equal(parameters.values[i], "1042", 4);
    i = argument("stage");
    assert_int_equal(parameters.lengths[i], strlen("work_content"));
    assert_memory_equal(parameters.values[i], "work_content", strlen("work_content"));
    i = argument("occurred_at");
    assert_int_equal(parameters.lengths[i], 8);
    assert_int_equal(big(parameters.values[i]), -1);
    i = argument("expected_version");
    assert_int_equal(big(parameters.values[i]), -2);
    assert_null(parameters.values[argument("words")]); /* empty words are none */
    assert_null(parameters.values[argument("reason")]);
}

/* What a sealed value opens to, with the key as the database hands it out. */
static void assert_opens_to(const char *value, int length, const char *expected)
{
    struct bytes handed = {0}, text = {0};
    bytes_append(&handed, person.id, sizeof person.id);
    seal_wrap(&keys.masters[0], &person, bytes_extend(&handed, WRAPPED_BYTES));
    struct opener opener = {.keys = &keys, .handed_out = handed.data, .handed_out_length = handed.length};
    assert_int_equal(seal_open(&opener, value, (size_t)length, &text, &status), 0);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
    opener_clear(&opener);
    bytes_wipe(&handed);
    bytes_wipe(&text);
}

static void words_are_trimmed_and_sealed(void **state)
{
    (void)state;
    use("MoveStage", true);
    Traject__V1__MoveStageRequest request = move_request();
    request._words_case = TRAJECT__V1__MOVE_STAGE_REQUEST___WORDS_WORDS;
    request.words = (char *)" \xc2\xa0 belt morgen\n";
    assert_int_equal(codec_bind(&method, &request.base, &unsealed, &parameters, &status), 0);
    assert_int_equal(parameters.unsealed, 1);
    assert_null(parameters.values[argument("words")]);
    parameters_free(&parameters);

    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), 0);
    assert_int_equal(parameters.unsealed, 0);
    int i = argument("words");
    assert_opens_to(parameters.values[i], parameters.lengths[i], "belt morgen");
    assert_null(memmem(parameters.data.data, parameters.data.length, "belt", 4));

    parameters_free(&parameters);
    request.words = (char *)"\xc3\x28";
    assert_int_equal(codec_bind(&method, &request.base, &unsealed, &parameters, &status), -1);
    assert_string_equal(status.field, "words");
}

/* Sealing costs a digest for each token; what the database would refuse is never sealed. */
static void text_that_is_too_long_is_refused_before_it_is_sealed(void **state)
{
    (void)state;
    static const struct {
        const char *method, *field;
        size_t maximum;
        const struct sealing *sealing;
    } cases[] = {
        {"MoveStage", "words", 4000, &sealing},
        {"MoveStage", "words", 4000, &unsealed},
        {"MakeAgreement", "by_whom", 100, &sealing},
        {"AddNetworkPerson", "what", 100, &unsealed},
        {"RecordContact", "network_people", 100, &sealing},
        {"FindClients", "query", 100, &sealing},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2 * 4001 + 1] = "";
        for (size_t n = 0; n <= cases[i].maximum; n++)
            strcat(text, "\xc3\xab");
        use(cases[i].method, false);
        const struct binding *binding = &method.arguments[argument(cases[i].field)];
        struct method one = method; /* its other arguments may be demanded */
        one.arguments = (struct binding *)(uintptr_t)binding;
        one.argument_count = 1;
        ProtobufCMessage *request = calloc(1, method.input->sizeof_message);
        char *elements[] = {text}, **list = elements, *single = text;
        protobuf_c_message_init(method.input, request);
        if (binding->element) {
            *(size_t *)((char *)request + binding->field->quantifier_offset) = 1;
            memcpy((char *)request + binding->field->offset, &list, sizeof list);
        } else {
            if (binding->field->quantifier_offset)
                *(unsigned *)((char *)request + binding->field->quantifier_offset) = binding->field->id;
            memcpy((char *)request + binding->field->offset, &single, sizeof single);
        }
        char expected[100];
        snprintf(expected, sizeof expected, "%s has %zu characters; give at most %zu", cases[i].field,
                 cases[i].maximum + 1, cases[i].maximum);
        assert_int_equal(codec_bind(&one, request, cases[i].sealing, &parameters, &status), -1);
        assert_string_equal(status.message, expected);
        assert_string_equal(status.field, cases[i].field);
        status_clear(&status);
        text[2 * cases[i].maximum] = '\0';
        assert_int_equal(codec_bind(&one, request, cases[i].sealing, &parameters, &status), 0);
        parameters_free(&parameters);
        free(request);
        bindings_free(&method);
    }
}

static void bad_values_name_field_value_and_remedy(void **state)
{
    (void)state;
    use("MoveStage", true);
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    Traject__V1__MoveStageRequest request = move_request();
    request.stage = TRAJECT__V1__STAGE__STAGE_UNSPECIFIED;
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_string_equal(status.field, "stage");
    assert_string_equal(status.message,
                        "stage is missing; give one of first_contact, starting_work, work_content, "
                        "workplace_guidance, career_development, preconditions");
    status_clear(&status);

    request.stage = (Traject__V1__Stage)77;
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_non_null(strstr(status.message, "stage is 77, which is none of first_contact"));
    status_clear(&status);

    request = move_request();
    request.client_number = (char *)"\xc3\x28";
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_string_equal(status.field, "client_number");
    status_clear(&status);

    request = move_request();
    request.occurred_at = &time;
    time.seconds = 253402300800; /* the year 10000 */
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_string_equal(status.field, "occurred_at");
    status_clear(&status);
    time.seconds = 0;
    time.nanos = 1000000000;
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_int_equal(status.code, TRAJECT__V1__CODE__INVALID_ARGUMENT);
}

static void rows_become_an_array_of_composites(void **state)
{
    (void)state;
    use("ImportJourney", true);
    Traject__V1__ImportEntry entry = TRAJECT__V1__IMPORT_ENTRY__INIT, *entries[] = {&entry, &entry};
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    entry.external_id = (char *)"task-1";
    entry.activity = (char *)"call";
    entry.occurred_at = &time;
    Traject__V1__ImportJourneyRequest request = TRAJECT__V1__IMPORT_JOURNEY_REQUEST__INIT;
    request.kind = TRAJECT__V1__TRAJECTORY_KIND__TRAJECTORY_KIND_ACTIVATION;
    request.n_entries = 2;
    request.entries = entries;
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), 0);
    int i = argument("entries");
    uint32_t head[7];
    memcpy(head, parameters.values[i], sizeof head);
    assert_int_equal(be32toh(head[0]), 1);               /* dimension */
    assert_int_equal(be32toh(head[2]), MADE_UP_OID + 1); /* element type */
    assert_int_equal(be32toh(head[3]), 2);               /* elements */
    assert_int_equal(be32toh(head[4]), 1);               /* first index */
    assert_int_equal(be32toh(head[6]), 9);               /* columns of the first row */
    size_t row = be32toh(head[5]);
    assert_int_equal(parameters.lengths[i], 20 + 2 * (4 + row));
}

static void an_absurd_number_of_elements_is_refused(void **state)
{
    (void)state;
    use("AddWorker", true);
    Traject__V1__AddWorkerRequest request = TRAJECT__V1__ADD_WORKER_REQUEST__INIT;
    request.role = TRAJECT__V1__ROLE__ROLE_COACH;
    request.n_teams = CODEC_ELEMENTS_MAX + 1;
    request.teams = calloc(request.n_teams, sizeof *request.teams);
    for (size_t i = 0; i < request.n_teams; i++)
        request.teams[i] = (char *)"";
    assert_int_equal(codec_bind(&method, &request.base, &sealing, &parameters, &status), -1);
    assert_string_equal(status.field, "teams");
    free(request.teams);
}

static PGresult *rows_of(int count)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc *columns = calloc(method.column_count, sizeof *columns);
    for (size_t i = 0; i < method.column_count; i++)
        columns[i] = (PGresAttDesc){.name = (char *)method.columns[i].field->name, .format = 1};
    assert_int_equal(PQsetResultAttrs(result, (int)method.column_count, columns), 1);
    free(columns);
    for (int row = 0; row < count; row++) {
        for (size_t i = 0; i < method.column_count; i++) {
            static const char zeros[8];
            const struct binding *binding = &method.columns[i];
            int length = binding->kind == VALUE_TEXT   ? 0
                         : binding->kind == VALUE_ENUM ? 0
                         : binding->kind == VALUE_BOOL ? 1
                         : binding->kind == VALUE_INT4 ? 4
                                                       : 8;
            assert_int_equal(PQsetvalue(result, row, (int)i, (char *)zeros, length), 1);
        }
    }
    return result;
}

static void set(PGresult *result, int row, const char *name, const void *value, int length)
{
    assert_int_equal(PQsetvalue(result, row, PQfnumber(result, name), (char *)(uintptr_t)value, length), 1);
}

static int reply_of(const PGresult *rows, int *row, struct bytes *body)
{
    PGresult *records = bindings_records(&method, rows);
    int failed = codec_reply(&method, &keys, records, row, body, &status);
    PQclear(records);
    return failed;
}

static void a_row_becomes_the_reply(void **state)
{
    (void)state;
    use("MoveStage", true);
    PGresult *result = rows_of(1);
    uint64_t id = htobe64(77), before_epoch = htobe64((uint64_t)-1);
    set(result, 0, "event_id", &id, 8);
    set(result, 0, "contact_due_at", &before_epoch, 8);
    struct bytes body = {0};
    int row = 0;
    assert_int_equal(reply_of(result, &row, &body), 0);
    Traject__V1__Recorded *reply = traject__v1__recorded__unpack(NULL, body.length, body.data);
    assert_non_null(reply);
    assert_int_equal(reply->event_id, 77);
    assert_int_equal(reply->version, 0);
    assert_int_equal(reply->contact_due_at->seconds, 946684799);
    assert_int_equal(reply->contact_due_at->nanos, 999999000);
    traject__v1__recorded__free_unpacked(reply, NULL);
    free(body.data);
    PQclear(result);
}

static void null_where_the_interface_promises_a_value_is_an_error(void **state)
{
    (void)state;
    use("MoveStage", true);
    PGresult *result = rows_of(1);
    set(result, 0, "contact_due_at", NULL, -1); /* may be absent */
    struct bytes body = {0};
    int row = 0;
    assert_int_equal(reply_of(result, &row, &body), 0);
    set(result, 0, "version", NULL, -1);
    row = 0;
    assert_int_equal(reply_of(result, &row, &body), -1);
    assert_int_equal(status.code, TRAJECT__V1__CODE__INTERNAL);
    free(body.data);
    PQclear(result);
}

static void a_record_that_ends_early_is_an_error(void **state)
{
    (void)state;
    use("MoveStage", true);
    PGresult *rows = rows_of(1), *records = bindings_records(&method, rows);
    struct bytes body = {0}, whole = {0};
    bytes_append(&whole, PQgetvalue(records, 0, 0), (size_t)PQgetlength(records, 0, 0));
    enum { PROMISED = 4 + 2 * (8 + 8) }; /* so far as event_id and version go */
    for (int length = 0; length < PROMISED; length++) {
        int row = 0;
        assert_int_equal(PQsetvalue(records, 0, 0, (char *)whole.data, length), 1);
        assert_int_equal(codec_reply(&method, &keys, records, &row, &body, &status), -1);
        assert_int_equal(status.code, TRAJECT__V1__CODE__INTERNAL);
        status_clear(&status);
    }
    free(whole.data);
    free(body.data);
    PQclear(records);
    PQclear(rows);
}

static void long_lists_come_in_parts(void **state)
{
    (void)state;
    use("GetTimeline", false);
    for (size_t i = 0; i < method.column_count; i++) {
        if (method.columns[i].kind == VALUE_SEALED)
            method.columns[i].kind = VALUE_TEXT;
    }
    enum { ROWS = 1000 };
    PGresult *result = rows_of(ROWS);
    char words[2000];
    memset(words, 'w', sizeof words);
    for (int i = 0; i < ROWS; i++) {
        set(result, i, "words", words, sizeof words);
        set(result, i, "stage", "work_content", 12);
    }
    int row = 0, parts = 0;
    size_t entries = 0;
    while (row < ROWS) {
        struct bytes body = {0};
        assert_int_equal(reply_of(result, &row, &body), 0);
        assert_in_range(body.length, 1, CODEC_PART_BYTES + 4000);
        Traject__V1__GetTimelineReply *reply =
            traject__v1__get_timeline_reply__unpack(NULL, body.length, body.data);
        assert_non_null(reply);
        entries += reply->n_entries;
        assert_int_equal(reply->entries[0]->stage, TRAJECT__V1__STAGE__STAGE_WORK_CONTENT);
        assert_int_equal(strlen(reply->entries[0]->words), sizeof words);
        traject__v1__get_timeline_reply__free_unpacked(reply, NULL);
        free(body.data);
        parts++;
    }
    assert_int_equal(entries, ROWS);
    assert_in_range(parts, 7, 9);
    PQclear(result);
}

static void an_array_column_becomes_repeated_strings(void **state)
{
    (void)state;
    use("ListWorkers", false);
    PGresult *result = rows_of(1);
    const char array[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0,   0,   25, 0, 0, 0,
                          2, 0, 0, 0, 1, 0, 0, 0, 2, 'a', 'b', 0,  0, 0, 0};
    set(result, 0, "teams", array, sizeof array);
    struct bytes body = {0};
    int row = 0;
    assert_int_equal(reply_of(result, &row, &body), 0);
    Traject__V1__ListWorkersReply *reply =
        traject__v1__list_workers_reply__unpack(NULL, body.length, body.data);
    assert_int_equal(reply->workers[0]->n_teams, 2);
    assert_string_equal(reply->workers[0]->teams[0], "ab");
    assert_string_equal(reply->workers[0]->teams[1], "");
    traject__v1__list_workers_reply__free_unpacked(reply, NULL);
    free(body.data);
    PQclear(result);
}

/* Fields as protobuf's encoding guide writes them: a tag, a length, the text. */
static void a_nul_is_found_in_any_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *field;
    } cases[] = {
        {"\x0a\x03q12", 5, NULL},
        {"\x0a\x03q\0002", 5, "client_number"},
        /* Fields of other kinds, one of them unknown, stand before it. */
        {"\x10\x05\x99\x3f\0\0\0\0\0\0\0\0\x0a\x01\0", 15, "client_number"},
        /* Within the last of the entries. */
        {"\x5a\x03\x0a\x01x\x5a\x03\x0a\x01\0", 10, "external_id"},
        {"\x0a\x7fq\0002", 5, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ProtobufCFieldDescriptor *found =
            codec_text_with_nul(&traject__v1__import_journey_request__descriptor,
                                (const uint8_t *)cases[i].bytes, cases[i].length);
        assert_string_equal(found ? found->name : "", cases[i].field ? cases[i].field : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(values_are_postgresql_binary, finish),
        cmocka_unit_test_teardown(words_are_trimmed_and_sealed, finish),
        cmocka_unit_test(text_that_is_too_long_is_refused_before_it_is_sealed),
        cmocka_unit_test_teardown(bad_values_name_field_value_and_remedy, finish),
        cmocka_unit_test(a_nul_is_found_in_any_text),
        cmocka_unit_test_teardown(rows_become_an_array_of_composites, finish),
        cmocka_unit_test_teardown(an_absurd_number_of_elements_is_refused, finish),
        cmocka_unit_test_teardown(a_row_becomes_the_reply, finish),
        cmocka_unit_test_teardown(null_where_the_interface_promises_a_value_is_an_error, finish),
        cmocka_unit_test_teardown(a_record_that_ends_early_is_an_error, finish),
        cmocka_unit_test_teardown(long_lists_come_in_parts, finish),
        cmocka_unit_test_teardown(an_array_column_becomes_repeated_strings, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
