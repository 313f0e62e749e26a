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

/* What is sealed comes with the key that opens it before it, empty when that was destroyed. All that is
 * sealed in a row is about one person, but for lists, which may be of things of several. */
static void append_results(struct bytes *sql, const struct method *method)
{
    for (size_t i = 0; i < method->column_count; i++) {
        const struct binding *column = &method->columns[i];
        const char *name = column->field->name;
        append(sql, "%s", i ? ", " : "");
        if (column->kind == VALUE_SEALED && column->element)
            append(sql, "case when r.\"%s\" <> '{}' then session.with_keys(r.\"%s\"::bytea[]) end", name,
                   name);
        else if (column->kind == VALUE_SEALED)
            append(sql, "case when r.\"%s\" is not null then coalesce(k.wrapped || r.\"%s\"::bytea, '') end",
                   name, name);
        else
            append(sql, "r.\"%s\"", name);
        append(sql, " as \"%s\"", name);
    }
}

/* Joins the key of the person that each row is about, by itself for each row ("offset 0"): PostgreSQL would
 * else read all keys of the municipality to join them. In the order in which the function answered. */
static void append_keys(struct bytes *sql, const struct method *method)
{
    size_t count = 0;
    for (size_t i = 0; i < method->column_count; i++) {
        const struct binding *column = &method->columns[i];
        if (column->kind != VALUE_SEALED || column->element)
            continue;
        append(sql, "%sr.\"%s\"::bytea",
               count++ ? ", " : " cross join lateral (select traject.key_of(coalesce(", column->field->name);
    }
    if (count)
        append(sql, ")) as key_id offset 0) i left join lateral (select p.wrapped from traject.person_key p "
                    "where p.municipality_id = (select session.municipality_id()) and p.key_id = i.key_id "
                    "offset 0) k "
                    "on true order by r.ordinality");
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

static void append_argument(struct bytes *sql, const struct method *method, enum person person,
                            const char *type)
{
    /* Of a watch those are logged who are told of, page by page. */
    if (method->persons[person] == NO_ARGUMENT || method->watches)
        append(sql, "null::%s", type);
    else
        append(sql, "$%d::%s", method->persons[person] + 1, type);
}

/* The lines in the logs of all whom the request or the reply names; a call that names nobody leaves none. */
static void append_log(struct bytes *sql, const struct method *method)
{
    append(sql, ", looked as (insert into session.look (client_numbers, event_ids) select array[");
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
    if (method->watches)
        append(sql, " where exists (select from reply where client_number is not null)");
    append(sql, ")");
}

void statement_write(struct method *method, const char *function, bool logged)
{
    struct bytes sql = {0};
    if (logged)
        append(&sql, "with reply as materialized (");
    append(&sql, "select ");
    if (method->column_count)
        append_results(&sql, method);
    else
        append(&sql, "true as done");
    append(&sql, " from api.%s(", function);
    for (size_t i = 0; i < method->argument_count; i++)
        append(&sql, "%s\"%s%s\" => $%zu", i ? ", " : "", method->arguments[i].field->name,
               method->arguments[i].kind == VALUE_NAME_TOKENS ? METHOD_TOKENS_ENDING : "", i + 1);
    append(&sql, ") with ordinality r");
    append_keys(&sql, method);
    if (logged) {
        append(&sql, ")");
        append_log(&sql, method);
    }
    if (method->writes)
        append(&sql,
               ", kept as (insert into session.request (request_key, method, body_sha256, reply) "
               "select $%zu::uuid, $%zu::text, $%zu::bytea, to_jsonb(reply) from reply)",
               method->argument_count + 1, method->argument_count + 2, method->argument_count + 3);
    if (logged) {
        append(&sql, " select ");
        append_columns(&sql, method, "");
        append(&sql, " from reply");
    }
    bytes_append(&sql, "", 1);
    method->call_sql = (char *)sql.data;
    if (!method->writes)
        return;

    sql = (struct bytes){0};
    append(&sql, "select ");
    append_columns(&sql, method, "x.");
    append(&sql, " from session.request r, lateral jsonb_to_record(r.reply) as x(");
    if (!method->column_count)
        append(&sql, "done boolean");
    for (size_t i = 0; i < method->column_count; i++) {
        append(&sql, "%s\"%s\" %s", i ? ", " : "", method->columns[i].field->name, method->columns[i].type);
    }
    append(&sql, ") where r.request_key = $1::uuid");
    bytes_append(&sql, "", 1);
    method->replay_sql = (char *)sql.data;
}
