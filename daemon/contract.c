#include "contract.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "field.h"
#include "memory.h"
#include "statement.h"

enum { BYTEA_OID = 17 };

static const char *cell(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column);
}

static bool is_true(const PGresult *result, int row, int column)
{
    return cell(result, row, column)[0] == 't';
}

static Oid oid(const PGresult *result, int row, int column)
{
    return (Oid)strtoul(cell(result, row, column), NULL, 10);
}

static void __attribute__((format(printf, 2, 3))) mismatch(struct catalog *catalog, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *line = memory_format_list(format, arguments);
    va_end(arguments);
    if (catalog->mismatches.length)
        bytes_append(&catalog->mismatches, "\n", 1);
    bytes_append(&catalog->mismatches, line, strlen(line));
    free(line);
}

static char *snake_case(const char *camel)
{
    struct bytes snake = {0};
    for (const char *c = camel; *c; c++) {
        if (isupper((unsigned char)*c) && c != camel)
            bytes_append(&snake, "_", 1);
        bytes_append(&snake, &(char){(char)tolower((unsigned char)*c)}, 1);
    }
    bytes_append(&snake, "", 1);
    return (char *)snake.data;
}

static const struct {
    ProtobufCType type;
    enum value_kind kind;
    const char *sql;
} scalar_types[] = {
    {PROTOBUF_C_TYPE_STRING, VALUE_TEXT, "text"},   {PROTOBUF_C_TYPE_BOOL, VALUE_BOOL, "boolean"},
    {PROTOBUF_C_TYPE_INT32, VALUE_INT4, "integer"}, {PROTOBUF_C_TYPE_INT64, VALUE_INT8, "bigint"},
    {PROTOBUF_C_TYPE_BYTES, VALUE_BYTES, "bytea"},
};

/* What a text may be instead: sealed, or only something by which what is sealed is found. */
static const struct {
    const char *sql;
    bool repeated;
    enum value_kind kind;
    enum seal_tokens tokens;
} sealed_types[] = {
    {"traject.sealed", false, VALUE_SEALED, SEAL_NOTHING},
    {"traject.sealed_label", false, VALUE_SEALED, SEAL_LABEL},
    {"traject.sealed_name", false, VALUE_SEALED, SEAL_NAME},
    {"traject.sealed[]", true, VALUE_SEALED, SEAL_NOTHING},
    {"traject.sealed_label[]", true, VALUE_SEALED, SEAL_LABEL},
    {"traject.label_token", false, VALUE_LABEL_TOKEN, SEAL_NOTHING},
    {"traject.label_tokens", true, VALUE_LABEL_TOKEN, SEAL_NOTHING},
};

/* An argument of this name and type is made of the field before the ending, besides that field's own. */
static const char tokens_type[] = "traject.name_tokens";

static bool bind_sealed(struct binding *binding, const ProtobufCFieldDescriptor *field, const char *type)
{
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    for (size_t i = 0;
         i < sizeof sealed_types / sizeof *sealed_types && field->type == PROTOBUF_C_TYPE_STRING; i++) {
        if (sealed_types[i].repeated != repeated || strcmp(sealed_types[i].sql, type) != 0)
            continue;
        *binding = (struct binding){
            .field = field, .kind = sealed_types[i].kind, .oid = BYTEA_OID, .tokens = sealed_types[i].tokens};
        binding->element = repeated ? BYTEA_OID : 0;
        return true;
    }
    return false;
}

/* The kind and the SQL type that a field must have, to free; NULL when the interface has a type
 * that no SQL type stands for. */
