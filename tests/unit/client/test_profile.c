/* Profiles, in a folder of this test's own, and the keys of writes. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traject.h"

#define TOKEN                "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define SERVER(name, number) (struct traject_server[]){{name, number}}, 1

#define WHOLE "server = \"work.example:7118\"\nca = \"/etc/ca.pem\"\ntoken = \"" TOKEN "\"\n"

static char folder[] = "/tmp/traject-profile-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    setenv("XDG_CONFIG_HOME", folder, 1);
    char path[100];
    snprintf(path, sizeof path, "%s/traject", folder);
    return mkdir(path, 0700);
}

static int remove_folder(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/traject", folder);
    rmdir(path);
    return rmdir(folder);
}

static void write_profile(const char *name, const char *text, mode_t mode)
{
    char *path = traject_profile_path(name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

static void remove_profile(const char *name)
{
    char *path = traject_profile_path(name);
    unlink(path);
    free(path);
}

static void a_profile_is_where_the_environment_says(void **state)
{
    (void)state;
    char *path = traject_profile_path("anna.de-vries_2");
    char expected[100];
    snprintf(expected, sizeof expected, "%s/traject/anna.de-vries_2.conf", folder);
    assert_string_equal(path, expected);
    free(path);
    setenv("XDG_CONFIG_HOME", "", 1);
    setenv("HOME", "/home/anna", 1);
    path = traject_profile_path("anna");
    assert_string_equal(path, "/home/anna/.config/traject/anna.conf");
    free(path);
    setenv("XDG_CONFIG_HOME", folder, 1);
}

static void a_name_that_could_be_another_path_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", ".", "..", "../anna", "a/b", ".hidden", "anna de vries", "a\nb", "zo\xc3\xab"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct traject_profile profile;
        struct traject_error error = {0};
        assert_null(traject_profile_path(names[i]));
        assert_int_equal(traject_profile_load(names[i], &profile, &error), TRAJECT_UNUSABLE);
        assert_non_null(strstr(error.message, "cannot be a profile; use letters, digits"));
        traject_error_clear(&error);
        traject_profile_clear(&profile);
        profile = (struct traject_profile){SERVER("h", "1"), "/ca", TOKEN, NULL, NULL};
        assert_int_equal(traject_profile_save(names[i], &profile, &error), TRAJECT_UNUSABLE);
        traject_error_clear(&error);
    }
}

static void what_was_saved_is_loaded(void **state)
{
    (void)state;
    const struct traject_profile profiles[] = {
        {SERVER("work.example", "7117"), "/etc/ca.pem", TOKEN, NULL, NULL},
        {SERVER("127.0.0.1", "1"), "/etc/ca.pem", TOKEN, NULL, NULL},
        {(struct traject_server[]){{"::1", "65535"}, {"work.example", "7117"}}, 2, "/etc/my ca.pem", TOKEN,
         "/etc/my.pem", "/etc/my.key"},
    };
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        struct traject_profile loaded;
        struct traject_error error = {0};
        /* Whatever the umask allows. */
        mode_t before = umask(0);
        assert_int_equal(traject_profile_save("saved", &profiles[i], &error), TRAJECT_OK);
        umask(before);
        char *path = traject_profile_path("saved");
        struct stat about;
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 07777, 0600);
        free(path);
        if (traject_profile_load("saved", &loaded, &error))
            fail_msg("%s", error.message);
        assert_int_equal(loaded.server_count, profiles[i].server_count);
        for (size_t j = 0; j < loaded.server_count; j++) {
            assert_string_equal(loaded.servers[j].host, profiles[i].servers[j].host);
            assert_string_equal(loaded.servers[j].port, profiles[i].servers[j].port);
        }
        assert_string_equal(loaded.ca, profiles[i].ca);
        assert_string_equal(loaded.token, TOKEN);
        assert_string_equal(loaded.certificate ? loaded.certificate : "",
                            profiles[i].certificate ? profiles[i].certificate : "");
        assert_string_equal(loaded.key ? loaded.key : "", profiles[i].key ? profiles[i].key : "");
        traject_profile_clear(&loaded);
        assert_null(loaded.token);
        /* A profile holds the only copy of a token. */
        assert_int_equal(traject_profile_save("saved", &profiles[i], &error), TRAJECT_UNUSABLE);
        assert_non_null(strstr(error.message, "File exists"));
        traject_error_clear(&error);
        remove_profile("saved");
    }
}

