/* Every kind of entry and of item is told in words, with all its details and with none. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "field.h"
#include "items.h"
#include "sentence.h"
#include "template.h"

enum { MOMENT = 1795616400 }; /* Wednesday 25 November 2026 14:20 UTC */

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size);
    memcpy(copy, bytes, size);
    return copy;
}

/* A message with a value in every field, to free. */
static ProtobufCMessage *filled(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = calloc(1, descriptor->sizeof_message);
    descriptor->message_init(message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field_is_timestamp(field)) {
            Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
            time.seconds = MOMENT;
            field_put(message, field, &(void *){copy_of(&time, sizeof time)});
        } else if (field->type == PROTOBUF_C_TYPE_STRING) {
            field_put(message, field, &(char *){strdup(field->name)});
        } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
            field_put(message, field, &(int){1});
        } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
            field_put(message, field, &(protobuf_c_boolean){0});
        } else if (field->type == PROTOBUF_C_TYPE_INT64) {
            field_put(message, field, &(int64_t){7});
        } else {
            field_put(message, field, &(int32_t){7});
        }
    }
    return message;
}

static void assert_told(char *text)
{
    assert_non_null(text);
    assert_true(*text != '\0');
    assert_null(strpbrk(text, "{}[]"));
    free(text);
}

static void every_kind_of_entry_has_a_sentence(void **state)
{
    (void)state;
    Traject__V1__TimelineEntry *whole =
        (Traject__V1__TimelineEntry *)filled(&traject__v1__timeline_entry__descriptor);
    Traject__V1__TimelineEntry bare = TRAJECT__V1__TIMELINE_ENTRY__INIT;
    static char who[] = "anna";
    bare.recorded_by = who;
    whole->superseded_by = 0;
    /* "activity" follows any sentence; only an imported one is all of it. */
    whole->_activity_case = 0;
    free(whole->activity);
    const ProtobufCEnumDescriptor *kinds = &traject__v1__event_kind__descriptor;
    for (unsigned i = 1; i < kinds->n_values; i++) {
        Traject__V1__EventKind kind = (Traject__V1__EventKind)kinds->values[i].value;
        if (kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_ACTIVITY)
            continue;
        whole->kind = bare.kind = kind;
        /* A correction can turn it of every kind. */
        for (int reached = 0; reached < 2; reached++) {
            whole->reached = reached;
            char *text = sentence(whole);
            /* More than who recorded it. */
            assert_true(strncmp(text, " — ", strlen(" — ")) != 0);
            assert_told(text);
        }
        assert_told(sentence(&bare));
    }
    protobuf_c_message_free_unpacked(&whole->base, NULL);
}

static void every_kind_of_item_is_told(void **state)
{
    (void)state;
    Traject__V1__Item *item = (Traject__V1__Item *)filled(&traject__v1__item__descriptor);
    const ProtobufCEnumDescriptor *kinds = &traject__v1__item_kind__descriptor;
    for (unsigned i = 1; i < kinds->n_values; i++) {
        item->kind = (Traject__V1__ItemKind)kinds->values[i].value;
        for (const struct column *column = item_kind_columns; column->heading; column++) {
            if (column->cell)
                assert_told(column->cell(&item->base));
        }
    }
    protobuf_c_message_free_unpacked(&item->base, NULL);
}

static void a_term_that_is_past_says_for_how_long(void **state)
{
    (void)state;
    static const char *const expected[] = {", past", ", 1 day past", ", 2 days past"};
    const struct column *term = item_kind_columns;
    while (strcmp(term->heading, "TERM") != 0)
        term++;
    Google__Protobuf__Timestamp due = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Traject__V1__Item item = TRAJECT__V1__ITEM__INIT;
    item.due_at = &due;
    item._overdue_days_case = TRAJECT__V1__ITEM___OVERDUE_DAYS_OVERDUE_DAYS;
    for (int days = 0; days < 3; days++) {
        due.seconds = time(NULL) - 86400 * days;
        char *text = term->cell(&item.base);
        assert_string_equal(strchr(text, ','), expected[days]);
        free(text);
    }
}

static void assert_template(const char *pattern, const ProtobufCMessage *message, const char *expected)
{
    char *text = template_text(pattern, message);
    assert_string_equal(text, expected);
    free(text);
}

static void a_template_leaves_out_what_is_absent(void **state)
{
    (void)state;
    Traject__V1__TimelineEntry entry = TRAJECT__V1__TIMELINE_ENTRY__INIT;
    assert_template("Contract[ at {employer}][, {hours} hours][ from {begins_at}]", &entry.base, "Contract");
    static char employer[] = "De Zon\033[2J", hours[] = "19.5", first[] = "Samira", second[] = "Ali";
    entry._employer_case = TRAJECT__V1__TIMELINE_ENTRY___EMPLOYER_EMPLOYER;
    entry.employer = employer;
    entry._hours_case = TRAJECT__V1__TIMELINE_ENTRY___HOURS_HOURS;
    entry.hours = hours;
    entry._contract_case = TRAJECT__V1__TIMELINE_ENTRY___CONTRACT_CONTRACT;
    entry.contract = TRAJECT__V1__CONTRACT_KIND__CONTRACT_KIND_TEMPORARY;
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = MOMENT;
    entry.begins_at = &time;
    /* What came from elsewhere does not steer the terminal. */
    assert_template("[{contract} at {employer}][, {hours} hours][ from {begins_at}]", &entry.base,
                    "temporary at De Zon [2J, 19.5 hours from 25 Nov 2026");
    assert_template("{begins_at+}", &entry.base, "Wed 25 Nov 2026 14:20");
    char *people[] = {first, second};
    entry.network_people = people;
    assert_template("with[ {network_people}]", &entry.base, "with");
    entry.n_network_people = 2;
    assert_template("with[ {network_people}]", &entry.base, "with Samira, Ali");
}

/* So that a client may read the one as the other. */
static void a_watched_event_has_the_fields_of_a_timeline_entry(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *entry = &traject__v1__timeline_entry__descriptor;
    for (unsigned i = 0; i < entry->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &entry->fields[i];
        const ProtobufCFieldDescriptor *watched =
            protobuf_c_message_descriptor_get_field(&traject__v1__watch_entry__descriptor, field->id);
        if (strcmp(field->name, "page_token") == 0) {
            assert_null(watched);
            continue;
        }
        assert_non_null(watched);
        assert_string_equal(watched->name, field->name);
        assert_int_equal(watched->type, field->type);
        assert_ptr_equal(watched->descriptor, field->descriptor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_entry_has_a_sentence),
        cmocka_unit_test(every_kind_of_item_is_told),
        cmocka_unit_test(a_term_that_is_past_says_for_how_long),
        cmocka_unit_test(a_template_leaves_out_what_is_absent),
        cmocka_unit_test(a_watched_event_has_the_fields_of_a_timeline_entry),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    if (!setlocale(LC_ALL, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
