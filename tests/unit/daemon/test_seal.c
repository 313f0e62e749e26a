#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "seal.h"

static const struct keys keys = {
    .index = {5}, .masters = {{.id = {1}, .key = {11}}, {.id = {2}, .key = {22}}}, .master_count = 2};
static struct person_key person;
static struct opener opener = {.keys = &keys};
static struct bytes handed, sealed, text;
static struct status status;

static int finish(void **state)
{
    (void)state;
    opener_clear(&opener);
    opener.keys = &keys;
    bytes_wipe(&handed);
    bytes_wipe(&sealed);
    bytes_wipe(&text);
    status_clear(&status);
    return 0;
}

/* Has the opener hold the key as the database hands it out. */
static void hand_out(const struct master *master)
{
    bytes_append(&handed, person.id, sizeof person.id);
    seal_wrap(master, &person, bytes_extend(&handed, WRAPPED_BYTES));
    opener.handed_out = handed.data;
    opener.handed_out_length = handed.length;
}

/* Seals as the daemon writes, under a new key. */
static void seal(const struct master *master, enum seal_tokens tokens, const char *words)
{
    seal_new_key(&person);
    seal_text(&keys, 1, &person, tokens, words, strlen(words), &sealed);
    hand_out(master);
}

static int open_sealed(void)
{
    return seal_open(&opener, sealed.data, sealed.length, &text, &status);
}

static void what_is_sealed_opens_under_any_master_key_there_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys.master_count; i++) {
        seal(&keys.masters[i], SEAL_NAME, "Zo\xc3\xab van Dijk");
        assert_null(memmem(sealed.data, sealed.length, "Dijk", 4));
        assert_int_equal(open_sealed(), 0);
        assert_int_equal(text.length, 13);
        assert_memory_equal(text.data, "Zo\xc3\xab van Dijk", 13);
        assert_int_equal(sealed.data[17] << 8 | sealed.data[18], 12); /* characters */
        assert_int_equal(sealed.data[19], 1 + 1 + 1 + 2);             /* the whole; zoe; van; dij, dijk */
        finish(NULL);
    }
}

static void zeros_stand_for_the_key_of_who_was_erased(void **state)
{
    (void)state;
    seal(&keys.masters[0], SEAL_NOTHING, "belt morgen");
    memset(handed.data + PERSON_KEY_ID_BYTES, 0, WRAPPED_BYTES);
    assert_int_equal(open_sealed(), 0);
    assert_int_equal(text.length, strlen("(erased)"));
    assert_memory_equal(text.data, "(erased)", text.length);
}

static void what_no_key_was_handed_out_for_does_not_open(void **state)
{
    (void)state;
    seal(&keys.masters[0], SEAL_NOTHING, "belt morgen");
    opener.handed_out_length = 0;
    assert_int_equal(open_sealed(), -1);
    assert_int_equal(status.code, TRAJECT__V1__CODE__DATA_LOSS);
    assert_int_equal(text.length, 0);
}

static void any_other_byte_is_noticed(void **state)
{
    (void)state;
    seal(&keys.masters[0], SEAL_LABEL, "belt morgen");
    for (size_t i = 0; i < sealed.length; i++) {
        sealed.data[i] ^= 1;
        assert_int_equal(open_sealed(), -1);
        assert_int_equal(text.length, 0);
        assert_int_equal(status.code, TRAJECT__V1__CODE__DATA_LOSS);
        status_clear(&status);
        sealed.data[i] ^= 1;
    }
    for (size_t length = 0; length < sealed.length; length++) {
        assert_int_equal(seal_open(&opener, sealed.data, length, &text, &status), -1);
        status_clear(&status);
    }
    for (size_t i = PERSON_KEY_ID_BYTES; i < handed.length; i++) {
        opener_clear(&opener);
        opener =
            (struct opener){.keys = &keys, .handed_out = handed.data, .handed_out_length = handed.length};
        handed.data[i] ^= 1;
        assert_int_equal(open_sealed(), -1);
        /* Another master key's id is one that is not there; all else was changed. */
        assert_int_equal(status.code, i < PERSON_KEY_ID_BYTES + MASTER_ID_BYTES
                                          ? TRAJECT__V1__CODE__UNAVAILABLE
                                          : TRAJECT__V1__CODE__DATA_LOSS);
        status_clear(&status);
        handed.data[i] ^= 1;
    }
}

/* Of so many persons that are handed out by their ids, in any order and again and again: what an opener holds
 * of one is of no use for another. */
