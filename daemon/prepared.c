#include "prepared.h"

#include <stdlib.h>

#include "memory.h"

#define ENTER_SQL                                                                                            \
    "select session.enter(token_sha256 => $1::bytea, request_key => $2::uuid, method => $3::text, "          \
    "body_sha256 => $4::bytea, waited_ms => $5::integer, traceparent => $6::text, "                          \
    "foreign_entity => $7::text, certificate_sha256 => $8::bytea)"

static const struct {
    const char *name, *sql;
} fixed[] = {
    {"authenticate",
     "select * from session.authenticate(token_sha256 => $1::bytea, certificate_sha256 => $2::bytea)"},
    {"enter", ENTER_SQL},
    {"begin_on_standby", "select session.begin_on_standby(max_staleness_ms => $1::bigint)"},
    /* Who calls is noted too, since the primary is to find that they still may. */
    {"enter_on_standby", ENTER_SQL ", session.look('{}', '{}')"},
    {"standby_looks", "select noted, at, seen_before, staleness_ms, lines from session.standby_looks()"},
    {"log_standby_looks", "select session.log_standby_looks(noted => $1::text, at => $2::timestamptz, "
                          "seen_before => $3::xid8)"},
    {"log_kept_looks", "select session.log_kept_looks(noted => $1::text, at => $2::timestamptz)"},
    {"subject_key", "select uuid_send(key_id), wrapped from session.subject_key(token_sha256 => $1::bytea, "
                    "certificate_sha256 => $2::bytea, client_number => $3::text, event_id => $4::bigint)"},
    {"new_key", "select set_config('traject.new_key', encode($1::bytea, 'hex'), true)"},
    /* And how long the round has taken, without the times that the daemon had no time to look. */
    {"log_looks", "select session.log_looks(), (1000000 * extract(epoch from clock_timestamp() - "
                  "now()))::bigint as took_us"},
    {"refused", "select session.look(array[$1::text], array[$2::bigint, $3::bigint], failed => true)"},
};

int prepared_send(PGconn *connection, const struct contract *contract, int statement_seconds,
                  int idle_seconds)
{
    char *settings =
        memory_format("select set_config('statement_timeout', '%ds', false), set_config('lock_timeout', "
                      "'%ds', false), set_config('client_min_messages', 'warning', false), "
                      "set_config('idle_in_transaction_session_timeout', '%ds', false), "
                      "set_config('application_name', 'trajectd/" TRAJECT_VERSION "', false)",
                      statement_seconds, statement_seconds / 3, idle_seconds);
    int count = 1, sent = PQsendQueryParams(connection, settings, 0, NULL, NULL, NULL, NULL, 0);
    free(settings);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed && sent; i++, count++)
        sent = PQsendPrepare(connection, fixed[i].name, fixed[i].sql, 0, NULL);
    for (size_t i = 0; i < contract->method_count && sent; i++) {
        const struct method *method = &contract->methods[i];
        sent = PQsendPrepare(connection, method->call_name, method->call_sql, 0, NULL);
        count++;
        if (sent && method->replay_sql) {
            sent = PQsendPrepare(connection, method->replay_name, method->replay_sql, 0, NULL);
            count++;
        }
    }
    return sent ? count : -1;
}
