/* traject import: an event log into the record, one call for each case, many calls on the way. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "gzip.h"
#include "language.h"
#include "log.h"
#include "log_export.h"
#include "output.h"
#include "progress.h"
#include "when.h"

/* The calls of one connection run one after the other, those of several side by side. */
enum { CONNECTIONS = 4, CALLS_ON_THE_WAY = 32 };

static const struct option options[] = {
    {"map", N_("MAP"), NULL, NULL,
     N_("the file that says what columns and activities mean; a log that log export wrote needs none"), 0},
    {"dry-run", NULL, NULL, NULL, N_("report what would be done, and write nothing"), 0},
    {"people-as", N_("PROFILE"), NULL, NULL,
     N_("an administrator's profile, to add teams and workers that are missing"), 0},
    {0},
};

struct counts {
    size_t cases, refused, entries, already_there;
};

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    errno = 0;
    if (!in || getdelim(&text, &size, '\0', in) < 0) {
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    return text;
}

static void report_row(void *context, size_t line, const char *reason)
{
    const char *path = context;
    output_line(stderr, "%s:%zu: %s", path, line, reason);
}

/* ---- the people that a log names ---- */

/* Words that were seen, each once. */
struct set {
    char **words; /* in the order seen; the tree finds them */
    size_t count;
    void *tree;
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool set_add(struct set *set, const char *word)
{
    if (tfind(word, &set->tree, compare_words))
        return false;
    set->words = realloc(set->words, (set->count + 1) * sizeof *set->words);
    set->words[set->count] = strdup(word);
    tsearch(set->words[set->count++], &set->tree, compare_words);
    return true;
}

static void keep_word(void *word)
{
    (void)word;
}

static void set_clear(struct set *set)
{
    tdestroy(set->tree, keep_word);
    while (set->count)
        free(set->words[--set->count]);
    free(set->words);
    *set = (struct set){0};
}

struct people {
    struct set teams, workers, members;    /* members as "team\nworker" */
    struct set employers, employer_people; /* those as "employer\nperson" */
};

static void add_pair(struct set *set, const char *whole, const char *part)
{
    char *pair;
    if (asprintf(&pair, "%s\n%s", whole, part) < 0)
        abort();
    set_add(set, pair);
    free(pair);
}

static void add_member(struct people *people, const char *team, const char *worker)
{
    add_pair(&people->members, team, worker);
}

static void people_clear(struct people *people)
{
    set_clear(&people->teams);
    set_clear(&people->workers);
    set_clear(&people->members);
    set_clear(&people->employers);
    set_clear(&people->employer_people);
}

static void people_in_entry(struct people *people, const Traject__V1__LogEntry *entry)
{
    if (entry->_worker_case)
        set_add(&people->workers, entry->worker);
    if (entry->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_STARTED ||
        entry->kind == TRAJECT__V1__EVENT_KIND__EVENT_KIND_COACH_ASSIGNED) {
        set_add(&people->teams, entry->team);
        set_add(&people->workers, entry->coach);
        add_member(people, entry->team, entry->coach);
    }
    if (entry->_employer_case) {
        set_add(&people->employers, entry->employer);
        if (entry->_person_case)
            add_pair(&people->employer_people, entry->employer, entry->person);
        if (entry->_second_person_case)
            add_pair(&people->employer_people, entry->employer, entry->second_person);
    }
}

/* A manager enters cases of the own teams only, so the importer is to be in them all. */
static struct people people_in_log(const struct log *log, const char *importer)
{
    struct people people = {0};
    for (size_t i = 0; i < log->n_cases; i++) {
        const Traject__V1__ImportJourneyRequest *request = &log->cases[i].request;
        if (log->cases[i].left_out)
            continue;
        set_add(&people.teams, request->team);
        set_add(&people.workers, request->coach);
        add_member(&people, request->team, importer);
        add_member(&people, request->team, request->coach);
        for (size_t e = 0; e < request->n_entries; e++) {
            if (request->entries[e]->_worker_case)
                set_add(&people.workers, request->entries[e]->worker);
        }
        for (size_t e = 0; log->cases[i].told && e < log->cases[i].told->n_entries; e++)
            people_in_entry(&people, log->cases[i].told->entries[e]);
    }
    return people;
}

static enum exit_code people_on_server(struct traject *traject, struct people *people)
{
    struct traject_error error = {0};
    Traject__V1__ListTeamsRequest teams_request = TRAJECT__V1__LIST_TEAMS_REQUEST__INIT;
    Traject__V1__ListWorkersRequest workers_request = TRAJECT__V1__LIST_WORKERS_REQUEST__INIT;
    ProtobufCMessage *teams, *workers;
    enum traject_result result =
        traject_call(traject, "ListTeams", &teams_request.base, NULL, &teams, &error);
    if (result)
        return session_fail(result, &error);
    const Traject__V1__ListTeamsReply *t = (const Traject__V1__ListTeamsReply *)teams;
    for (size_t i = 0; i < t->n_teams; i++)
        set_add(&people->teams, t->teams[i]->team);
    protobuf_c_message_free_unpacked(teams, NULL);
    result = traject_call(traject, "ListWorkers", &workers_request.base, NULL, &workers, &error);
    if (result)
        return session_fail(result, &error);
    const Traject__V1__ListWorkersReply *w = (const Traject__V1__ListWorkersReply *)workers;
    for (size_t i = 0; i < w->n_workers; i++) {
        set_add(&people->workers, w->workers[i]->worker);
        for (size_t n = 0; n < w->workers[i]->n_teams; n++)
            add_member(people, w->workers[i]->teams[n], w->workers[i]->worker);
    }
    protobuf_c_message_free_unpacked(workers, NULL);
    Traject__V1__ListEmployersRequest employers_request = TRAJECT__V1__LIST_EMPLOYERS_REQUEST__INIT;
    Traject__V1__ListEmployerPeopleRequest there_request = TRAJECT__V1__LIST_EMPLOYER_PEOPLE_REQUEST__INIT;
    ProtobufCMessage *employers, *there;
    result = traject_call(traject, "ListEmployers", &employers_request.base, NULL, &employers, &error);
    if (result)
        return session_fail(result, &error);
    const Traject__V1__ListEmployersReply *e = (const Traject__V1__ListEmployersReply *)employers;
    for (size_t i = 0; i < e->n_employers; i++)
        set_add(&people->employers, e->employers[i]->employer);
    protobuf_c_message_free_unpacked(employers, NULL);
    result = traject_call(traject, "ListEmployerPeople", &there_request.base, NULL, &there, &error);
    if (result)
        return session_fail(result, &error);
    const Traject__V1__ListEmployerPeopleReply *p = (const Traject__V1__ListEmployerPeopleReply *)there;
    for (size_t i = 0; i < p->n_people; i++)
        add_pair(&people->employer_people, p->people[i]->employer, p->people[i]->person);
    protobuf_c_message_free_unpacked(there, NULL);
    return EXIT_DONE;
}

static enum exit_code add(struct traject *traject, const char *method, const ProtobufCMessage *request)
{
    struct traject_error error = {0};
    ProtobufCMessage *reply;
    enum traject_result result = traject_call(traject, method, request, NULL, &reply, &error);
    if (result)
        return session_fail(result, &error);
    protobuf_c_message_free_unpacked(reply, NULL);
    return EXIT_DONE;
}

static enum exit_code add_missing(struct traject *admin, const struct people *wanted, struct people *there,
                                  size_t *added)
{
    enum exit_code code = EXIT_DONE;
    *added = 0;
    for (size_t i = 0; i < wanted->teams.count && !code; i++) {
        Traject__V1__AddTeamRequest request = TRAJECT__V1__ADD_TEAM_REQUEST__INIT;
        request.team = wanted->teams.words[i];
        if (set_add(&there->teams, request.team) && ++*added)
            code = add(admin, "AddTeam", &request.base);
    }
    for (size_t i = 0; i < wanted->workers.count && !code; i++) {
        Traject__V1__AddWorkerRequest request = TRAJECT__V1__ADD_WORKER_REQUEST__INIT;
        request.worker = request.full_name = wanted->workers.words[i];
        request.role = TRAJECT__V1__ROLE__ROLE_COACH;
        if (set_add(&there->workers, request.worker) && ++*added)
            code = add(admin, "AddWorker", &request.base);
    }
    for (size_t i = 0; i < wanted->members.count && !code; i++) {
        Traject__V1__AddTeamMemberRequest request = TRAJECT__V1__ADD_TEAM_MEMBER_REQUEST__INIT;
        char *member = wanted->members.words[i], *newline = strchr(member, '\n');
        if (!set_add(&there->members, member) || !++*added)
            continue;
        request.team = strndup(member, (size_t)(newline - member));
        request.worker = newline + 1;
        code = add(admin, "AddTeamMember", &request.base);
        free(request.team);
    }
    for (size_t i = 0; i < wanted->employers.count && !code; i++) {
        Traject__V1__AddEmployerRequest request = TRAJECT__V1__ADD_EMPLOYER_REQUEST__INIT;
        request.employer = wanted->employers.words[i];
        if (set_add(&there->employers, request.employer) && ++*added)
            code = add(admin, "AddEmployer", &request.base);
    }
    for (size_t i = 0; i < wanted->employer_people.count && !code; i++) {
        Traject__V1__AddEmployerPersonRequest request = TRAJECT__V1__ADD_EMPLOYER_PERSON_REQUEST__INIT;
        char *pair = wanted->employer_people.words[i], *newline = strchr(pair, '\n');
        if (!set_add(&there->employer_people, pair) || !++*added)
            continue;
        request.employer = strndup(pair, (size_t)(newline - pair));
        request.person = newline + 1;
        code = add(admin, "AddEmployerPerson", &request.base);
        free(request.employer);
    }
    return code;
}

/* Says in a line which of `wanted` are not `there`; returns how many. */
static size_t print_missing(const char *what, const struct set *wanted, struct set *there)
{
    char *text = NULL;
    size_t size, missing = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < wanted->count; i++) {
        if (!set_add(there, wanted->words[i]))
            continue;
        char *word = wanted->words[i], *newline = strchr(word, '\n');
        fputs(missing++ ? ", " : "", out);
        if (newline)
            fprintf(out, _("%s in %.*s"), newline + 1, (int)(newline - word), word);
        else
            fputs(word, out);
    }
    fclose(out);
    if (missing)
        output_line(stderr, "%s: %s", what, text);
    free(text);
    return missing;
}

