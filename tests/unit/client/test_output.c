/* Replies as text, JSON and CSV, on Wednesday 25 November 2026 at 14:20 UTC. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"

enum { NOW = 1795616400, DAY = 86400 };

static char *printed;
static size_t printed_size;
static struct session session;

static int open_output(void **state)
{
    (void)state;
    session = (struct session){.now = NOW, .out = open_memstream(&printed, &printed_size)};
    return 0;
}

static int close_output(void **state)
{
    (void)state;
    fclose(session.out);
    free(printed);
    printed = NULL;
    return 0;
}

static void assert_printed(const char *expected)
{
    fflush(session.out);
    assert_string_equal(printed, expected);
    rewind(session.out);
    fclose(session.out);
    free(printed);
    session.out = open_memstream(&printed, &printed_size);
}

static Google__Protobuf__Timestamp at(int64_t seconds, int32_t nanos)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = seconds;
    time.nanos = nanos;
    return time;
}

/* A list of clients without contact, with these names. */
enum { ROWS = 3 };
static Traject__V1__WithoutContact rows[ROWS], *row_pointers[ROWS];
static Google__Protobuf__Timestamp last_contact, due;

static Traject__V1__ListWithoutContactReply list_of(const char *const *names, size_t count)
{
    static char number[] = "1042", team[] = "Noord", coach[] = "anna", token[] = "0.1.2";
    Traject__V1__ListWithoutContactReply reply = TRAJECT__V1__LIST_WITHOUT_CONTACT_REPLY__INIT;
    last_contact = at(NOW - 30 * DAY, 0);
    due = at(NOW - 2 * DAY, 500000000);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (Traject__V1__WithoutContact)TRAJECT__V1__WITHOUT_CONTACT__INIT;
        rows[i].client_number = number;
        rows[i].team = team;
        rows[i].coach = coach;
        rows[i].stage = TRAJECT__V1__STAGE__STAGE_WORK_CONTENT;
        rows[i].guided_by = TRAJECT__V1__PARTY__PARTY_COACH;
        rows[i].rhythm_days = 28;
        rows[i].overdue_days = 2;
        rows[i].due_at = &due;
        rows[i].page_token = token;
        if (names[i]) {
            rows[i]._full_name_case = TRAJECT__V1__WITHOUT_CONTACT___FULL_NAME_FULL_NAME;
            rows[i].full_name = (char *)(uintptr_t)names[i];
        }
        row_pointers[i] = &rows[i];
    }
    reply.clients = row_pointers;
    reply.n_clients = count;
    return reply;
}

/* ---- JSON ---- */

static void json_is_as_protobuf_maps_it(void **state)
{
    (void)state;
    static const char *const names[] = {"Zo\xc3\xab \"Z\" \\ \n\t\x01\x7f", NULL};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 2);
    rows[1].last_contact_at = &last_contact;
    rows[1].unanswered_attempts = 3;
    session.output = OUTPUT_JSON;
    output_reply(&session, &(struct command){0}, &reply.base, true);
    assert_printed("{\n"
                   "  \"clients\": [{\n"
                   "    \"clientNumber\": \"1042\",\n"
                   "    \"fullName\": \"Zo\xc3\xab \\\"Z\\\" \\\\ \\u000a\\u0009\\u0001\\u007f\",\n"
                   "    \"team\": \"Noord\",\n"
                   "    \"coach\": \"anna\",\n"
                   "    \"stage\": \"STAGE_WORK_CONTENT\",\n"
                   "    \"guidedBy\": \"PARTY_COACH\",\n"
                   "    \"rhythmDays\": 28,\n"
                   "    \"dueAt\": \"2026-11-23T14:20:00.500Z\",\n"
                   "    \"overdueDays\": 2,\n"
                   "    \"pageToken\": \"0.1.2\"\n"
                   "  }, {\n"
                   "    \"clientNumber\": \"1042\",\n"
                   "    \"team\": \"Noord\",\n"
                   "    \"coach\": \"anna\",\n"
                   "    \"stage\": \"STAGE_WORK_CONTENT\",\n"
                   "    \"guidedBy\": \"PARTY_COACH\",\n"
                   "    \"lastContactAt\": \"2026-10-26T14:20:00Z\",\n"
                   "    \"unansweredAttempts\": 3,\n"
                   "    \"rhythmDays\": 28,\n"
                   "    \"dueAt\": \"2026-11-23T14:20:00.500Z\",\n"
                   "    \"overdueDays\": 2,\n"
                   "    \"pageToken\": \"0.1.2\"\n"
                   "  }]\n"
                   "}\n");
}

