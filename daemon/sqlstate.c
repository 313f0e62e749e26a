#include "sqlstate.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/* What is not here is final: nothing but the request, or an operator, can change it. That includes what the
 * server lacks (53, 58): to ask it again at once would only add to that. */
static const struct {
    const char *prefix; /* of the code */
    enum sqlstate_kind kind;
} kinds[] = {
    {"TJ901", SQLSTATE_ANSWERED}, /* raised by session.enter */
    {"TJ902", SQLSTATE_STALE},    /* by session.begin_on_standby and session.standby_looks */
    {"40", SQLSTATE_PASSING},     /* deadlock, serialization failure */
    {"55P03", SQLSTATE_PASSING},  /* lock timeout */
    {"08", SQLSTATE_LOST},        /* connection exception */
    {"57P", SQLSTATE_LOST},       /* shutdown, crash of another backend, database dropped */
    {"25P03", SQLSTATE_LOST},     /* idle in transaction */
    {"25006", SQLSTATE_READ_ONLY},
    {"0A000", SQLSTATE_OUTDATED}, /* a cached plan would answer rows of another type; */
    {"26000", SQLSTATE_OUTDATED}, /* no such prepared statement, */
    {"3F000", SQLSTATE_OUTDATED}, /* schema, */
    {"42704", SQLSTATE_OUTDATED}, /* type, */
    {"42883", SQLSTATE_OUTDATED}, /* function, */
    {"42P01", SQLSTATE_OUTDATED}, /* table, */
    {"XX000", SQLSTATE_OUTDATED}, /* or whatever is known by its number only */
};

static const struct rule {
    const char *prefix; /* of the code: the longest comes first */
    Traject__V1__Code code;
    enum log_level level; /* what only an operator can mend is an error */
    const char *message;  /* when no constraint's words say it better */
} rules[] = {
    {"23505", TRAJECT__V1__CODE__ALREADY_EXISTS, LOG_INFO, "there is one already"},
    {"23P01", TRAJECT__V1__CODE__FAILED_PRECONDITION, LOG_INFO, "it overlaps with what is recorded already"},
    {"23", TRAJECT__V1__CODE__INVALID_ARGUMENT, LOG_INFO, "a rule of the record does not allow this"},
    {"22021", TRAJECT__V1__CODE__INVALID_ARGUMENT, LOG_INFO, "a text holds bytes that are not UTF-8"},
    {"22", TRAJECT__V1__CODE__INVALID_ARGUMENT, LOG_INFO, "a value is out of range"},
    {"40", TRAJECT__V1__CODE__ABORTED, LOG_INFO, "others changed the same record at that moment; ask again"},
    {"55P03", TRAJECT__V1__CODE__ABORTED, LOG_INFO,
     "another change to the same record took too long; ask again"},
    {"42501", TRAJECT__V1__CODE__PERMISSION_DENIED, LOG_INFO,
     "this is outside what your role may see or change"},
    {"57014", TRAJECT__V1__CODE__DEADLINE_EXCEEDED, LOG_WARNING,
     "the database took too long; ask for less, or again later"},
    {"53", TRAJECT__V1__CODE__UNAVAILABLE, LOG_ERROR,
     "the database is out of room or memory; ask again later"},
    {"58", TRAJECT__V1__CODE__UNAVAILABLE, LOG_ERROR, "the database cannot use its disk; ask again later"},
};

const char *sqlstate_of(const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const ExecStatusType status = PQresultStatus(result);
    if (sqlstate)
        return sqlstate;
    /* libpq's own, as without memory for an answer: what the server said is not known, nor where it is now.
     */
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE ? "08006" : "";
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum sqlstate_kind sqlstate_kind(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (starts_with(sqlstate, kinds[i].prefix))
            return kinds[i].kind;
    }
    return SQLSTATE_FINAL;
}

void sqlstate_to_status(const PGresult *result, const struct contract *contract, const struct method *method,
                        const char *trace_id, struct status *status)
{
    const char *sqlstate = sqlstate_of(result);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *field = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *name = method ? method->full_name : "/traject.v1.Session/Authenticate";

    /* TJ0NN: our own, NN being the gRPC code and the message meant for people. */
    if (starts_with(sqlstate, "TJ0")) {
        status_refuse(status, (Traject__V1__Code)atoi(sqlstate + 3), field, message,
                      PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
        return;
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!starts_with(sqlstate, rules[i].prefix))
            continue;
        const char *words = constraint ? contract_constraint(contract, constraint) : NULL;
        status_set(status, rules[i].code, words ? NULL : field, "%s", words ? words : rules[i].message);
        log_event(rules[i].level, "database_refused", "method=%s sqlstate=%s constraint=%s trace_id=%s", name,
                  sqlstate, constraint ? constraint : "", trace_id);
        return;
    }
    /* The message may quote what people wrote, so the log gets the place and not the text. */
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    const char *routine = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    log_event(LOG_ERROR, "database_error",
              "method=%s sqlstate=%s table=%s constraint=%s routine=%s trace_id=%s", name, sqlstate,
              table ? table : "", constraint ? constraint : "", routine ? routine : "", trace_id);
    if (sqlstate_kind(sqlstate) == SQLSTATE_OUTDATED && strcmp(sqlstate, "XX000") != 0)
        status_set(status, TRAJECT__V1__CODE__UNAVAILABLE, NULL,
                   "the database is being upgraded; ask again later with the same request_key");
    else
        status_set(status, TRAJECT__V1__CODE__INTERNAL, NULL,
                   "the database failed with code %s; the daemon's log has the place", sqlstate);
}
