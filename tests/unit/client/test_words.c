#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "traject.pb-c.h"
#include "words.h"

enum { WORDS = 4 };

/* The words of a line, each followed by a bar, or the reason why not. */
static const char *split(const char *text)
{
    static char result[200];
    char line[100], *words[WORDS];
    const char *reason = NULL;
    strcpy(line, text);
    int count = words_split(line, words, WORDS, &reason);
    if (count < 0)
        return reason;
    result[0] = '\0';
    for (int i = 0; i < count; i++) {
        strcat(result, words[i]);
        strcat(result, "|");
    }
    return result;
}

static void a_line_is_split_as_a_shell_does(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"", ""},
        {" \t\r\n", ""},
        {"# a comment", ""},
        {"contact 1042", "contact|1042|"},
        {"  contact\t1042  \n", "contact|1042|"},
        {"a b # c d", "a|b|"},
        {"a#b c", "a#b|c|"},
        {"a '# b'", "a|# b|"},
        {"\"Bakkerij De Zon\" x", "Bakkerij De Zon|x|"},
        {"'Bakkerij De Zon'", "Bakkerij De Zon|"},
        {"--words=\"belt  morgen\"", "--words=belt  morgen|"},
        {"a\"b c\"d'e f'g", "ab cde fg|"},
        {"\"it's\" 'a \"b\"'", "it's|a \"b\"|"},
        {"\"\" ''", "||"},
        {"a\\ b", "a b|"},
        {"\"a \\\"b\\\" \\\\\"", "a \"b\" \\|"},
        {"'a\\b'", "a\\b|"},
        {"\\#a", "#a|"},
        {"\\'a", "'a|"},
        {"a\\", "a\\|"},
        {"1 2 3 4", "1|2|3|4|"},
        {"1 2 3 4 # 5", "1|2|3|4|"},
        {"zo\xc3\xab \xe2\x82\xac", "zo\xc3\xab|\xe2\x82\xac|"},
        {"1 2 3 4 5", "the line has too many words"},
        {"a \"b", "a quote is not closed"},
        {"a 'b\"", "a quote is not closed"},
        {"\"a\\\"", "a quote is not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *result = split(cases[i].line);
        if (strcmp(result, cases[i].expected) != 0)
            fail_msg("<%s> gives <%s>, not <%s>", cases[i].line, result, cases[i].expected);
    }
}