static void json_has_no_numbers_that_javascript_would_round(void **state)
{
    (void)state;
    Traject__V1__Recorded recorded = TRAJECT__V1__RECORDED__INIT;
    recorded.event_id = 9007199254740993;
    recorded.version = -1;
    output_json(session.out, &recorded.base);
    assert_printed("{\n  \"eventId\": \"9007199254740993\",\n  \"version\": \"-1\"\n}\n");
}

static void json_tells_absent_from_zero(void **state)
{
    (void)state;
    Traject__V1__TimelineEntry entry = TRAJECT__V1__TIMELINE_ENTRY__INIT;
    output_json(session.out, &entry.base);
    assert_printed("{}\n");
    entry._reached_case = TRAJECT__V1__TIMELINE_ENTRY___REACHED_REACHED;
    entry._rhythm_days_case = TRAJECT__V1__TIMELINE_ENTRY___RHYTHM_DAYS_RHYTHM_DAYS;
    entry._words_case = TRAJECT__V1__TIMELINE_ENTRY___WORDS_WORDS;
    entry.words = (char *)(uintptr_t) "";
    output_json(session.out, &entry.base);
    assert_printed("{\n  \"reached\": false,\n  \"words\": \"\",\n  \"rhythmDays\": 0\n}\n");
    /* A word of a later version. */
    entry = (Traject__V1__TimelineEntry)TRAJECT__V1__TIMELINE_ENTRY__INIT;
    entry.kind = (Traject__V1__EventKind)99;
    output_json(session.out, &entry.base);
    assert_printed("{\n  \"kind\": 99\n}\n");

    char noord[] = "Noord", zuid[] = "Zuid", *teams[] = {noord, zuid};
    Traject__V1__WorkerSummary worker = TRAJECT__V1__WORKER_SUMMARY__INIT;
    worker.n_teams = 2;
    worker.teams = teams;
    output_json(session.out, &worker.base);
    assert_printed("{\n  \"teams\": [\"Noord\", \"Zuid\"]\n}\n");
}

static void json_of_a_list_without_end_is_a_line_each(void **state)
{
    (void)state;
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Traject__V1__WatchEntry entry = TRAJECT__V1__WATCH_ENTRY__INIT;
    entry.position = (char *)(uintptr_t) "742.9";
    entry.rhythm_passed_at = &time;
    entry._words_case = TRAJECT__V1__WATCH_ENTRY___WORDS_WORDS;
    entry.words = (char *)(uintptr_t) "a\nb";
    output_json_line(session.out, &entry.base);
    assert_printed("{\"words\": \"a\\u000ab\", \"position\": \"742.9\", "
                   "\"rhythmPassedAt\": \"1970-01-01T00:00:00Z\"}\n");
    Traject__V1__WatchEntry *entries[] = {&entry};
    Traject__V1__WatchReply reply = TRAJECT__V1__WATCH_REPLY__INIT;
    reply.n_entries = 1;
    reply.entries = entries;
    output_json_line(session.out, &reply.base);
    assert_printed("{\"entries\": [{\"words\": \"a\\u000ab\", \"position\": \"742.9\", "
                   "\"rhythmPassedAt\": \"1970-01-01T00:00:00Z\"}]}\n");
}

/* ---- CSV ---- */

static void csv_quotes_what_it_must(void **state)
{
    (void)state;
    static const char *const names[] = {"Visser, \"M.\"", "twee\r\nregels", NULL};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 3);
    rows[2].last_contact_at = &last_contact;
    session.output = OUTPUT_CSV;
    output_reply(&session, &(struct command){0}, &reply.base, true);
    assert_printed(
        "client_number,full_name,team,coach,stage,guided_by,employer,last_contact_at,unanswered_attempts,"
        "last_attempt_at,rhythm_days,due_at,overdue_days,page_token,next_appointment_at\r\n"
        "1042,\"Visser, "
        "\"\"M.\"\"\",Noord,anna,work_content,coach,,,0,,28,2026-11-23T14:20:00.500Z,2,0.1.2,\r\n"
        "1042,\"twee\r\nregels\",Noord,anna,work_content,coach,,,0,,28,2026-11-23T14:20:00.500Z,2,0.1.2,\r\n"
        "1042,,Noord,anna,work_content,coach,,2026-10-26T14:20:00Z,0,,28,2026-11-23T14:20:00.500Z,2,0.1."
        "2,\r\n");
    reply.n_clients = 0;
    output_csv(session.out, &reply.base);
    assert_non_null(
        strstr((fflush(session.out), printed), "overdue_days,page_token,next_appointment_at\r\n"));
}