/* Sees to it that the teams and workers that the log names are there. */
static enum exit_code prepare_people(struct session *session, struct traject *traject, const struct log *log,
                                     const char *people_as, bool dry_run)
{
    struct people wanted = people_in_log(log, traject_identity(traject)->worker), there = {0};
    enum exit_code code = people_on_server(traject, &there);
    struct traject *admin;
    size_t added = 0;
    if (!code && people_as && !dry_run) {
        code = session_connection(session, people_as, &admin);
        if (!code)
            code = add_missing(admin, &wanted, &there, &added);
        if (added)
            fprintf(session->out,
                    ngettext("Added %zu team, worker or membership that was missing.\n",
                             "Added %zu teams, workers and memberships that were missing.\n", added),
                    added);
    } else if (!code) {
        size_t missing = print_missing(_("missing teams"), &wanted.teams, &there.teams);
        missing += print_missing(_("missing workers"), &wanted.workers, &there.workers);
        /* Whoever is missing is in no team either, which need not be said twice. */
        if (!missing)
            missing += print_missing(_("not in the team"), &wanted.members, &there.members);
        missing += print_missing(_("missing employers"), &wanted.employers, &there.employers);
        missing +=
            print_missing(_("missing people at employers"), &wanted.employer_people, &there.employer_people);
        if (missing && !people_as) {
            fprintf(stderr,
                    _("traject import: the log names teams and workers that are not there; add them, or "
                      "name an administrator's profile with --people-as\n"));
            code = EXIT_REFUSED;
        }
    }
    people_clear(&wanted);
    people_clear(&there);
    return code;
}

