/* Commands about the organisation: teams, workers, employers and their people, access tokens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "command.h"
#include "field.h"
#include "language.h"
#include "output.h"

static const struct option worker_options[] = {
    {"name", N_("NAME"), "full_name", NULL, N_("the worker's name"), 0},
    {"role", N_("ROLE"), "role", NULL, N_("what the worker may do"), 0},
    {"team", N_("TEAM"), "teams", NULL, N_("a team to be in; may be given more than once"), 0},
    {0},
};
static const struct option worker_list_options[] = {
    {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0},
    {0},
};
static const struct option person_options[] = {
    {"function", N_("TEXT"), "function", NULL, N_("what the person is there: supervisor, colleague, HR"), 0},
    {0},
};
static const struct option person_list_options[] = {
    {"employer", N_("EMPLOYER"), "employer", NULL, N_("of one employer"), 0},
    {0},
};
static const struct option token_options[] = {
    {"label", N_("TEXT"), "label", NULL, N_("what it is for"), 0},
    {"expires", N_("MOMENT"), "expires_at", NULL, N_("until when, at most two years ahead (one year)"),
     WHEN_END | WHEN_AHEAD},
    {"certificate", N_("FILE"), NULL, NULL,
     N_("the worker's client certificate (PEM), without which it does not open; of an authority in the "
        "server's "
        "tls_client_ca, or it never does"),
     0},
    {"save-as", N_("PROFILE"), NULL, NULL, N_("write a profile with it, and do not show it"), 0},
    {0},
};
static const struct option client_token_options[] = {
    {"label", N_("TEXT"), "label", NULL, N_("what it is for"), 0},
    {"expires", N_("MOMENT"), "expires_at", NULL, N_("until when, at most two years ahead (90 days)"),
     WHEN_END | WHEN_AHEAD},
    {"save-as", N_("PROFILE"), NULL, NULL, N_("write a profile with it, and do not show it"), 0},
    {0},
};
static const struct option token_list_options[] = {
    {"worker", N_("WORKER"), "worker", NULL, N_("of one worker"), 0},
    {0},
};

static const struct column setting_columns[] = {
    {"name", N_("SETTING"), SHOW_WORD, NULL, NULL},
    {"value", N_("VALUE"), SHOW_NUMBER, NULL, NULL},
    {"is_set", N_("SET HERE"), SHOW_YES, NULL, NULL},
    {0},
};
static const struct column team_columns[] = {
    {"team", N_("TEAM"), SHOW_TEXT, NULL, NULL},
    {"workers", N_("WORKERS"), SHOW_NUMBER, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_NUMBER, NULL, NULL},
    {"revoked_at", N_("REVOKED"), SHOW_DATE, NULL, NULL},
    {0},
};
static const struct column worker_columns[] = {
    {"worker", N_("WORKER"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("NAME"), SHOW_TEXT, NULL, NULL},
    {"role", N_("ROLE"), SHOW_WORD, NULL, NULL},
    {"teams", N_("TEAMS"), SHOW_LIST, NULL, NULL},
    {"clients", N_("CLIENTS"), SHOW_NUMBER, NULL, NULL},
    {"revoked_at", N_("REVOKED"), SHOW_DATE, NULL, NULL},
    {0},
};
static const struct column employer_columns[] = {
    {"employer", N_("EMPLOYER"), SHOW_TEXT, NULL, NULL},
    {"people", N_("PEOPLE"), SHOW_NUMBER, NULL, NULL},
    {"guides", N_("GUIDES"), SHOW_NUMBER, NULL, NULL},
    {"revoked_at", N_("REVOKED"), SHOW_DATE, NULL, NULL},
    {0},
};
static const struct column person_columns[] = {
    {"employer", N_("EMPLOYER"), SHOW_TEXT, NULL, NULL},
    {"person", N_("PERSON"), SHOW_TEXT, NULL, NULL},
    {"function", N_("FUNCTION"), SHOW_TEXT, NULL, NULL},
    {"guides", N_("GUIDES"), SHOW_NUMBER, NULL, NULL},
    {"has_access", N_("HAS ACCESS"), SHOW_YES, NULL, NULL},
    {"revoked_at", N_("REVOKED"), SHOW_DATE, NULL, NULL},
    {0},
};
static char *token_ends(const ProtobufCMessage *row)
{
    const Google__Protobuf__Timestamp *ends = ((const Traject__V1__TokenSummary *)row)->expires_at;
    time_t now = time(NULL);
    char ago[40], end[60], *text;
    if (!ends)
        return strdup("");
    if (ends->seconds > now)
        when_ago(ends->seconds, now, ago, sizeof ago);
    else
        snprintf(ago, sizeof ago, "%s", _("expired"));
    when_end(ends->seconds, now, end, sizeof end);
    return asprintf(&text, "%s (%s)", ago, end) < 0 ? NULL : text;
}

static const struct column token_columns[] = {
    {"token_id", N_("TOKEN"), SHOW_NUMBER, NULL, NULL},
    {"worker", N_("WORKER"), SHOW_TEXT, NULL, NULL},
    {"label", N_("LABEL"), SHOW_TEXT, NULL, NULL},
    {"created_at", N_("CREATED"), SHOW_DATE, NULL, NULL},
    {NULL, N_("EXPIRES"), SHOW_AGO, NULL, token_ends},
    {"needs_certificate", N_("CERTIFICATE"), SHOW_YES, NULL, NULL},
    {"revoked_at", N_("REVOKED"), SHOW_DATE, NULL, NULL},
    {0},
};

/* The profile of whoever adds the token, with the new token in it, under another name. */
static enum exit_code save_profile(const struct session *session, const char *name, char *token)
{
    struct traject_error error = {0};
    struct traject_profile profile;
    enum traject_result result = traject_profile_load(session->profile, &profile, &error);
    if (!result) {
        struct traject_profile made = {.servers = profile.servers,
                                       .server_count = profile.server_count,
                                       .ca = profile.ca,
                                       .token = token};
        result = traject_profile_save(name, &made, &error);
        traject_profile_clear(&profile);
    }
    return result ? session_fail(result, &error) : EXIT_DONE;
}