static char *sql_type(const ProtobufCFieldDescriptor *field, enum value_kind *kind)
{
    const char *array = field->label == PROTOBUF_C_LABEL_REPEATED ? "[]" : "";
    for (size_t i = 0; i < sizeof scalar_types / sizeof *scalar_types; i++) {
        if (scalar_types[i].type == field->type) {
            *kind = scalar_types[i].kind;
            return memory_format("%s%s", scalar_types[i].sql, array);
        }
    }
    if (field_is_timestamp(field)) {
        *kind = VALUE_TIMESTAMP;
        return memory_format("timestamp with time zone%s", array);
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        char *name = snake_case(((const ProtobufCEnumDescriptor *)field->descriptor)->short_name);
        char *type = memory_format("traject.%s%s", name, array);
        free(name);
        *kind = VALUE_ENUM;
        return type;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && *array) {
        char *name = snake_case(((const ProtobufCMessageDescriptor *)field->descriptor)->short_name);
        char *type = memory_format("api.%s%s", name, array);
        free(name);
        *kind = VALUE_ROW;
        return type;
    }
    return NULL;
}

static void bind_enum(struct catalog *catalog, struct binding *binding, const char *where)
{
    const ProtobufCEnumDescriptor *descriptor = binding->field->descriptor;
    char *name = snake_case(descriptor->short_name);
    char *type = memory_format("traject.%s", name);
    binding->labels = labels_of(descriptor);
    assert(binding->labels.words);
    unsigned found = 0, labels = 0;
    for (int row = 0; row < PQntuples(catalog->enums); row++)
        labels += strcmp(cell(catalog->enums, row, 0), type) == 0;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const char *word = binding->labels.words[i];
        if (descriptor->values[i].value == 0)
            continue;
        bool present = false;
        for (int row = 0; row < PQntuples(catalog->enums); row++)
            present |= strcmp(cell(catalog->enums, row, 0), type) == 0 &&
                       strcmp(cell(catalog->enums, row, 1), word) == 0;
        found += present;
        if (!present)
            mismatch(catalog, "%s: type %s has no label '%s' for %s", where, type, word,
                     descriptor->values[i].name);
    }
    if (found != labels)
        mismatch(catalog, "%s: type %s has %u labels, enum %s names %u of them", where, type, labels,
                 descriptor->short_name, found);
    free(type);
    free(name);
}

static void bind(struct catalog *catalog, struct binding *binding, const ProtobufCFieldDescriptor *field,
                 Oid type_oid, Oid element, const char *type, const char *where);

static void bind_row(struct catalog *catalog, struct binding *binding, const char *where)
{
    const ProtobufCMessageDescriptor *message = binding->field->descriptor;
    char *name = snake_case(message->short_name);
    char *type = memory_format("api.%s", name);
    for (int row = 0; row < PQntuples(catalog->rows); row++) {
        if (strcmp(cell(catalog->rows, row, R_NAME), type) != 0)
            continue;
        const char *attribute = cell(catalog->rows, row, R_ATTRIBUTE);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message, attribute);
        if (!field) {
            mismatch(catalog, "%s: type %s has an attribute %s that message %s lacks", where, type, attribute,
                     message->short_name);
            continue;
        }
        binding->parts = memory_resize(binding->parts, binding->part_count + 1, sizeof *binding->parts);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            mismatch(catalog, "%s: attribute %s of type %s is repeated, which a row type cannot be", where,
                     attribute, type);
        bind(catalog, &binding->parts[binding->part_count++], field, oid(catalog->rows, row, R_TYPE_OID),
             oid(catalog->rows, row, R_ELEMENT), cell(catalog->rows, row, R_TYPE), where);
    }
    if (binding->part_count != message->n_fields)
        mismatch(catalog, "%s: type %s has %zu of the %u fields of message %s", where, type,
                 binding->part_count, message->n_fields, message->short_name);
    free(type);
    free(name);
}

static void bind(struct catalog *catalog, struct binding *binding, const ProtobufCFieldDescriptor *field,
                 Oid type_oid, Oid element, const char *type, const char *where)
{
    if (bind_sealed(binding, field, type)) {
        binding->oid = type_oid;
        binding->type = memory_copy(type);
        return;
    }
    *binding = (struct binding){.field = field, .oid = type_oid, .type = memory_copy(type)};
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        binding->element = element;
    char *expected = sql_type(field, &binding->kind);
    if (!expected || strcmp(expected, type) != 0)
        mismatch(catalog, "%s: %s is %s, the interface asks for %s", where, field->name, type,
                 expected ? expected : "a type that SQL has no counterpart for");
    else if (binding->kind == VALUE_ENUM)
        bind_enum(catalog, binding, where);
    else if (binding->kind == VALUE_ROW)
        bind_row(catalog, binding, where);
    free(expected);
}