/* ---- the cases ---- */

static void refuse_case(const struct log_case *of, struct counts *counts, struct traject_error *error)
{
    char *message = when_localized(error->message);
    counts->refused++;
    output_line(stderr, _("case %s (from line %zu): %s"), of->request.client_number, of->first_line,
                message ? message : error->message);
    free(message);
    traject_error_clear(error);
}

/* Waits for one answer. */
static enum exit_code take_answer(struct traject *traject, struct counts *counts)
{
    struct traject_error error = {0};
    void *context;
    ProtobufCMessage *message;
    enum traject_result result = traject_next(traject, &context, &message, &error);
    const struct log_case *of = context;
    if (result && (!of || error.code == TRAJECT__V1__CODE__PERMISSION_DENIED))
        return session_fail(result, &error);
    if (result) {
        refuse_case(of, counts, &error);
        return EXIT_DONE;
    }
    const Traject__V1__ImportJourneyReply *reply = (const Traject__V1__ImportJourneyReply *)message;
    counts->cases += reply->trajectory_added;
    counts->entries += (size_t)reply->entries_added;
    counts->already_there += (size_t)reply->entries_already_there;
    protobuf_c_message_free_unpacked(message, NULL);
    return EXIT_DONE;
}

static enum exit_code send_case(struct traject *traject, struct log_case *of, struct counts *counts)
{
    struct traject_error error = {0};
    enum exit_code code = EXIT_DONE;
    if (traject_pending(traject) >= CALLS_ON_THE_WAY)
        code = take_answer(traject, counts);
    if (code)
        return code;
    size_t before = traject_pending(traject);
    enum traject_result result =
        of->told ? traject_submit(traject, "ImportLogCase", &of->told->base, NULL, of, &error)
                 : traject_submit(traject, "ImportJourney", &of->request.base, NULL, of, &error);
    if (result && (result != TRAJECT_UNUSABLE || traject_pending(traject) != before))
        return session_fail(result, &error);
    if (result) {
        refuse_case(of, counts, &error);
    }
    return EXIT_DONE;
}