static void csv_is_no_formula(void **state)
{
    (void)state;
    static const char *const dangerous[] = {"=1+1", "+31 6", "-1", "@SUM(A1)", "\tx", "\rx"};
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++) {
        Traject__V1__AddTeamReply reply = TRAJECT__V1__ADD_TEAM_REPLY__INIT;
        char expected[40];
        reply.team = (char *)(uintptr_t)dangerous[i];
        output_csv(session.out, &reply.base);
        snprintf(expected, sizeof expected, "team\r\n\"'%s\"\r\n", dangerous[i]);
        assert_printed(expected);
    }
    Traject__V1__AddTeamReply reply = TRAJECT__V1__ADD_TEAM_REPLY__INIT;
    reply.team = (char *)(uintptr_t) "1=1";
    output_csv(session.out, &reply.base);
    assert_printed("team\r\n1=1\r\n");
    /* Numbers are numbers, also below zero. */
    Traject__V1__Recorded recorded = TRAJECT__V1__RECORDED__INIT;
    recorded.version = -1;
    output_csv(session.out, &recorded.base);
    assert_printed("event_id,version,contact_due_at\r\n0,-1,\r\n");
}

static void csv_holds_a_list_in_one_cell(void **state)
{
    (void)state;
    char noord[] = "Noord", zuid[] = "Zuid", *teams[] = {noord, zuid};
    Traject__V1__WorkerSummary worker = TRAJECT__V1__WORKER_SUMMARY__INIT, *workers[] = {&worker};
    Traject__V1__ListWorkersReply reply = TRAJECT__V1__LIST_WORKERS_REPLY__INIT;
    reply.n_workers = 1;
    reply.workers = workers;
    worker.worker = noord;
    worker.n_teams = 2;
    worker.teams = teams;
    worker.role = TRAJECT__V1__ROLE__ROLE_COACH;
    output_csv(session.out, &reply.base);
    assert_printed("worker,full_name,role,teams,clients,revoked_at\r\nNoord,,coach,\"Noord, Zuid\",0,\r\n");
    Traject__V1__TimelineEntry entry = TRAJECT__V1__TIMELINE_ENTRY__INIT, *entries[] = {&entry};
    Traject__V1__GetTimelineReply timeline = TRAJECT__V1__GET_TIMELINE_REPLY__INIT;
    timeline.n_entries = 1;
    timeline.entries = entries;
    entry.event_id = 1;
    entry.kind = TRAJECT__V1__EVENT_KIND__EVENT_KIND_CONTACT;
    entry._stage_case = TRAJECT__V1__TIMELINE_ENTRY___STAGE_STAGE;
    entry.stage = TRAJECT__V1__STAGE__STAGE_WORK_CONTENT;
    entry._reached_case = TRAJECT__V1__TIMELINE_ENTRY___REACHED_REACHED;
    output_csv(session.out, &timeline.base);
    fflush(session.out);
    /* No and not said are two things. */
    assert_non_null(strstr(printed, "\r\n1,0,contact,,,,,work_content,,,,false,,,"));
}

/* ---- text ---- */

static const struct column columns[] = {
    {"client_number", "client", SHOW_TEXT, NULL, NULL},
    {"full_name", "name", SHOW_TEXT, NULL, NULL},
    {"employer", "employer", SHOW_TEXT, NULL, NULL},
    {"last_contact_at", "last contact", SHOW_AGO, "never", NULL},
    {"overdue_days", "overdue", SHOW_DAYS, NULL, NULL},
    {"stage", "stage", SHOW_WORD, NULL, NULL},
    {0},
};
static const struct command quiet = {.name = "quiet", .columns = columns, .empty = "Nobody."};

static void a_table_shows_what_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"Jan", NULL, "Fatima"};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 3);
    rows[2].last_contact_at = &last_contact;
    rows[2].overdue_days = 1;
    output_reply(&session, &quiet, &reply.base, false);
    /* No column for the employer, whom no row has. */
    assert_printed("client  name    last contact               overdue  stage\n"
                   "1042    Jan     never                       2 days  work content\n"
                   "1042            never                       2 days  work content\n"
                   "1042    Fatima  4 weeks ago (26 Oct 2026)    1 day  work content\n");
    output_reply(&session, &quiet, &reply.base, true);
    fflush(session.out);
    assert_non_null(strstr(printed, "\n\nThere are more; see them with --limit.\n"));
}