/* The fingerprint of the certificate in that file. */
static enum exit_code read_fingerprint(const char *path, ProtobufCBinaryData *fingerprint)
{
    FILE *file = fopen(path, "r");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    enum exit_code code = EXIT_DONE;
    if (certificate) {
        fingerprint->len = SHA256_DIGEST_LENGTH;
        fingerprint->data = malloc(SHA256_DIGEST_LENGTH);
        X509_digest(certificate, EVP_sha256(), fingerprint->data, NULL);
    } else {
        if (file)
            fprintf(stderr, _("traject token add: certificate %s: holds no certificate in PEM\n"), path);
        else
            fprintf(stderr, _("traject token add: certificate %s: %s\n"), path, strerror(errno));
        code = EXIT_USAGE;
    }
    X509_free(certificate);
    if (file)
        fclose(file);
    return code;
}

/* The token is made here and only its digest is sent. A profile is written first: a token that was
 * accepted and could not be kept would be lost. */
static void put_bytes(ProtobufCMessage *request, const char *field, const ProtobufCBinaryData *bytes)
{
    field_put(request, protobuf_c_message_descriptor_get_field_by_name(request->descriptor, field), bytes);
}

static enum exit_code add_token(struct session *session, const struct command *command, int argc, char **argv)
{
    ProtobufCMessage *request = command_request(command), *reply = NULL;
    struct traject_error error = {0};
    struct traject *traject;
    uint8_t bytes[32];
    char token[2 * sizeof bytes + 1], key[TRAJECT_KEY_SIZE];
    struct arguments arguments;
    enum exit_code code = command_parse(session, command, argc, argv, request, &arguments);
    const char *save_as = command_option(command, &arguments, "save-as");
    if (!code && !save_as && session->output != OUTPUT_TEXT) {
        fprintf(stderr,
                _("traject %s: JSON and CSV have no place for the token itself; add --save-as PROFILE\n"),
                command->name);
        code = EXIT_USAGE;
    }
    const char *certificate = code ? NULL : command_option(command, &arguments, "certificate");
    if (certificate) {
        ProtobufCBinaryData fingerprint = {0};
        code = read_fingerprint(certificate, &fingerprint);
        if (!code)
            put_bytes(request, "certificate_sha256", &fingerprint);
    }
    if (code)
        goto out;
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        sprintf(token + 2 * i, "%02x", bytes[i]);
    ProtobufCBinaryData sha256 = {SHA256_DIGEST_LENGTH, malloc(SHA256_DIGEST_LENGTH)};
    SHA256(bytes, sizeof bytes, sha256.data);
    put_bytes(request, "token_sha256", &sha256);

