#include "statement.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "memory.h"

static void append(struct bytes *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(struct bytes *sql, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_format_list(format, arguments);
    va_end(arguments);
    bytes_append(sql, text, strlen(text));
    free(text);
}

static void append_columns(struct bytes *sql, const struct method *method, const char *prefix)
{
    if (!method->column_count)
        append(sql, "%sdone", prefix);
    for (size_t i = 0; i < method->column_count; i++)
        append(sql, "%s%s\"%s\"", i ? ", " : "", prefix, method->columns[i].field->name);
}

static const struct binding *find_column(const struct method *method, const char *name, enum value_kind kind)
{
    for (size_t i = 0; i < method->column_count; i++) {
        if (strcmp(method->columns[i].field->name, name) == 0 && method->columns[i].kind == kind)
            return &method->columns[i];
    }
    return NULL;
}

/* The entries of a reply say whose they are where nothing else does: neither the reply itself, nor a client
 * that the request must name. What a write answers with it has recorded, and that is logged anyway. */
static bool told_by_entries(const struct method *method)
{
    int client = method->persons[PERSON_CLIENT_NUMBER];
    return !method->writes && find_column(method, "event_id", VALUE_INT8) &&
           !find_column(method, "client_number", VALUE_TEXT) &&
           (client == NO_ARGUMENT || field_may_be_absent(method->arguments[client].field));
}

/* Whose keys open what is sealed in the reply. All that is in a row is about one person, but for lists of
 * things of several persons; those of an entry are of the person whom the entry is about. */
static void append_key_ids(struct bytes *sql, const struct method *method)
{
    bool entries = find_column(method, "event_id", VALUE_INT8) != NULL;
    const char *before = "array(select traject.key_of(coalesce(", *after = "'{}'";
    for (size_t i = 0; i < method->column_count; i++) {
        const struct binding *column = &method->columns[i];
        if (column->kind != VALUE_SEALED || (column->element && !entries))
            continue;
        append(sql, "%s\"%s\"%s::bytea", before, column->field->name, column->element ? "[1]" : "");
        before = ", ";
        after = ")) from reply)";
    }
    append(sql, "%s", after);
    for (size_t i = 0; i < method->column_count && !entries; i++) {
        const struct binding *column = &method->columns[i];
        if (column->kind == VALUE_SEALED && column->element)
            append(sql, " || array(select traject.key_of(u) from reply cross join unnest(\"%s\"::bytea[]) u)",
                   column->field->name);
    }
}

static void append_argument(struct bytes *sql, const struct method *method, enum person person,
                            const char *type)
{
    /* Of a watch those are logged who are told of, page by page. */
    if (method->persons[person] == NO_ARGUMENT || method->watches)
        append(sql, "null::%s", type);
    else
        append(sql, "$%d::%s", method->persons[person] + 1, type);
}

/* A last row, which notes all whom the request or the reply names, and has the keys that open the reply. */
static void append_look(struct bytes *sql, const struct method *method)
{
    append(sql, " union all select null::record, %ssession.look(array[",
           method->watches ? "case when exists (select from reply where client_number is not null) then "
                           : "");
    append_argument(sql, method, PERSON_CLIENT_NUMBER, "text");
    append(sql, "]");
    if (find_column(method, "client_number", VALUE_TEXT))
        append(sql, " || array(select client_number from reply)");
    if (find_column(method, "client_numbers", VALUE_TEXT))
        append(sql, " || array(select unnest(client_numbers) from reply)");
    append(sql, ", array[");
    append_argument(sql, method, PERSON_EVENT_ID, "bigint");
    append(sql, ", ");
    append_argument(sql, method, PERSON_ITEM_ID, "bigint");
    append(sql, "]");
    if (told_by_entries(method))
        append(sql, " || array(select event_id from reply)");
    append(sql, ", ");
    append_key_ids(sql, method);
    append(sql, ")%s", method->watches ? " end" : "");
}

void statement_write(struct method *method, const char *function, bool logged)
{
    struct bytes sql = {0};
    if (logged)
        append(&sql, "with reply as materialized (");
    append(&sql, logged ? "select " : "select row(");
    if (method->column_count)
        append_columns(&sql, method, "r.");
    else
        append(&sql, logged ? "true as done" : "true");
    append(&sql, "%s from api.%s(", logged ? "" : ")", function);
    for (size_t i = 0; i < method->argument_count; i++)
        append(&sql, "%s\"%s%s\" => $%zu", i ? ", " : "", method->arguments[i].field->name,
               method->arguments[i].kind == VALUE_NAME_TOKENS ? METHOD_TOKENS_ENDING : "", i + 1);
    append(&sql, ") r%s", logged ? ")" : "");
    if (method->writes)
        append(&sql,
               ", kept as (insert into session.request (request_key, method, body_sha256, reply) "
               "select $%zu::uuid, $%zu::text, $%zu::bytea, to_jsonb(reply) from reply)",
               method->argument_count + 1, method->argument_count + 2, method->argument_count + 3);
    if (logged) {
        append(&sql, " select reply, null::bytea as keys from reply");
        append_look(&sql, method);
    }
    bytes_append(&sql, "", 1);
    method->call_sql = (char *)sql.data;
    if (!method->writes)
        return;

    sql = (struct bytes){0};
    append(&sql, "select row(");
    append_columns(&sql, method, "x.");
    append(&sql, ") from session.request r, lateral jsonb_to_record(r.reply) as x(");
    if (!method->column_count)
        append(&sql, "done boolean");
    for (size_t i = 0; i < method->column_count; i++) {
        append(&sql, "%s\"%s\" %s", i ? ", " : "", method->columns[i].field->name, method->columns[i].type);
    }
    /* It writes to the log of writes, so that its commit waits for the standbys as that of the first answer
     * did, which may have been cut off while it waited. */
    append(&sql, "), pg_logical_emit_message(true, 'traject', ''::text) where r.request_key = $1::uuid");
    bytes_append(&sql, "", 1);
    method->replay_sql = (char *)sql.data;
}