/* Is it an argument by which the name in a field of the message is found. */
static bool bind_tokens(struct catalog *catalog, const ProtobufCMessageDescriptor *message, int row,
                        struct binding *binding)
{
    const char *argument = cell(catalog->functions, row, F_ARGUMENT);
    size_t length = strlen(argument), ending = strlen(METHOD_TOKENS_ENDING);
    if (length <= ending || strcmp(argument + length - ending, METHOD_TOKENS_ENDING) != 0 ||
        strcmp(cell(catalog->functions, row, F_TYPE), tokens_type) != 0)
        return false;
    char *name = memory_format("%.*s", (int)(length - ending), argument);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);
    free(name);
    *binding = (struct binding){.field = field, .kind = VALUE_NAME_TOKENS, .oid = BYTEA_OID};
    return field && field->type == PROTOBUF_C_TYPE_STRING && field->label != PROTOBUF_C_LABEL_REPEATED;
}

/* Binds the fields of `message` to the function's arguments or columns of that `mode`. */
static size_t bind_all(struct catalog *catalog, const ProtobufCMessageDescriptor *message, int first,
                       int last, char mode, struct binding **bindings, const char *where)
{
    size_t count = 0;
    const char *what = mode == 'i' ? "argument" : "column";
    *bindings = memory_new(message->n_fields + (size_t)(last - first), sizeof **bindings);
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        int row = first;
        while (row < last && (cell(catalog->functions, row, F_MODE)[0] != mode ||
                              strcmp(cell(catalog->functions, row, F_ARGUMENT), field->name) != 0))
            row++;
        if (row == last) {
            mismatch(catalog, "%s: there is no %s %s", where, what, field->name);
            continue;
        }
        bind(catalog, &(*bindings)[count], field, oid(catalog->functions, row, F_TYPE_OID),
             oid(catalog->functions, row, F_ELEMENT), cell(catalog->functions, row, F_TYPE), where);
        (*bindings)[count++].optional = field_may_be_absent(field);
        if (mode == 'i' && is_true(catalog->functions, row, F_DEFAULT) != field_may_be_absent(field))
            mismatch(catalog, "%s: argument %s has %s, the interface %s it", where, field->name,
                     is_true(catalog->functions, row, F_DEFAULT) ? "a default" : "no default",
                     field_may_be_absent(field) ? "lets a caller leave out" : "demands");
        if (mode == 't' && field->label == PROTOBUF_C_LABEL_REPEATED && field->type != PROTOBUF_C_TYPE_STRING)
            mismatch(catalog, "%s: column %s: of the repeated only strings can be in a reply", where,
                     field->name);
    }
    for (int row = first; row < last; row++) {
        if (cell(catalog->functions, row, F_MODE)[0] == mode &&
            bind_tokens(catalog, message, row, &(*bindings)[count]))
            count++;
        else if (cell(catalog->functions, row, F_MODE)[0] == mode &&
                 !protobuf_c_message_descriptor_get_field_by_name(message,
                                                                  cell(catalog->functions, row, F_ARGUMENT)))
            mismatch(catalog, "%s: %s %s is not in message %s", where, what,
                     cell(catalog->functions, row, F_ARGUMENT), message->short_name);
    }
    return count;
}

/* ---- whose record a method shows or changes ---- */

static bool has_column(const struct method *method, const char *name, enum value_kind kind)
{
    for (size_t i = 0; i < method->column_count; i++) {
        if (strcmp(method->columns[i].field->name, name) == 0 && method->columns[i].kind == kind)
            return true;
    }
    return false;
}