    code = session_connection(session, session->profile, &traject);
    if (!code && save_as)
        code = save_profile(session, save_as, token);
    if (code)
        goto out;
    traject_new_key(key);
    enum traject_result result = traject_call(traject, command->method, request, key, &reply, &error);
    if (result) {
        if (save_as) {
            char *path = traject_profile_path(save_as);
            unlink(path);
            free(path);
        }
        code = command_fail(command, result, &error);
    } else if (session->output != OUTPUT_TEXT) {
        output_reply(session, command, reply, false);
    } else {
        char *id = output_value(session, reply, "token_id", SHOW_NUMBER);
        const Google__Protobuf__Timestamp *ends = ((const Traject__V1__AddTokenReply *)reply)->expires_at;
        char until[60] = "";
        if (ends)
            when_end(ends->seconds, session->now, until, sizeof until);
        fprintf(session->out, _("Token %s is valid until %s."), id, until);
        if (save_as)
            fprintf(session->out, _(" Use it with: traject --profile %s\n"), save_as);
        else
            fprintf(session->out, _(" It is shown this once:\n%s\n"), token);
        if (certificate)
            fputs(_("It opens only with its certificate, of an authority in the server's "
                    "tls_client_ca: the profile names that and its key, with certificate and key.\n"),
                  session->out);
        free(id);
    }
out:
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(token, sizeof token);
    if (reply)
        protobuf_c_message_free_unpacked(reply, NULL);
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}

static void print_person_left(const struct session *session, const ProtobufCMessage *message)
{
    int clients = ((const Traject__V1__RevokeEmployerPersonReply *)message)->clients;
    fputs(_("The person has left."), session->out);
    if (clients)
        fprintf(
            session->out,
            ngettext(
                " %d client is concerned, and flagged; the coach sees which with: traject supervisor left",
                " %d clients are concerned, and flagged; the coach sees which with: traject supervisor left",
                (unsigned long)clients),
            clients);
    fputc('\n', session->out);
}