static void the_first_profile_of_a_user_makes_its_folders(void **state)
{
    (void)state;
    static const char *const made[] = {"/.config/traject/first.conf", "/.config/traject", "/.config"};
    const struct traject_profile profile = {SERVER("work.example", "7117"), "/etc/ca.pem", TOKEN, NULL, NULL};
    struct traject_error error = {0};
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", folder, 1);
    enum traject_result result = traject_profile_save("first", &profile, &error);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char path[100];
        snprintf(path, sizeof path, "%s%s", folder, made[i]);
        remove(path);
    }
    setenv("XDG_CONFIG_HOME", folder, 1);
    if (result)
        fail_msg("%s", error.message);
}

static void servers_have_a_standard_port(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *port, *second;
    } cases[] = {
        {"", "localhost", "7117", NULL},
        {"server = \"work.example\"\n", "work.example", "7117", NULL},
        {"server = \"work.example:1\"\n", "work.example", "1", NULL},
        {"server = \"[2001:db8::7]\"\n", "2001:db8::7", "7117", NULL},
        {"server = \"[2001:db8::7]:7118\"\n", "2001:db8::7", "7118", NULL},
        {"server = \"one.example:7118,two.example\"\n", "one.example", "7118", "two.example"},
        {"server = \" [2001:db8::7] ,\ttwo.example:7117 \"\n", "2001:db8::7", "7117", "two.example"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct traject_profile profile;
        struct traject_error error = {0};
        snprintf(text, sizeof text, "%sca = \"ca.pem\"\ntoken = '" TOKEN "'\n", cases[i].text);
        write_profile("server", text, 0600);
        if (traject_profile_load("server", &profile, &error))
            fail_msg("%s", error.message);
        assert_string_equal(profile.servers[0].host, cases[i].host);
        assert_string_equal(profile.servers[0].port, cases[i].port);
        assert_int_equal(profile.server_count, cases[i].second ? 2 : 1);
        if (cases[i].second) {
            assert_string_equal(profile.servers[1].host, cases[i].second);
            assert_string_equal(profile.servers[1].port, "7117");
        }
        /* A relative path counts from the profile's folder. */
        char ca[100];
        snprintf(ca, sizeof ca, "%s/traject/ca.pem", folder);
        assert_string_equal(profile.ca, ca);
        traject_profile_clear(&profile);
    }
    remove_profile("server");
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0610, 0666, 0777};
    struct traject_profile profile;
    struct traject_error error = {0};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char expected[20];
        snprintf(expected, sizeof expected, "(mode %04o)", modes[i]);
        write_profile("open", WHOLE, modes[i]);
        assert_int_equal(traject_profile_load("open", &profile, &error), TRAJECT_UNUSABLE);
        assert_non_null(strstr(error.message, expected));
        assert_non_null(strstr(error.message, "chmod 600"));
        assert_null(strstr(error.message, TOKEN));
        assert_null(profile.token);
        traject_error_clear(&error);
    }
    write_profile("open", WHOLE, 0400);
    assert_int_equal(traject_profile_load("open", &profile, &error), TRAJECT_OK);
    traject_profile_clear(&profile);
    remove_profile("open");
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    (void)state;
    struct traject_profile profile;
    struct traject_error error = {0};
    write_profile("bound", WHOLE "certificate = \"c.pem\"\nkey = \"key.conf\"\n", 0600);
    write_profile("key", "", 0640);
    assert_int_equal(traject_profile_load("bound", &profile, &error), TRAJECT_UNUSABLE);
    assert_non_null(strstr(error.message, "/key.conf can be read by others (mode 0640); do: chmod 600 "));
    assert_null(profile.token);
    traject_error_clear(&error);
    write_profile("key", "", 0600);
    assert_int_equal(traject_profile_load("bound", &profile, &error), TRAJECT_OK);
    traject_profile_clear(&profile);
    remove_profile("key");
    remove_profile("bound");
}