static enum exit_code send_cases(struct session *session, const struct log *log, struct counts *counts)
{
    struct traject *lanes[CONNECTIONS] = {0};
    struct progress progress = progress_start(_("Importing"), log->n_cases);
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < CONNECTIONS && !code; i++)
        code = session_connect(session->profile, &lanes[i]);
    size_t lane = 0;
    for (size_t i = 0; i < log->n_cases && !code; i++) {
        progress_show(&progress, i);
        /* One after the other, the trajectories of one client. */
        if (i && strcmp(log->cases[i].request.client_number, log->cases[i - 1].request.client_number) != 0)
            lane = (lane + 1) % CONNECTIONS;
        if (!log->cases[i].left_out)
            code = send_case(lanes[lane], &log->cases[i], counts);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        while (!code && traject_pending(lanes[i]))
            code = take_answer(lanes[i], counts);
        traject_free(lanes[i]);
    }
    progress_end(&progress);
    return code;
}

enum { COUNTED_MAX = 60 };

/* "3 cases", by a format for that number. */
static const char *counted(char text[COUNTED_MAX], const char *format, size_t count)
{
    snprintf(text, COUNTED_MAX, format, count);
    return text;
}

static const char *rows(char text[COUNTED_MAX], size_t count)
{
    return counted(text, ngettext("%zu row", "%zu rows", count), count);
}

static const char *bad_rows(char text[COUNTED_MAX], size_t count)
{
    return counted(text, ngettext("%zu bad row", "%zu bad rows", count), count);
}

static const char *cases(char text[COUNTED_MAX], size_t count)
{
    return counted(text, ngettext("%zu case", "%zu cases", count), count);
}

static const char *trajectories(char text[COUNTED_MAX], size_t count)
{
    return counted(text, ngettext("%zu trajectory", "%zu trajectories", count), count);
}