const struct command organisation_commands[] = {
    {.name = "team add",
     .summary = N_("Add a team."),
     .method = "AddTeam",
     .positional = {"team"},
     .done = N_("The team is there."),
     .example = "traject team add Noord"},
    {.name = "team list",
     .summary = N_("The teams."),
     .method = "ListTeams",
     .columns = team_columns,
     .empty = N_("There is no team."),
     .example = "traject team list"},
    {.name = "team revoke",
     .summary = N_("Close a team that has no open trajectories."),
     .method = "RevokeTeam",
     .positional = {"team"},
     .done = N_("The team is closed."),
     .example = "traject team revoke Noord"},
    {.name = "team join",
     .summary = N_("Make a worker a member of a team."),
     .method = "AddTeamMember",
     .positional = {"team", "worker"},
     .done = N_("The worker is in the team."),
     .example = "traject team join Noord anna"},
    {.name = "team leave",
     .summary = N_("Take a worker out of a team."),
     .method = "RevokeTeamMember",
     .positional = {"team", "worker"},
     .done = N_("The worker has left the team."),
     .example = "traject team leave Noord anna"},
    {.name = "worker add",
     .summary = N_("Add a worker."),
     .method = "AddWorker",
     .positional = {"worker"},
     .options = worker_options,
     .done = N_("The worker is there. Make a token with: traject token add {worker}"),
     .example = "traject worker add anna --name \"Anna de Vries\" --role coach --team Noord"},
    {.name = "worker list",
     .summary = N_("The workers, with their teams."),
     .method = "ListWorkers",
     .options = worker_list_options,
     .columns = worker_columns,
     .empty = N_("There is no worker."),
     .example = "traject worker list --team Noord"},
    {.name = "worker revoke",
     .summary = N_("End a worker's access, tokens included."),
     .method = "RevokeWorker",
     .positional = {"worker"},
     .done = N_("The worker has no access any more."),
     .example = "traject worker revoke anna"},
    {.name = "employer add",
     .summary = N_("Add an employer."),
     .method = "AddEmployer",
     .positional = {"employer"},
     .done = N_("The employer is there. Add people with: traject employer person add \"{employer}\""),
     .example = "traject employer add \"Bakkerij De Zon\""},
    {.name = "employer list",
     .summary = N_("The employers."),
     .method = "ListEmployers",
     .columns = employer_columns,
     .empty = N_("There is no employer."),
     .example = "traject employer list"},
    {.name = "employer revoke",
     .summary = N_("Close an employer that guides nobody."),
     .method = "RevokeEmployer",
     .positional = {"employer"},
     .done = N_("The employer is closed."),
     .example = "traject employer revoke \"Bakkerij De Zon\""},
    {.name = "employer person add",
     .summary = N_("Add a person at an employer, who can guide or be the second person."),
     .method = "AddEmployerPerson",
     .positional = {"employer", "person"},
     .options = person_options,
     .done = N_("The person is there."),
     .example = N_("traject employer person add \"Bakkerij De Zon\" \"M. Visser\" --function supervisor")},
    {.name = "employer person list",
     .summary = N_("The people at employers, with how many clients each guides."),
     .method = "ListEmployerPeople",
     .options = person_list_options,
     .columns = person_columns,
     .empty = N_("Nobody is known there."),
     .example = "traject employer person list --employer \"Bakkerij De Zon\""},
    {.name = "employer person revoke",
     .summary = N_("Say that a person has left the employer."),
     .method = "RevokeEmployerPerson",
     .positional = {"employer", "person"},
     .print = print_person_left,
     .example = "traject employer person revoke \"Bakkerij De Zon\" \"M. Visser\""},
    {.name = "token add",
     .summary = N_("Make an access token for a worker."),
     .method = "AddToken",
     .positional = {"worker"},
     .options = token_options,
     .run = add_token,
     .example = N_("traject token add anna --label laptop --save-as anna")},
    {.name = "token list",
     .summary = N_("The tokens: whose, until when. Never the token itself."),
     .method = "ListTokens",
     .options = token_list_options,
     .columns = token_columns,
     .empty = N_("There is no token."),
     .example = "traject token list --worker anna"},
    {.name = "token revoke",
     .summary = N_("End a token at once."),
     .method = "RevokeToken",
     .positional = {"token_id"},
     .done = N_("The token is revoked."),
     .example = "traject token revoke 12"},
    {.name = "employer access add",
     .summary = N_("Give somebody at an employer access to the own clients there: makes a token."),
     .method = "AddEmployerAccess",
     .positional = {"employer", "person"},
     .options = token_options,
     .run = add_token,
     .example = "traject employer access add \"Bakkerij De Zon\" \"M. Visser\" --save-as visser"},
    {.name = "employer access revoke",
     .summary = N_("End the access of somebody at an employer."),
     .method = "RevokeEmployerAccess",
     .positional = {"employer", "person"},
     .done = N_("The person has no access any more."),
     .example = "traject employer access revoke \"Bakkerij De Zon\" \"M. Visser\""},
    {.name = "client access add",
     .summary = N_("Give a client access to the own journey: makes a token."),
     .method = "AddClientAccess",
     .positional = {"client_number"},
     .options = client_token_options,
     .run = add_token,
     .example = "traject client access add 1042 --save-as fatima"},
    {.name = "client access revoke",
     .summary = N_("End the access of a client."),
     .method = "RevokeClientAccess",
     .positional = {"client_number"},
     .done = N_("The client has no access any more."),
     .example = "traject client access revoke 1042"},
    {.name = "setting set",
     .summary = N_("Set what holds in this municipality: terms, and how far ahead is looked."),
     .method = "SetSetting",
     .positional = {"name", "value"},
     .done = N_("It is set."),
     .example = N_("traject setting set trial-placement-months 3")},
    {.name = "setting list",
     .summary = N_("The settings that hold."),
     .method = "ListSettings",
     .columns = setting_columns,
     .example = "traject setting list"},
    {0},
};