/* Whether its messages name a person, by the names and types of their fields. */
static bool bind_persons(struct method *method)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } fields[PERSONS] = {[PERSON_CLIENT_NUMBER] = {"client_number", VALUE_TEXT},
                         [PERSON_EVENT_ID] = {"event_id", VALUE_INT8},
                         [PERSON_ITEM_ID] = {"item_id", VALUE_INT8}};
    bool named = false;
    for (int person = 0; person < PERSONS; person++) {
        method->persons[person] = NO_ARGUMENT;
        for (size_t i = 0; i < method->argument_count; i++) {
            if (strcmp(method->arguments[i].field->name, fields[person].name) == 0 &&
                method->arguments[i].kind == fields[person].kind && !method->arguments[i].element)
                method->persons[person] = (int)i;
        }
        named |= method->persons[person] != NO_ARGUMENT;
    }
    return named || has_column(method, "client_number", VALUE_TEXT) ||
           has_column(method, "client_numbers", VALUE_TEXT) || has_column(method, "event_id", VALUE_INT8);
}

/* Holds what its messages name against what sql/processing.sql says of it. A write may change the record of
 * somebody whom it does not name. Returns whether it is logged. */
static bool bind_log(struct catalog *catalog, struct method *method)
{
    bool named = bind_persons(method);
    for (int row = 0; row < PQntuples(catalog->activities); row++) {
        if (strcmp(cell(catalog->activities, row, 0), method->full_name) != 0)
            continue;
        bool concerns_people = is_true(catalog->activities, row, 1);
        if (named && !concerns_people)
            mismatch(catalog, "logbook.method_activity: %s names a person and has no processing activity",
                     method->full_name);
        if (!named && concerns_people && !method->writes)
            mismatch(catalog, "logbook.method_activity: %s has a processing activity and names no person",
                     method->full_name);
        return named || method->writes;
    }
    mismatch(catalog, "logbook.method_activity: %s is not in it", method->full_name);
    return false;
}

/* The binding of that name and kind; reports that it is missing. */
static size_t find_binding(struct catalog *catalog, const struct binding *bindings, size_t count,
                           const char *name, enum value_kind kind, const char *where)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(bindings[i].field->name, name) == 0 && bindings[i].kind == kind && !bindings[i].element)
            return i;
    }
    mismatch(catalog, "%s: a watch needs %s, as the interface's header has it", where, name);
    return 0;
}

static bool has_sealed(const struct binding *bindings, size_t count, enum seal_tokens tokens)
{
    for (size_t i = 0; i < count; i++) {
        if ((bindings[i].kind == VALUE_SEALED && bindings[i].tokens >= tokens) ||
            has_sealed(bindings[i].parts, bindings[i].part_count, tokens))
            return true;
    }
    return false;
}

/* What says whose words a request brings: they are sealed under the key of that person. */
static void bind_subject(struct catalog *catalog, struct method *method, const char *where)
{
    method->seals = has_sealed(method->arguments, method->argument_count, SEAL_NOTHING);
    method->names = has_sealed(method->arguments, method->argument_count, SEAL_NAME);
    if (method->seals && method->persons[PERSON_CLIENT_NUMBER] == NO_ARGUMENT &&
        method->persons[PERSON_EVENT_ID] == NO_ARGUMENT &&
        method->roles != 1u << TRAJECT__V1__ROLE__ROLE_CLIENT)
        mismatch(
            catalog,
            "%s: words are sealed, but no client_number and no event_id says whose, and others than clients "
            "may call it",
            where);
    if (method->seals && !method->writes)
        mismatch(catalog, "%s: words are sealed by a function that writes", where);
    if (method->writes && has_sealed(method->columns, method->column_count, SEAL_NOTHING))
        mismatch(catalog,
                 "%s: a function that writes answers no sealed words, which its kept answer would hold",
                 where);
}

/* What makes a method a watch, and what is asked of one. */
static void bind_watch(struct catalog *catalog, struct method *method, const char *where)
{
    method->watches = protobuf_c_message_descriptor_get_field_by_name(method->input, "resume_after");
    if (!method->watches)
        return;
    if (method->writes || !method->rows)
        mismatch(catalog, "%s: a watch reads and answers a list", where);
    method->resume_after =
        find_binding(catalog, method->arguments, method->argument_count, "resume_after", VALUE_TEXT, where);
    method->position =
        find_binding(catalog, method->columns, method->column_count, "position", VALUE_TEXT, where);
    method->more = find_binding(catalog, method->columns, method->column_count, "more", VALUE_BOOL, where);
}