static enum exit_code import_log(struct session *session, struct log *log, const char *people_as,
                                 bool dry_run)
{
    struct counts counts = {0};
    struct traject *traject;
    size_t left_out = 0, entries = 0;
    for (size_t i = 0; i < log->n_cases; i++) {
        left_out += log->cases[i].left_out;
        entries += log->cases[i].left_out ? 0 : log_case_entries(&log->cases[i]);
    }
    char texts[4][COUNTED_MAX];
    fprintf(session->out, _("%s read: %s; %s, %s left out for them.\n"), rows(texts[0], log->rows),
            cases(texts[1], log->n_cases), bad_rows(texts[2], log->bad_rows), cases(texts[3], left_out));
    enum exit_code code = session_connection(session, session->profile, &traject);
    if (!code && traject_identity(traject)->role != TRAJECT__V1__ROLE__ROLE_MANAGER) {
        fprintf(stderr,
                _("traject import: a manager imports a log; choose a manager's profile with --profile\n"));
        code = EXIT_REFUSED;
    }
    if (!code)
        code = prepare_people(session, traject, log, people_as, dry_run);
    if (!code && dry_run) {
        fprintf(session->out, _("Nothing was written. %s with %zu entries would be sent.\n"),
                cases(texts[0], log->n_cases - left_out), entries);
    } else if (!code) {
        code = send_cases(session, log, &counts);
        fprintf(session->out, _("%s and %zu entries added, %zu entries were there already; %s refused.\n"),
                trajectories(texts[0], counts.cases), counts.entries, counts.already_there,
                cases(texts[1], counts.refused));
        if (log->n_cases && log->cases[0].told)
            fputs(_("An event log has no words, people of the network, notes of clients, corrections asked "
                    "for, or "
                    "rhythms: these were not imported.\n"),
                  session->out);
        if (code)
            fprintf(stderr, _("traject import: stopped; what was added stays, run it again to go on\n"));
    }
    return !code && (log->bad_rows || counts.refused) ? EXIT_REFUSED : code;
}

static bool named_xes(const char *path)
{
    const char *ending = strstr(path, ".xes");
    return ending && (!ending[4] || strcmp(ending + 4, ".gz") == 0);
}

static FILE *open_log(const char *path)
{
    int fd =
        strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? NULL : gzip_reader(fd);
}

static enum exit_code import(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct map *map = NULL;
    struct log *log = NULL;
    FILE *in = NULL;
    char *text = NULL, *reason = NULL;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    const char *map_path = command_option(command, &arguments, "map"), *path = arguments.positional[0];
    if (map_path && !(text = read_file(map_path))) {
        fprintf(stderr, "traject import: %s: %s\n", map_path,
                errno ? strerror(errno) : _("the file is empty"));
        code = EXIT_USAGE;
    } else if (map_path && !(map = map_parse(text, map_path, named_xes(path), &reason))) {
        output_line(stderr, "traject import: %s", reason);
        code = EXIT_USAGE;
    } else if (!(in = open_log(path))) {
        fprintf(stderr, "traject import: %s: %s\n", path, strerror(errno));
        code = EXIT_USAGE;
    } else if (!(log = log_read(in, map, report_row, (void *)(uintptr_t)path, &reason))) {
        output_line(stderr, "traject import: %s: %s", path, reason);
        code = EXIT_USAGE;
    } else {
        code = import_log(session, log, command_option(command, &arguments, "people-as"),
                          command_option(command, &arguments, "dry-run") != NULL);
    }
    if (log)
        log_free(log);
    if (in)
        fclose(in);
    if (map)
        map_free(map);
    free(reason);
    free(text);
    return code;
}

const struct command import_commands[] = {
    {.name = "import",
     .summary = N_("Import an event log (CSV or XES, also gzip): whole cases, safe to run again."),
     .positional = {"file"},
     .options = options,
     .run = import,
     .example = "traject import receipt.csv --map receipt.map --dry-run"},
    {.name = "log export",
     .summary =
         N_("Write the journeys of the own teams to an event log: XES, OCEL 2.0 or CSV, with pseudonyms."),
     .positional = {"file"},
     .options = log_export_options,
     .run = log_export,
     .example = "traject log export journeys.xes.gz --team Noord"},
    {0},
};
