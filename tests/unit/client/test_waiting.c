/* What waits for the server: the seal, and the file, in a folder of this test's own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sealed.h"
#include "waiting.h"

#define TOKEN   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ANOTHER "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
#define SECRET  "Fatima Bakker belt morgen terug"

static char folder[] = "/tmp/traject-waiting-XXXXXX", path[100];

static void write_profile(const char *name, const char *token)
{
    char *profile = traject_profile_path(name);
    unlink(profile);
    FILE *out = fopen(profile, "w");
    assert_non_null(out);
    fprintf(out, "server = \"localhost\"\nca = \"/etc/ca.pem\"\ntoken = \"%s\"\n", token);
    fclose(out);
    assert_int_equal(chmod(profile, 0600), 0);
    free(profile);
}

static int make_folder(void **state)
{
    (void)state;
    char config[100];
    if (!mkdtemp(folder))
        return -1;
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_STATE_HOME", folder, 1);
    snprintf(config, sizeof config, "%s/traject", folder);
    snprintf(path, sizeof path, "%s/traject/anna.waiting", folder);
    return mkdir(config, 0700);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static int begin(void **state)
{
    (void)state;
    unlink(path);
    write_profile("anna", TOKEN);
    return 0;
}

static enum traject_result add(int number, const char *about)
{
    struct traject_error error = {0};
    char key[TRAJECT_KEY_SIZE];
    Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Traject__Client__WaitingEntry entry = TRAJECT__CLIENT__WAITING_ENTRY__INIT;
    snprintf(key, sizeof key, "00000000-0000-4000-8000-%012d", number);
    entry.kept_at = &now;
    entry.about = (char *)(uintptr_t)about;
    entry.method = "RecordContact";
    entry.request_key = key;
    enum traject_result result = waiting_add("anna", &entry, &error);
    traject_error_clear(&error);
    return result;
}

static Traject__Client__Waiting *waits(void)
{
    struct traject_error error = {0};
    Traject__Client__Waiting *waiting;
    enum traject_result result = waiting_read("anna", &waiting, &error);
    if (result)
        fail_msg("%s", error.message);
    return waiting;
}

static void assert_refused(const char *why)
{
    struct traject_error error = {0};
    Traject__Client__Waiting *waiting;
    assert_int_equal(waiting_read("anna", &waiting, &error), TRAJECT_UNUSABLE);
    assert_null(waiting);
    assert_non_null(strstr(error.message, why));
    traject_error_clear(&error);
}

static size_t read_file(uint8_t *bytes, size_t size)
{
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t length = fread(bytes, 1, size, in);
    fclose(in);
    return length;
}

static void write_file(const uint8_t *bytes, size_t length)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(out);
}

static void what_is_sealed_opens_with_the_same_token_and_profile_alone(void **state)
{
    (void)state;
    size_t length, opened_length;
    uint8_t *opened, *sealed = sealed_make(TOKEN, "anna", (const uint8_t *)SECRET, strlen(SECRET), &length);
    assert_null(memmem(sealed, length, "Fatima", 6));
    assert_int_equal(sealed_open(TOKEN, "anna", sealed, length, &opened, &opened_length), SEALED_OPENED);
    assert_int_equal(opened_length, strlen(SECRET));
    assert_memory_equal(opened, SECRET, opened_length);
    free(opened);
    assert_int_equal(sealed_open(ANOTHER, "anna", sealed, length, &opened, &opened_length),
                     SEALED_OTHER_TOKEN);
    assert_int_equal(sealed_open(TOKEN, "bert", sealed, length, &opened, &opened_length), SEALED_OTHER_TOKEN);
    free(sealed);
}

static void the_same_is_sealed_otherwise_each_time(void **state)
{
    (void)state;
    size_t length, again_length;
    uint8_t *sealed = sealed_make(TOKEN, "anna", (const uint8_t *)SECRET, strlen(SECRET), &length);
    uint8_t *again = sealed_make(TOKEN, "anna", (const uint8_t *)SECRET, strlen(SECRET), &again_length);
    assert_int_equal(length, again_length);
    size_t alike = 0;
    for (size_t i = 16; i < length; i++)
        alike += sealed[i] == again[i];
    assert_true(alike < length / 4);
    free(sealed);
    free(again);
}

static void every_changed_bit_and_every_cut_is_seen(void **state)
{
    (void)state;
    size_t length, opened_length;
    uint8_t *opened, *sealed = sealed_make(TOKEN, "anna", (const uint8_t *)SECRET, strlen(SECRET), &length);
    for (size_t i = 0; i < length * 8; i++) {
        sealed[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_not_equal(sealed_open(TOKEN, "anna", sealed, length, &opened, &opened_length),
                             SEALED_OPENED);
        sealed[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t cut = 0; cut < length; cut++)
        assert_int_not_equal(sealed_open(TOKEN, "anna", sealed, cut, &opened, &opened_length), SEALED_OPENED);
    free(sealed);
}

static void entries_wait_in_their_order_until_they_are_settled(void **state)
{
    (void)state;
    struct traject_error error = {0};
    bool found;
    assert_int_equal(add(1, SECRET), TRAJECT_OK);
    assert_int_equal(add(2, "the second"), TRAJECT_OK);
    assert_int_equal(add(3, "the third"), TRAJECT_OK);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(waiting_settle("anna", "00000000-0000-4000-8000-000000000002", NULL, &found, &error),
                     TRAJECT_OK);
    assert_true(found);
    assert_int_equal(waiting_settle("anna", "00000000-0000-4000-8000-000000000002", NULL, &found, &error),
                     TRAJECT_OK);
    assert_false(found);
    assert_int_equal(waiting_settle("anna", "00000000-0000-4000-8000-000000000003", "why", &found, &error),
                     TRAJECT_OK);
    Traject__Client__Waiting *waiting = waits();
    assert_int_equal(waiting->n_entries, 2);
    assert_string_equal(waiting->entries[0]->about, SECRET);
    assert_int_equal(waiting->entries[1]->number, 3);
    assert_string_equal(waiting->entries[1]->refusal, "why");
    traject__client__waiting__free_unpacked(waiting, NULL);
    assert_int_equal(waiting_settle("anna", "00000000-0000-4000-8000-000000000001", NULL, &found, &error),
                     TRAJECT_OK);
    assert_int_equal(waiting_settle("anna", "00000000-0000-4000-8000-000000000003", NULL, &found, &error),
                     TRAJECT_OK);
    assert_int_equal(access(path, F_OK), -1);
    waiting = waits();
    assert_int_equal(waiting->n_entries, 0);
    traject__client__waiting__free_unpacked(waiting, NULL);
}

static void many_at_once_all_wait(void **state)
{
    (void)state;
    enum { WRITERS = 8, EACH = 10 };
    for (int writer = 0; writer < WRITERS; writer++) {
        if (fork() == 0) {
            for (int i = 0; i < EACH; i++) {
                if (add(writer * EACH + i, "one"))
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int ended;
        assert_true(wait(&ended) > 0);
        assert_int_equal(ended, 0);
    }
    Traject__Client__Waiting *waiting = waits();
    assert_int_equal(waiting->n_entries, WRITERS * EACH);
    traject__client__waiting__free_unpacked(waiting, NULL);
}

static void what_was_half_written_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(add(1, "the first"), TRAJECT_OK);
    char new_path[110];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    FILE *out = fopen(new_path, "w");
    fputs("traject waiting1 and no more", out);
    fclose(out);
    assert_int_equal(add(2, "the second"), TRAJECT_OK);
    Traject__Client__Waiting *waiting = waits();
    assert_int_equal(waiting->n_entries, 2);
    traject__client__waiting__free_unpacked(waiting, NULL);
    assert_int_equal(access(new_path, F_OK), -1);
}

static void a_file_that_does_not_open_is_told_and_left_alone(void **state)
{
    (void)state;
    static uint8_t bytes[4096], after[4096];
    assert_int_equal(add(1, SECRET), TRAJECT_OK);
    size_t length = read_file(bytes, sizeof bytes);
    write_profile("anna", ANOTHER);
    assert_refused("another token");
    assert_int_equal(add(2, "the second"), TRAJECT_UNUSABLE);
    assert_int_equal(read_file(after, sizeof after), length);
    assert_memory_equal(after, bytes, length);
    write_profile("anna", TOKEN);
    write_file(bytes, length - 1);
    assert_refused("damaged");
    write_file(bytes, 0);
    assert_refused("is not what traject keeps there");
    write_file((const uint8_t *)SECRET, strlen(SECRET));
    assert_refused("damaged");
    write_file(bytes, length);
    traject__client__waiting__free_unpacked(waits(), NULL);
}

static void there_is_an_end_to_how_much_waits(void **state)
{
    (void)state;
    static char large[WAITING_BYTES_MAX / 3];
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(add(1, large), TRAJECT_OK);
    assert_int_equal(add(2, large), TRAJECT_OK);
    assert_int_equal(add(3, large), TRAJECT_UNUSABLE);
    assert_int_equal(add(4, "a small one"), TRAJECT_OK);
    Traject__Client__Waiting *waiting = waits();
    assert_int_equal(waiting->n_entries, 3);
    assert_string_equal(waiting->entries[2]->about, "a small one");
    traject__client__waiting__free_unpacked(waiting, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_with_the_same_token_and_profile_alone),
        cmocka_unit_test(the_same_is_sealed_otherwise_each_time),
        cmocka_unit_test(every_changed_bit_and_every_cut_is_seen),
        cmocka_unit_test_setup(entries_wait_in_their_order_until_they_are_settled, begin),
        cmocka_unit_test_setup(many_at_once_all_wait, begin),
        cmocka_unit_test_setup(what_was_half_written_is_passed_over, begin),
        cmocka_unit_test_setup(a_file_that_does_not_open_is_told_and_left_alone, begin),
        cmocka_unit_test_setup(there_is_an_end_to_how_much_waits, begin),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