static void an_empty_list_says_so(void **state)
{
    (void)state;
    Traject__V1__ListWithoutContactReply reply = list_of(NULL, 0);
    output_reply(&session, &quiet, &reply.base, false);
    assert_printed("Nobody.\n");
    session.output = OUTPUT_JSON;
    output_reply(&session, &quiet, &reply.base, false);
    assert_printed("{}\n");
}

/* Columns of the terminal that each line takes; all lines end in a newline. */
static void assert_lines_fit(int width)
{
    fflush(session.out);
    char *copy = strdup(printed), *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (output_width(line) > width)
            fail_msg("over %d columns: %s", width, line);
    }
    free(copy);
}

static void a_table_fits_the_terminal(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Wilhelmina Alexandra van der Meulen-Oosterhuis",
        ("\xe6\x9d\x8e\xe6\x98\x8e\xe5\x8d\x8e\xe6\x9d\x8e\xe6\x98\x8e\xe5\x8d\x8e\xe6\x9d\x8e\xe6\x98\x8e"
         "\xe5"
         "\x8d\x8e"),                                      /* wide */
        "Ioa\xcc\x81nnou Ioa\xcc\x81nnou Ioa\xcc\x81nnou", /* accents that combine */
    };
    Traject__V1__ListWithoutContactReply reply = list_of(names, 3);
    for (int width = 50; width <= 100; width++) {
        session.width = width;
        output_reply(&session, &quiet, &reply.base, false);
        assert_lines_fit(width);
        rewind(session.out);
        fclose(session.out);
        free(printed);
        session.out = open_memstream(&printed, &printed_size);
    }
    session.width = 56;
    output_reply(&session, &quiet, &reply.base, false);
    assert_printed("client  name         last contact  overdue  stage\n"
                   "1042    Wilhelmina…  never          2 days  work content\n"
                   "1042    李明华李明…  never          2 days  work content\n"
                   "1042    Ioa\xcc\x81nnou Io…  never          2 days  work content\n");
}

static void a_wide_character_that_is_cut_leaves_the_columns_straight(void **state)
{
    (void)state;
    static const char *const names[] = {"a李明华李明华", "12345678901"};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 2);
    session.width = 56;
    output_reply(&session, &quiet, &reply.base, false);
    assert_printed("client  name         last contact  overdue  stage\n"
                   "1042    a李明华李…   never          2 days  work content\n"
                   "1042    12345678901  never          2 days  work content\n");
}

static void what_came_from_elsewhere_does_not_steer_the_terminal(void **state)
{
    (void)state;
    /* An escape sequence, a newline, DEL, and NEL and CSI of the C1 set. */
    static const char *const names[] = {"a\033[2Jb\nc\x7f"
                                        "d\xc2\x85"
                                        "e\xc2\x9b"
                                        "f"};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 1);
    session.width = 200;
    output_reply(&session, &quiet, &reply.base, false);
    assert_printed("client  name              last contact  overdue  stage\n"
                   "1042    a [2Jb c d  e  f  never          2 days  work content\n");
    output_hanging(&session, "words: ", 7, "x\033[31my\tz\rq");
    assert_printed("words: x [31my z q\n");
}

static void a_list_is_shown_in_groups(void **state)
{
    (void)state;
    static const struct column card[] = {{"client_number", "client", SHOW_TEXT, NULL, NULL}, {0}};
    static const struct command board = {.name = "board", .columns = card, .group = "stage"};
    static const char *const names[] = {NULL, NULL, NULL};
    Traject__V1__ListWithoutContactReply reply = list_of(names, 3);
    rows[0].stage = TRAJECT__V1__STAGE__STAGE_FIRST_CONTACT;
    output_reply(&session, &board, &reply.base, false);
    assert_printed("client\n\nfirst contact (1)\n1042\n\nwork content (2)\n1042\n1042\n");
    session.colour = true;
    reply.n_clients = 1;
    output_reply(&session, &board, &reply.base, false);
    assert_printed("\033[2mclient\033[0m\n\033[1m\nfirst contact (1)\033[0m\n1042\n");
}