static void every_mistake_says_what_to_write(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"token = \"" TOKEN "\"\n", "ca is missing"},
        {"ca = \"\"\ntoken = \"" TOKEN "\"\n", "ca is missing"},
        {"ca = \"/c\"\n", "is not 64 hexadecimal digits"},
        {"ca = \"/c\"\ntoken = \"0011\"\n", "is not 64 hexadecimal digits"},
        {"ca = \"/c\"\ntoken = \"" TOKEN "0\"\n", "is not 64 hexadecimal digits"},
        {"ca = \"/c\"\ntoken = \"g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n",
         "is not 64 hexadecimal digits"},
        {"server = \"\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "server is \"\"; give host:port"},
        {"server = \"h:\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "server is \"h:\"; give host:port"},
        {"server = \":7117\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "server is \":7117\"; give host:port"},
        {"server = \"h:http\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"server = \"h:123456\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"server = \"[]:7117\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"server = \"[::1]7117\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"server = \"[::1\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"server = \"a:1 b:2\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "several with commas between them"},
        {"server = \"a b\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "several with commas between them"},
        {"server = \"a:1,\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "server is \"a:1,\"; give host:port"},
        {"server = \"a:1, :2\"\nca = \"/c\"\ntoken = \"" TOKEN "\"\n", "give host:port"},
        {"ca = \"/c\"\nkey = \"k\"\ntoken = \"" TOKEN "\"\n", "certificate is missing"},
        {"ca = \"/c\"\ncertificate = \"k\"\ntoken = \"" TOKEN "\"\n", "key is missing"},
        {"ca = \"/c\"\ncolour = \"red\"\n", "near line 2; it has server, ca and token"},
        {"ca = \"/c\n", "it has server, ca and token"},
        {"ca {\n", "near line 1; it has server, ca and token"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct traject_profile profile;
        struct traject_error error = {0};
        write_profile("bad", cases[i].text, 0600);
        assert_int_equal(traject_profile_load("bad", &profile, &error), TRAJECT_UNUSABLE);
        if (!strstr(error.message, cases[i].expected) || strstr(error.message, TOKEN))
            fail_msg("case %zu says: %s", i, error.message);
        traject_error_clear(&error);
        traject_profile_clear(&profile);
    }
    remove_profile("bad");
    struct traject_profile profile;
    struct traject_error error = {0};
    assert_int_equal(traject_profile_load("none", &profile, &error), TRAJECT_UNUSABLE);
    assert_non_null(strstr(error.message, "profile none: there is no "));
    traject_error_clear(&error);
}

/* Lower-case, with dashes, of that version and of the variant of RFC 9562. */
static void assert_uuid(const char *key, char version)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    assert_int_equal(strlen(key), sizeof form - 1);
    for (size_t i = 0; form[i]; i++) {
        if (!strchr(form[i] == 'x' ? "0123456789abcdef" : "-", key[i]))
            fail_msg("%s is no UUID", key);
    }
    assert_int_equal(key[14], version);
    assert_non_null(strchr("89ab", key[19]));
}

static void a_derived_key_is_always_the_same(void **state)
{
    (void)state;
    char first[TRAJECT_KEY_SIZE], second[TRAJECT_KEY_SIZE];
    traject_derive_key("seed:1:move 1042", 16, first);
    traject_derive_key("seed:1:move 1042", 16, second);
    assert_string_equal(first, second);
    assert_uuid(first, '8');
    /* The first 16 bytes of the SHA-256 of "abc" with version and variant in place: what a run of years ago
     * derived must still be recognised. */
    traject_derive_key("abc", 3, first);
    assert_string_equal(first, "ba7816bf-8f01-8fea-8141-40de5dae2223");
    traject_derive_key("abd", 3, second);
    assert_string_not_equal(first, second);
    traject_derive_key("", 0, second);
    assert_uuid(second, '8');
}

static void a_new_key_is_never_the_same(void **state)
{
    (void)state;
    enum { KEYS = 200 };
    char keys[KEYS][TRAJECT_KEY_SIZE];
    for (size_t i = 0; i < KEYS; i++) {
        traject_new_key(keys[i]);
        assert_uuid(keys[i], '4');
        for (size_t earlier = 0; earlier < i; earlier++)
            assert_string_not_equal(keys[i], keys[earlier]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_where_the_environment_says),
        cmocka_unit_test(a_name_that_could_be_another_path_is_refused),
        cmocka_unit_test(what_was_saved_is_loaded),
        cmocka_unit_test(the_first_profile_of_a_user_makes_its_folders),
        cmocka_unit_test(servers_have_a_standard_port),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_key_that_others_may_read_is_refused),
        cmocka_unit_test(every_mistake_says_what_to_write),
        cmocka_unit_test(a_derived_key_is_always_the_same),
        cmocka_unit_test(a_new_key_is_never_the_same),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