static void each_is_opened_with_the_key_of_its_person(void **state)
{
    (void)state;
    enum { PERSONS = 5 };
    struct bytes of[PERSONS] = {0};
    struct person_key people[PERSONS] = {0};
    for (uint8_t i = 0; i < PERSONS; i++) {
        seal_new_key(&people[i]);
        people[i].id[0] = i;
        person = people[i];
        const char words[] = {(char)('a' + i), '\0'};
        seal_text(&keys, 1, &person, SEAL_NOTHING, words, 1, &of[i]);
        hand_out(&keys.masters[i % 2]);
    }
    for (size_t i = 0; i < 60; i++) {
        size_t turn = i * i / 2 % PERSONS;
        text.length = 0;
        assert_int_equal(seal_open(&opener, of[turn].data, of[turn].length, &text, &status), 0);
        assert_int_equal(text.length, 1);
        assert_memory_equal(text.data, &(char){(char)('a' + turn)}, text.length);
    }
    for (size_t i = 0; i < PERSONS; i++)
        bytes_wipe(&of[i]);
}

static void a_key_does_not_open_in_another_ones_place(void **state)
{
    (void)state;
    uint8_t wrapped[WRAPPED_BYTES];
    struct person_key other = {.id = {1}}, opened = {.id = {2}};
    seal_wrap(&keys.masters[0], &other, wrapped);
    assert_int_equal(seal_unwrap(&keys, wrapped, &opened, &status), -1);
    assert_int_equal(status.code, TRAJECT__V1__CODE__DATA_LOSS);
}

static void labels_are_the_same_within_a_municipality_only(void **state)
{
    (void)state;
    uint8_t one[TOKEN_BYTES_SEALED], same[TOKEN_BYTES_SEALED], elsewhere[TOKEN_BYTES_SEALED];
    seal_label(&keys, 1, "Zo\xc3\xab", 4, one);
    seal_label(&keys, 1, "zoe", 3, same);
    seal_label(&keys, 2, "zoe", 3, elsewhere);
    assert_memory_equal(one, same, sizeof one);
    assert_memory_not_equal(one, elsewhere, sizeof one);
    seal(&keys.masters[0], SEAL_LABEL, "ZOE");
    assert_memory_equal(sealed.data + 20, one, sizeof one);
}

static void in_sealed(void *context, const uint8_t token[TOKEN_BYTES_SEALED])
{
    const uint8_t *tokens = sealed.data + 20;
    size_t *found = context;
    for (size_t i = 0; i < sealed.data[19]; i++)
        *found += memcmp(tokens + i * TOKEN_BYTES_SEALED, token, TOKEN_BYTES_SEALED) == 0;
}

static void a_name_is_found_by_beginnings_of_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        size_t found;
    } cases[] = {{"fatima", 1}, {"el am", 1}, {"el amr", 2},          {"AMRANI fat", 2},
                 {"fa", 0},     {"rani", 0},  {"Fatima el Amrani", 3}};
    seal(&keys.masters[0], SEAL_NAME, "Fatima el Amrani");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t found = 0;
        seal_words(&keys, 1, cases[i].query, strlen(cases[i].query), in_sealed, &found);
        assert_int_equal(found, cases[i].found);
    }
}

/* A mebibyte of one word: a token for each of its beginnings, and the digest of each, would take minutes. */
static void a_name_has_so_many_tokens_and_costs_no_more(void **state)
{
    (void)state;
    size_t length = 1024 * 1024;
    char *name = malloc(length + 1);
    memset(name, 'a', length);
    name[length] = '\0';
    clock_t begin = clock();
    seal(&keys.masters[0], SEAL_NAME, name);
    assert_true(clock() - begin < 10 * CLOCKS_PER_SEC);
    assert_int_equal(sealed.data[19], 255);
    assert_int_equal(open_sealed(), 0);
    assert_int_equal(text.length, length);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_sealed_opens_under_any_master_key_there_is, finish),
        cmocka_unit_test_teardown(zeros_stand_for_the_key_of_who_was_erased, finish),
        cmocka_unit_test_teardown(what_no_key_was_handed_out_for_does_not_open, finish),
        cmocka_unit_test_teardown(any_other_byte_is_noticed, finish),
        cmocka_unit_test_teardown(each_is_opened_with_the_key_of_its_person, finish),
        cmocka_unit_test_teardown(a_key_does_not_open_in_another_ones_place, finish),
        cmocka_unit_test_teardown(labels_are_the_same_within_a_municipality_only, finish),
        cmocka_unit_test_teardown(a_name_is_found_by_beginnings_of_its_words, finish),
        cmocka_unit_test_teardown(a_name_has_so_many_tokens_and_costs_no_more, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