static void load_method(struct catalog *catalog, struct method *method,
                        const ProtobufCServiceDescriptor *service, unsigned index)
{
    const ProtobufCMethodDescriptor *descriptor = &service->methods[index];
    method->full_name = memory_format("/%s/%s", service->name, descriptor->name);
    method->call_name = memory_format("call_%s", descriptor->name);
    method->replay_name = memory_format("replay_%s", descriptor->name);
    method->input = descriptor->input;
    method->output = descriptor->output;

    char *function = snake_case(descriptor->name);
    char *where = memory_format("api.%s", function);
    int first = 0, count = PQntuples(catalog->functions);
    while (first < count && strcmp(cell(catalog->functions, first, F_NAME), function) != 0)
        first++;
    int last = first;
    while (last < count && strcmp(cell(catalog->functions, last, F_NAME), function) == 0)
        last++;
    if (first == last) {
        mismatch(catalog, "%s: there is no such function for rpc %s", where, descriptor->name);
        goto out;
    }
    if (strcmp(cell(catalog->functions, first, F_OID), cell(catalog->functions, last - 1, F_OID)) != 0)
        mismatch(catalog, "%s: there is more than one function of that name", where);

    method->writes = is_true(catalog->functions, first, F_WRITES);
    method->argument_count = bind_all(catalog, method->input, first, last, 'i', &method->arguments, where);
    const ProtobufCMessageDescriptor *row = method->output;
    if (row->n_fields == 1 && row->fields[0].label == PROTOBUF_C_LABEL_REPEATED &&
        row->fields[0].type == PROTOBUF_C_TYPE_MESSAGE) {
        method->rows = &row->fields[0];
        row = method->rows->descriptor;
    }
    if (is_true(catalog->functions, first, F_VOID) != (row->n_fields == 0))
        mismatch(catalog, "%s: returns %s, but message %s has %u fields", where,
                 is_true(catalog->functions, first, F_VOID) ? "void" : "columns", row->short_name,
                 row->n_fields);
    method->column_count = bind_all(catalog, row, first, last, 't', &method->columns, where);
    if (method->writes && method->rows)
        mismatch(catalog, "%s: a function that writes answers one row, not a list", where);
    bind_watch(catalog, method, where);
    for (int i = 0; i < PQntuples(catalog->access); i++) {
        if (strcmp(cell(catalog->access, i, 0), method->full_name) != 0)
            continue;
        const ProtobufCEnumDescriptor *roles = &traject__v1__role__descriptor;
        for (unsigned r = 0; r < roles->n_values; r++) {
            char word[32];
            field_enum_word(roles, roles->values[r].name, word, sizeof word);
            if (strcmp(word, cell(catalog->access, i, 1)) == 0)
                method->roles |= 1u << roles->values[r].value;
        }
    }
    if (!method->roles)
        mismatch(catalog, "session.method_access: %s has no role that may call it", method->full_name);
    bool logged = bind_log(catalog, method);
    if ((method->writes || !logged) && has_sealed(method->columns, method->column_count, SEAL_NOTHING))
        mismatch(catalog, "%s: answers what is sealed, and only a read that is logged is given the keys",
                 where);
    bind_subject(catalog, method, where);
    if (!catalog->mismatches.length)
        statement_write(method, function, logged);
out:
    free(where);
    free(function);
}