static void the_nearest_word_is_found_when_it_is_near(void **state)
{
    (void)state;
    static const char *const commands[] = {"board", "contact", "timeline", "token", "move"};
    static const struct {
        const char *word, *expected;
    } cases[] = {
        {"contcat", "contact"},   {"CONTACT", "contact"}, {"timelin", "timeline"},
        {"borad", "board"},       {"tokens", "token"},    {"mvoe", "move"},
        {"boar", "board"},        {"quiet", NULL},        {"", NULL},
        {"administration", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = nearest(cases[i].word, commands, sizeof commands / sizeof *commands);
        if ((found == NULL) != (cases[i].expected == NULL) ||
            (found && strcmp(found, cases[i].expected) != 0))
            fail_msg("nearest to %s is %s, not %s", cases[i].word, found, cases[i].expected);
    }
    assert_null(nearest("board", commands, 0));
    /* Of two that are as near the first. */
    static const char *const two[] = {"abcx", "abcy"};
    assert_ptr_equal(nearest("abcd", two, 2), two[0]);
}

static void nothing_is_near_to_a_word_that_is_too_long(void **state)
{
    (void)state;
    static const char *const commands[] = {"board", "contact"};
    char endless[201];
    memset(endless, 'x', 200);
    endless[200] = '\0';
    assert_null(nearest(endless, commands, 2));
}

static void the_choices_of_an_enum(void **state)
{
    (void)state;
    char *choices = enum_choices(&traject__v1__party__descriptor);
    assert_string_equal(choices, "coach, employer");
    free(choices);
    choices = enum_choices(&traject__v1__stage__descriptor);
    assert_string_equal(choices, "first-contact, starting-work, work-content, workplace-guidance, "
                                 "career-development, preconditions");
    free(choices);
}

/* Sets a field, which is to be refused for that reason; or taken when the reason is NULL. */
static void set(void *message, const char *field, const char *text, const char *expected)
{
    char *reason = NULL;
    int result = field_from_text(message, field, text, 1000000000, WHEN_NOON, &reason);
    if (!expected && result)
        fail_msg("%s = <%s> is refused: %s", field, text, reason);
    if (expected && !result)
        fail_msg("%s = <%s> is taken", field, text);
    if (expected && strcmp(reason, expected) != 0)
        fail_msg("%s = <%s> is refused: %s", field, text, reason);
    free(reason);
}

static void texts_become_fields(void **state)
{
    (void)state;
    Traject__V1__RecordContactRequest *contact = malloc(sizeof *contact);
    traject__v1__record_contact_request__init(contact);
    set(contact, "client_number", "1042", NULL);
    set(contact, "channel", "phone", NULL);
    set(contact, "channel", "e-mail", NULL);
    assert_int_equal(contact->channel, TRAJECT__V1__CHANNEL__CHANNEL_EMAIL);
    set(contact, "channel", "Telefoon", NULL);
    assert_int_equal(contact->channel, TRAJECT__V1__CHANNEL__CHANNEL_PHONE);
    set(contact, "reached", "true", NULL);
    set(contact, "words", "Zo\xc3\xab belt", NULL);
    set(contact, "occurred_at", "2026-11-02T14:10:05.5+01:00", NULL);
    set(contact, "expected_version", "-7", NULL);
    assert_string_equal(contact->client_number, "1042");
    assert_int_equal(contact->channel, TRAJECT__V1__CHANNEL__CHANNEL_PHONE);
    assert_true(contact->reached);
    assert_int_equal(contact->_words_case, TRAJECT__V1__RECORD_CONTACT_REQUEST___WORDS_WORDS);
    assert_string_equal(contact->words, "Zo\xc3\xab belt");
    assert_int_equal(contact->occurred_at->seconds, 1793625005);
    assert_int_equal(contact->occurred_at->nanos, 500000000);
    assert_int_equal(contact->_expected_version_case,
                     TRAJECT__V1__RECORD_CONTACT_REQUEST___EXPECTED_VERSION_EXPECTED_VERSION);
    assert_int_equal(contact->expected_version, -7);
    set(contact, "reached", "false", NULL);
    assert_false(contact->reached);
    traject__v1__record_contact_request__free_unpacked(contact, NULL);
}

static void a_repeated_field_takes_each_of_them(void **state)
{
    (void)state;
    Traject__V1__GetTimelineRequest *timeline = malloc(sizeof *timeline);
    traject__v1__get_timeline_request__init(timeline);
    set(timeline, "stages", "work-content", NULL);
    set(timeline, "stages", "work content", NULL);
    set(timeline, "stages", "first_contact", NULL);
    assert_int_equal(timeline->n_stages, 3);
    assert_int_equal(timeline->stages[1], TRAJECT__V1__STAGE__STAGE_WORK_CONTENT);
    assert_int_equal(timeline->stages[2], TRAJECT__V1__STAGE__STAGE_FIRST_CONTACT);
    traject__v1__get_timeline_request__free_unpacked(timeline, NULL);

    Traject__V1__AddWorkerRequest *worker = malloc(sizeof *worker);
    traject__v1__add_worker_request__init(worker);
    set(worker, "teams", "Noord", NULL);
    set(worker, "teams", "Zuid", NULL);
    assert_int_equal(worker->n_teams, 2);
    assert_string_equal(worker->teams[1], "Zuid");
    traject__v1__add_worker_request__free_unpacked(worker, NULL);
}

static void what_does_not_fit_is_refused_with_the_reason(void **state)
{
    (void)state;
    Traject__V1__RecordContactRequest contact = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
    Traject__V1__SetRhythmRequest rhythm = TRAJECT__V1__SET_RHYTHM_REQUEST__INIT;
    set(&contact, "colour", "red", "there is no field colour");
    set(&contact, "channel", "fone",
        "\"fone\" is none of phone, email, letter, message, video, office, workplace, home, online; did you "
        "mean phone?");
    /* 0 is for fields that are not there. */
    set(&contact, "counterpart", "unspecified",
        "\"unspecified\" is none of client, employer, network, partner");
    set(&contact, "counterpart", "client ",
        "\"client \" is none of client, employer, network, partner; did you mean client?");
    set(&contact, "occurred_at", "2026-02-30",
        "\"2026-02-30\" is no moment; write it like 2026-11-02, \"2026-11-02 14:10\", \"yesterday 16:30\" or "
        "\"3 days ago\"");
    set(&rhythm, "days", "", "\"\" is no whole number");
    set(&rhythm, "days", "2.5", "\"2.5\" is no whole number");
    set(&rhythm, "days", "ten", "\"ten\" is no whole number");
    set(&rhythm, "days", "2147483648", "\"2147483648\" is no whole number");
    set(&rhythm, "days", "-2147483649", "\"-2147483649\" is no whole number");
    set(&rhythm, "days", "2147483647", NULL);
    assert_int_equal(rhythm.days, 2147483647);
    assert_null(contact.occurred_at);
    assert_int_equal(contact.channel, 0);
}

static void what_is_neither_true_nor_false_is_refused(void **state)
{
    (void)state;
    /* A map that says reached = "yes" would otherwise make attempts of all contacts. */
    static const char *const texts[] = {"yes", "True", "1", "", "falsehood"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Traject__V1__RecordContactRequest contact = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
        char *reason = NULL;
        if (field_from_text(&contact.base, "reached", texts[i], 0, WHEN_NOON, &reason) == 0)
            fail_msg("\"%s\" is taken", texts[i]);
        free(reason);
    }
}

static void a_number_that_is_too_large_is_refused(void **state)
{
    (void)state;
    Traject__V1__RecordContactRequest contact = TRAJECT__V1__RECORD_CONTACT_REQUEST__INIT;
    set(&contact, "expected_version", "9223372036854775807", NULL);
    set(&contact, "expected_version", "9223372036854775808", "\"9223372036854775808\" is no whole number");
}

static void what_is_given_twice_is_refused(void **state)
{
    (void)state;
    Traject__V1__RecordContactRequest *contact = malloc(sizeof *contact);
    traject__v1__record_contact_request__init(contact);
    set(contact, "client_number", "1042", NULL);
    set(contact, "client_number", "1043", "\"1043\" comes on top of another value; give it once");
    set(contact, "words", "een", NULL);
    set(contact, "words", "twee", "\"twee\" comes on top of another value; give it once");
    set(contact, "occurred_at", "now", NULL);
    set(contact, "occurred_at", "yesterday", "\"yesterday\" comes on top of another value; give it once");
    assert_string_equal(contact->client_number, "1042");
    assert_string_equal(contact->words, "een");
    assert_int_equal(contact->occurred_at->seconds, 1000000000);
    traject__v1__record_contact_request__free_unpacked(contact, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_split_as_a_shell_does),
        cmocka_unit_test(the_nearest_word_is_found_when_it_is_near),
        cmocka_unit_test(nothing_is_near_to_a_word_that_is_too_long),
        cmocka_unit_test(the_choices_of_an_enum),
        cmocka_unit_test(texts_become_fields),
        cmocka_unit_test(a_repeated_field_takes_each_of_them),
        cmocka_unit_test(what_does_not_fit_is_refused_with_the_reason),
        cmocka_unit_test(what_is_neither_true_nor_false_is_refused),
        cmocka_unit_test(a_number_that_is_too_large_is_refused),
        cmocka_unit_test(what_is_given_twice_is_refused),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
