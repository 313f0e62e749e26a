#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

#define MINIMUM                                                                                              \
    "database = \"host=/run/pg dbname=traject\"\ntls_certificate = \"server.crt\"\ntls_key = \"/k\"\n"       \
    "master_key = \"keys\"\n"

static void the_minimum_takes_the_defaults(void **state)
{
    (void)state;
    struct config *config;
    struct status status = {0};
    assert_int_equal(config_parse(MINIMUM, "/etc/traject", &config, &status), 0);
    assert_string_equal(config->listen_host, "127.0.0.1");
    assert_string_equal(config->listen_port, "7117");
    assert_int_equal(config->database_connections, 4);
    assert_int_equal(config->connections_per_address, 128);
    assert_null(config->standby);
    assert_null(config->tls_client_ca);
    assert_null(config->metrics_host);
    assert_null(config->metrics_socket);
    assert_int_equal(config->log_level, LOG_INFO);
    assert_string_equal(config->tls_certificate, "/etc/traject/server.crt");
    assert_string_equal(config->tls_key, "/k");
    assert_string_equal(config->master_key, "/etc/traject/keys");
    config_free(config);
}

static void a_standby_is_held_to_what_the_database_is(void **state)
{
    (void)state;
    struct config *config;
    struct status status = {0};
    assert_int_equal(
        config_parse(MINIMUM "standby = \"hostaddr=10.0.0.2 dbname=traject\"\n", "/", &config, &status), 0);
    assert_string_equal(config->standby, "hostaddr=10.0.0.2 dbname=traject");
    config_free(config);
    assert_int_equal(config_parse(MINIMUM "standby = \"host=db.example\"\n", "/", &config, &status), -1);
    assert_non_null(strstr(status.message, "standby names host \"db.example\""));
    status_clear(&status);
}

static void an_ipv6_address_loses_its_brackets(void **state)
{
    (void)state;
    struct config *config;
    struct status status = {0};
    assert_int_equal(config_parse(MINIMUM "listen = \"[::1]:0\"\n", "/", &config, &status), 0);
    assert_string_equal(config->listen_host, "::1");
    assert_string_equal(config->listen_port, "0");
    config_free(config);
}

static void metrics_are_for_this_machine_alone(void **state)
{
    (void)state;
    static const struct {
        const char *metrics, *host, *socket; /* neither when it is refused */
    } cases[] = {
        {"127.0.0.1:9117", "127.0.0.1", NULL},
        {"127.1.2.3:0", "127.1.2.3", NULL},
        {"[::1]:9117", "::1", NULL},
        {"run/metrics", NULL, "/etc/run/metrics"},
        {"/run/traject/metrics", NULL, "/run/traject/metrics"},
        {"0.0.0.0:9117", NULL, NULL},
        {"10.0.0.1:9117", NULL, NULL},
        {"128.0.0.1:9117", NULL, NULL},
        {"[::]:9117", NULL, NULL},
        {"[::ffff:127.0.0.1]:9117", NULL, NULL},
        {"localhost:9117", NULL, NULL},
        {"9117", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config *config = NULL;
        struct status status = {0};
        char text[400];
        bool taken = cases[i].host || cases[i].socket;
        snprintf(text, sizeof text, "%s\nmetrics = \"%s\"\n", MINIMUM, cases[i].metrics);
        if (config_parse(text, "/etc", &config, &status) != (taken ? 0 : -1) ||
            (taken ? strcmp(cases[i].host ? config->metrics_host : config->metrics_socket,
                            cases[i].host ? cases[i].host : cases[i].socket)
                   : !strstr(status.message, "give an address of the loopback and a port")))
            fail_msg("%s: %s", cases[i].metrics, status.message ? status.message : "taken");
        status_clear(&status);
        config_free(config);
    }
}

static void a_database_is_reached_without_looking_a_name_up(void **state)
{
    (void)state;
    static const struct {
        const char *conninfo, *refused;
    } cases[] = {
        {"host=/run/pg", NULL},
        {"host=@pg", NULL},
        {"hostaddr=127.0.0.1", NULL},
        {"host=/run/pg,/run/other", NULL},
        {"host=one.example,two.example hostaddr=10.0.0.1,fd00::2", NULL},
        {"host=one.example,/run/pg hostaddr=10.0.0.1,", NULL},
        {"dbname=x", "\"\""},
        {"host=/run/pg,db.example", "\"db.example\""},
        {"host=one.example,two.example hostaddr=10.0.0.1,", "\"two.example\""},
        {"host=one.example,two.example hostaddr=10.0.0.1", "\"two.example\""},
        {"host=/run/pg hostaddr=db.example", "\"db.example\""},
        {"hostaddr=10.0.0.1,10.0.0.256", "\"10.0.0.256\""},
        {"host=/run/pg,", "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config *config = NULL;
        struct status status = {0};
        char text[400], expected[200];
        snprintf(text, sizeof text, "%s\ndatabase = \"%s\"\n", MINIMUM, cases[i].conninfo);
        snprintf(expected, sizeof expected, "database names host %s; give the folder of a unix socket",
                 cases[i].refused);
        int failed = config_parse(text, "/", &config, &status);
        if (failed != (cases[i].refused ? -1 : 0) ||
            (failed &&
             (!strstr(status.message, expected) || !strstr(status.message, "names are not looked up"))))
            fail_msg("%s: %s", cases[i].conninfo, status.message ? status.message : "taken");
        status_clear(&status);
        config_free(config);
    }
}

static void every_mistake_says_what_to_write(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {MINIMUM "listen = \"localhost:7117\"\n", "listen is \"localhost:7117\"; give an address and a port"},
        {MINIMUM "listen = \"127.0.0.1:70000\"\n", "give an address and a port"},
        {MINIMUM "listen = \"::1:7117\"\n", "give an address and a port"},
        {MINIMUM "log_level = \"loud\"\n", "give error, warning, info or debug"},
        {MINIMUM "database_connections = 0\n", "database_connections is 0; give 1 to 100"},
        {MINIMUM "requests_waiting = 1000001\n", "requests_waiting is 1000001; give 1 to 1000000"},
        {MINIMUM "requests_waiting_ms = 9\n", "requests_waiting_ms is 9; give 10 to 600000 ms"},
        {MINIMUM "memory_max = 255\n", "memory_max is 255; give 256 to 1048576 MiB"},
        {"database = \"host=db.example dbname=x\"\n", "names are not looked up"},
        {"database = \"nonsense\"\n", "database is not a libpq connection string"},
        {MINIMUM "connections_per_address = 0\n", "connections_per_address is 0; give 1 to 100000"},
        {MINIMUM "colour = 1\n", "no such option 'colour'"},
        {"listen = \"127.0.0.1:1\"\n", "tls_certificate is missing"},
        {"listen = \"127.0.0.1:1\"\n", "master_key is missing"},
        {"listen = \"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config *config;
        struct status status = {0};
        assert_int_equal(config_parse(cases[i].text, "/", &config, &status), -1);
        if (!strstr(status.message, cases[i].expected))
            fail_msg("case %zu says: %s", i, status.message);
        status_clear(&status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_minimum_takes_the_defaults),
        cmocka_unit_test(a_standby_is_held_to_what_the_database_is),
        cmocka_unit_test(an_ipv6_address_loses_its_brackets),
        cmocka_unit_test(metrics_are_for_this_machine_alone),
        cmocka_unit_test(a_database_is_reached_without_looking_a_name_up),
        cmocka_unit_test(every_mistake_says_what_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
