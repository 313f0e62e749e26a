/* What the daemon does most, without a network or a database: hot_paths NAME TIMES does one of it so often.
 * test_instructions.py counts the instructions. */
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "bindings.h"
#include "codec.h"
#include "frame.h"
#include "response.h"

enum { ENTRIES = 20, CLIENTS = 50 };

static const struct keys keys = {.masters = {{.id = {1}, .key = {11}}}, .master_count = 1};
static struct person_key person;
static struct bytes handed_out; /* the keys of all persons */
static struct method method;

static void use(const char *name, bool writes)
{
    bindings_make(&method,
                  protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, name),
                  writes);
}

/* ---- requests ---- */

static struct bytes body;

static void make_contact(void)
{
    use("RecordContact", true);
    Traject__V1__RecordContactRequest request = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
    request.client_number = (char *)"100042";
    request.channel = TRAJECT__V1__CHANNEL__CHANNEL_PHONE;
    request.counterpart = TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT;
    request.reached = 1;
    request._words_case = TRAJECT__V1__RECORD_CONTACT_REQUEST___WORDS_WORDS;
    request.words = (char *)"Belt morgen terug over de proefplaatsing; wil eerst met de begeleider praten.";
    protobuf_c_message_pack(
        &request.base, bytes_extend(&body, traject__v1__record_contact_request__get_packed_size(&request)));
}

/* As a write is taken that came whole: read, checked, digested, sealed. */
static void bind_contact(void)
{
    const struct sealing sealing = {&keys, 1, &person};
    struct parameters parameters = {0};
    struct status status = {0};
    uint8_t digest[32];
    ProtobufCMessage *message = protobuf_c_message_unpack(method.input, NULL, body.length, body.data);
    bool bound = message && !codec_text_with_nul(method.input, body.data, body.length) &&
                 !codec_bind(&method, message, &sealing, &parameters, &status);
    assert(bound);
    seal_digest(&keys, body.data, body.length, digest);
    protobuf_c_message_free_unpacked(message, NULL);
    parameters_free(&parameters);
}

/* ---- replies ---- */

static PGresult *result;

static void set(int row, const char *column, const void *value, size_t length)
{
    int at = PQfnumber(result, column);
    int done = at >= 0 && PQsetvalue(result, row, at, (char *)(uintptr_t)value, (int)length);
    assert(done);
}

static void set_text(int row, const char *column, const char *text)
{
    set(row, column, text, strlen(text));
}

static void set_sealed(int row, const char *column, const char *text)
{
    struct bytes sealed = {0};
    seal_text(&keys, 1, &person, SEAL_NOTHING, text, strlen(text), &sealed);
    set(row, column, sealed.data, sealed.length);
    bytes_wipe(&sealed);
}

static void make_person(uint8_t number)
{
    seal_new_key(&person);
    person.id[0] = number;
    bytes_append(&handed_out, person.id, sizeof person.id);
    seal_wrap(&keys.masters[0], &person, bytes_extend(&handed_out, WRAPPED_BYTES));
}

static void make_result(void)
{
    size_t count = method.column_count;
    PGresAttDesc *columns = memory_new(count + 1, sizeof *columns);
    for (size_t i = 0; i < count; i++)
        columns[i] = (PGresAttDesc){.name = (char *)method.columns[i].field->name, .format = 1};
    columns[count] = (PGresAttDesc){.name = (char *)(uintptr_t) "keys", .format = 1};
    result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    int done = PQsetResultAttrs(result, (int)count + 1, columns);
    assert(done);
    free(columns);
}

/* As they come from the database, once all is set. */
static void in_records(void)
{
    PGresult *columns = result;
    result = bindings_records(&method, columns);
    PQclear(columns);
}

static void set_number(int row, const char *column, int64_t value)
{
    set(row, column, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

static void set_small(int row, const char *column, int32_t value)
{
    set(row, column, &(uint32_t){htobe32((uint32_t)value)}, 4);
}

enum { MOMENT = 800000000 }; /* seconds from 2000-01-01 */

static void make_journey(void)
{
    use("GetTimeline", false);
    make_result();
    make_person(0);
    for (int row = 0; row < ENTRIES; row++) {
        set_number(row, "event_id", 7000000 + row);
        set_small(row, "trajectory", 1);
        set_text(row, "kind", row % 3 ? "contact" : "agreement_made");
        set_number(row, "occurred_at", (MOMENT + row * 86400LL) * 1000000);
        set_number(row, "recorded_at", (MOMENT + row * 86400LL) * 1000000 + 123456);
        set_text(row, "recorded_by", "c0a");
        set_text(row, "stage", "starting_work");
        set_text(row, "channel", "phone");
        set_text(row, "counterpart", "client");
        set(row, "reached", "\1", 1);
        set_sealed(row, row % 3 ? "words" : "what",
                   "Belt morgen terug over de proefplaatsing; wil eerst met de begeleider praten.");
        set_text(row, "page_token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        set(row, "withdrawn", "\0", 1);
        set_text(row, "audience", "team");
        set_text(row, "words_audience", "team");
    }
    set(ENTRIES, "keys", handed_out.data, handed_out.length);
    in_records();
}

/* Each row is about somebody else. */
static void make_page(void)
{
    use("ListWithoutContact", false);
    for (size_t i = 0; i < method.column_count; i++)
        if (strcmp(method.columns[i].field->name, "full_name") == 0)
            method.columns[i].kind = VALUE_SEALED;
    make_result();
    for (int row = 0; row < CLIENTS; row++) {
        make_person((uint8_t)row);
        set_text(row, "client_number", "100042");
        set_sealed(row, "full_name", "Fatima el Amrani");
        set_text(row, "team", "T0");
        set_text(row, "coach", "c0a");
        set_text(row, "stage", "starting_work");
        set_text(row, "guided_by", "coach");
        set_number(row, "last_contact_at", MOMENT * 1000000LL);
        set_small(row, "unanswered_attempts", 2);
        set_small(row, "rhythm_days", 14);
        set_number(row, "due_at", MOMENT * 1000000LL);
        set_small(row, "overdue_days", 3);
        set_text(row, "page_token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    set(CLIENTS, "keys", handed_out.data, handed_out.length);
    in_records();
}

/* As a reply is made of rows and put into its frame. */
static void encode(void)
{
    struct evbuffer *to = evbuffer_new();
    struct status status = {0};
    int failed = response_put_rows(to, 1, &method, &keys, result, STALENESS_NONE, false, &status);
    assert(!failed);
    evbuffer_free(to);
}

/* ---- */

static const struct path {
    const char *name;
    void (*make)(void);
    void (*run)(void);
} paths[] = {{"contact", make_contact, bind_contact},
             {"journey", make_journey, encode},
             {"without_contact", make_page, encode}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(argv[1], paths[i].name) != 0)
            continue;
        paths[i].make();
        for (int times = atoi(argv[2]); times > 0; times--)
            paths[i].run();
        PQclear(result);
        bytes_wipe(&handed_out);
        free(body.data);
        bindings_free(&method);
        return 0;
    }
    fputs("usage: hot_paths contact|journey|without_contact TIMES\n", stderr);
    return 2;
}