static void find_strangers(struct catalog *catalog, const struct contract *contract,
                           const ProtobufCServiceDescriptor *service)
{
    for (int row = 0; row < PQntuples(catalog->functions); row++) {
        const char *name = cell(catalog->functions, row, F_NAME);
        bool known = row > 0 && strcmp(cell(catalog->functions, row - 1, F_NAME), name) == 0;
        for (unsigned i = 0; i < service->n_methods && !known; i++) {
            char *function = snake_case(service->methods[i].name);
            known = strcmp(function, name) == 0;
            free(function);
        }
        if (!known)
            mismatch(catalog, "api.%s: no rpc of that name", name);
    }
    for (int row = 0; row < PQntuples(catalog->access); row++) {
        if (!contract_method(contract, cell(catalog->access, row, 0)))
            mismatch(catalog, "session.method_access: %s is no method", cell(catalog->access, row, 0));
    }
    for (int row = 0; row < PQntuples(catalog->activities); row++) {
        if (!contract_method(contract, cell(catalog->activities, row, 0)))
            mismatch(catalog, "logbook.method_activity: %s is no method", cell(catalog->activities, row, 0));
    }
}

int contract_load(const char *conninfo, const struct keys *keys, struct contract **result,
                  struct status *status)
{
    const ProtobufCServiceDescriptor *service = &traject__v1__traject__descriptor;
    struct catalog catalog = {0};
    struct contract *contract = memory_new(1, sizeof *contract);
    if (catalog_read(conninfo, keys, &catalog, status))
        goto out;

    contract->method_count = service->n_methods;
    contract->methods = memory_new(service->n_methods, sizeof *contract->methods);
    for (unsigned i = 0; i < service->n_methods; i++)
        load_method(&catalog, &contract->methods[i], service, i);
    find_strangers(&catalog, contract, service);

    contract->constraint_count = (size_t)PQntuples(catalog.constraints);
    contract->constraints = memory_new(contract->constraint_count, sizeof *contract->constraints);
    for (size_t i = 0; i < contract->constraint_count; i++) {
        contract->constraints[i].constraint = memory_copy(cell(catalog.constraints, (int)i, 0));
        contract->constraints[i].words = memory_copy(cell(catalog.constraints, (int)i, 1));
    }
    if (catalog.mismatches.length && catalog.other_version) {
        status_set(
            status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL,
            "the functions in the database are of another version than this daemon and do not fit it; run "
            "trajectd migrate of this version, or start the version that they are of");
    } else if (catalog.mismatches.length) {
        bytes_append(&catalog.mismatches, "", 1);
        status_set(status, TRAJECT__V1__CODE__FAILED_PRECONDITION, NULL, "%s",
                   (char *)catalog.mismatches.data);
    }
out:
    catalog_clear(&catalog);
    if (status->code) {
        contract_free(contract);
        return -1;
    }
    *result = contract;
    return 0;
}

const struct method *contract_method(const struct contract *contract, const char *full_name)
{
    const ProtobufCServiceDescriptor *service = &traject__v1__traject__descriptor;
    const char *name = strrchr(full_name, '/');
    const ProtobufCMethodDescriptor *found =
        name ? protobuf_c_service_descriptor_get_method_by_name(service, name + 1) : NULL;
    const struct method *method = found ? &contract->methods[found - service->methods] : NULL;
    return method && strcmp(method->full_name, full_name) == 0 ? method : NULL;
}

const char *contract_constraint(const struct contract *contract, const char *constraint)
{
    for (size_t i = 0; i < contract->constraint_count; i++) {
        if (strcmp(contract->constraints[i].constraint, constraint) == 0)
            return contract->constraints[i].words;
    }
    return NULL;
}

static void free_bindings(struct binding *bindings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        labels_free(&bindings[i].labels);
        free(bindings[i].type);
        free_bindings(bindings[i].parts, bindings[i].part_count);
    }
    free(bindings);
}

void contract_free(struct contract *contract)
{
    if (!contract)
        return;
    for (size_t i = 0; i < contract->method_count; i++) {
        struct method *method = &contract->methods[i];
        free_bindings(method->arguments, method->argument_count);
        free_bindings(method->columns, method->column_count);
        free(method->full_name);
        free(method->call_sql);
        free(method->call_name);
        free(method->replay_sql);
        free(method->replay_name);
    }
    for (size_t i = 0; i < contract->constraint_count; i++) {
        free(contract->constraints[i].constraint);
        free(contract->constraints[i].words);
    }
    free(contract->methods);
    free(contract->constraints);
    free(contract);
}