static void a_write_says_what_was_done_and_what_is_next(void **state)
{
    (void)state;
    static const struct command contact = {.name = "contact", .done = "Recorded.", .next_contact = true},
                                other = {.name = "move", .done = "Moved."};
    Traject__V1__Recorded recorded = TRAJECT__V1__RECORDED__INIT;
    output_reply(&session, &contact, &recorded.base, false);
    assert_printed("Recorded.\n");
    Google__Protobuf__Timestamp next = at(NOW + 14 * DAY, 0);
    recorded.contact_due_at = &next;
    output_reply(&session, &contact, &recorded.base, false);
    assert_printed("Recorded. The next contact is due in 2 weeks (9 Dec 2026).\n");
    next = at(NOW - 3 * DAY, 0);
    output_reply(&session, &contact, &recorded.base, false);
    assert_printed("Recorded. The next contact is due now, since 22 Nov 2026.\n");
    output_reply(&session, &other, &recorded.base, false);
    assert_printed("Moved.\n");
}

static void long_words_hang_under_their_lead(void **state)
{
    (void)state;
    session.width = 24;
    output_hanging(&session, "why", 6, "een twee drie vier vijf  zes");
    assert_printed("why   een twee drie vier\n      vijf zes\n");
    output_hanging(&session, "a longer lead ", 6, "een overdreven lang woord");
    assert_printed("a longer lead een\n      overdreven lang\n      woord\n");
    output_hanging(&session, "why", 6, "");
    assert_printed("why   \n");
}

static void values_in_words(void **state)
{
    (void)state;
    static const char *const names[] = {"Jan"};
    list_of(names, 1);
    static const struct {
        const char *field;
        enum column_format format;
        const char *expected;
    } cases[] = {
        {"full_name", SHOW_TEXT, "Jan"},
        {"employer", SHOW_TEXT, ""},
        {"stage", SHOW_WORD, "work content"},
        {"due_at", SHOW_DATE, "23 Nov 2026"},
        {"due_at", SHOW_AGO, "2 days ago (23 Nov 2026)"},
        {"due_at", SHOW_PAST, "2 days"},
        {"last_contact_at", SHOW_AGO, ""},
        {"rhythm_days", SHOW_NUMBER, "28"},
        {"unanswered_attempts", SHOW_NUMBER, ""},
        {"unanswered_attempts", SHOW_COUNT, "0"},
        {"rhythm_days", SHOW_COUNT, "28"},
        {"rhythm_days", SHOW_PERCENT, "28%"},
        {"rhythm_days", SHOW_DAYS, "28 days"},
        {"unanswered_attempts", SHOW_DAYS, "0 days"},
        {"no_such_field", SHOW_TEXT, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = output_value(&session, &rows[0].base, cases[i].field, cases[i].format);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
    char *unknown = output_words(&traject__v1__stage__descriptor, 42);
    assert_string_equal(unknown, "42");
    free(unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_is_as_protobuf_maps_it, open_output, close_output),
        cmocka_unit_test_setup_teardown(json_has_no_numbers_that_javascript_would_round, open_output,
                                        close_output),
        cmocka_unit_test_setup_teardown(json_tells_absent_from_zero, open_output, close_output),
        cmocka_unit_test_setup_teardown(json_of_a_list_without_end_is_a_line_each, open_output, close_output),
        cmocka_unit_test_setup_teardown(csv_quotes_what_it_must, open_output, close_output),
        cmocka_unit_test_setup_teardown(csv_is_no_formula, open_output, close_output),
        cmocka_unit_test_setup_teardown(csv_holds_a_list_in_one_cell, open_output, close_output),
        cmocka_unit_test_setup_teardown(a_table_shows_what_is_there, open_output, close_output),
        cmocka_unit_test_setup_teardown(an_empty_list_says_so, open_output, close_output),
        cmocka_unit_test_setup_teardown(a_table_fits_the_terminal, open_output, close_output),
        cmocka_unit_test_setup_teardown(a_wide_character_that_is_cut_leaves_the_columns_straight, open_output,
                                        close_output),
        cmocka_unit_test_setup_teardown(what_came_from_elsewhere_does_not_steer_the_terminal, open_output,
                                        close_output),
        cmocka_unit_test_setup_teardown(a_list_is_shown_in_groups, open_output, close_output),
        cmocka_unit_test_setup_teardown(a_write_says_what_was_done_and_what_is_next, open_output,
                                        close_output),
        cmocka_unit_test_setup_teardown(long_words_hang_under_their_lead, open_output, close_output),
        cmocka_unit_test_setup_teardown(values_in_words, open_output, close_output),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    /* For the widths of characters. */
    if (!setlocale(LC_ALL, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
