/* What libpq reports by itself has no code. */
#include "unit.h"

#include <libpq-fe.h>

#include "sqlstate.h"

static void what_libpq_fails_at_is_a_lost_connection(void **state)
{
    (void)state;
    static const struct {
        ExecStatusType status;
        const char *sqlstate;
        enum sqlstate_kind kind;
    } cases[] = {
        {PGRES_FATAL_ERROR, "08006", SQLSTATE_LOST},
        {PGRES_BAD_RESPONSE, "08006", SQLSTATE_LOST},
        {PGRES_TUPLES_OK, "", SQLSTATE_FINAL},
        {PGRES_PIPELINE_ABORTED, "", SQLSTATE_FINAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PGresult *result = PQmakeEmptyPGresult(NULL, cases[i].status);
        assert_string_equal(sqlstate_of(result), cases[i].sqlstate);
        assert_int_equal(sqlstate_kind(sqlstate_of(result)), cases[i].kind);
        PQclear(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_libpq_fails_at_is_a_lost_connection)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
