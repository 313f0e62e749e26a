#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

#define MAP                                                                                                  \
    "columns { case = \"case\" event = \"event\" moment = \"at\" activity = \"what\" team = \"team\"\n"      \
    "          coach = \"coach\" %s }\n"                                                                     \
    "delimiter = \"%s\"\n"                                                                                   \
    "kind = \"activation\" reason = \"as in the log\"\n"                                                     \
    "channel \"Desk\" { channel = \"office\" }\n"                                                            \
    "activity \"Call\" { channel = \"phone\" counterpart = \"employer\" }\n"                                 \
    "activity \"Meet\" { channel = \"column\" stage = \"first-contact\" }\n"                                 \
    "activity \"Work*\" { stage = \"work-content\" }\n"                                                      \
    "activity \"Note\" { }\n"
/* channel is the seventh column of all logs here, since Meet takes it. */
#define HEADER "case,event,at,what,team,coach,channel\n"
#define ALL_COLUMNS                                                                                          \
    "channel = \"channel\" worker = \"worker\" started = \"from\" ended = \"to\" name = \"name\" words = "   \
    "\"words\""

static struct {
    struct log *log;
    char *reason;
    char reports[2000]; /* "LINE: REASON\n" for each bad row */
} result;

static void report(void *context, size_t line, const char *reason)
{
    assert_ptr_equal(context, &result);
    size_t used = strlen(result.reports);
    snprintf(result.reports + used, sizeof result.reports - used, "%zu: %s\n", line, reason);
}

static int clear(void **state)
{
    (void)state;
    if (result.log)
        log_free(result.log);
    free(result.reason);
    memset(&result, 0, sizeof result);
    return 0;
}

/* Reads `length` bytes as a log, by a map with those columns besides the six that must be there. */
static void read_bytes(const char *bytes, size_t length, const char *columns, const char *delimiter)
{
    char text[2000], *reason = NULL;
    clear(NULL);
    snprintf(text, sizeof text, MAP, columns, delimiter);
    struct map *map = map_parse(text, "map", false, &reason);
    if (!map)
        fail_msg("%s", reason);
    FILE *in = length ? fmemopen((void *)(uintptr_t)bytes, length, "r") : fopen("/dev/null", "r");
    assert_non_null(in);
    result.log = log_read(in, map, report, &result, &result.reason);
    fclose(in);
    map_free(map);
}

static void read_log(const char *text)
{
    read_bytes(text, strlen(text), "channel = \"channel\"", ",");
}

static const Traject__V1__ImportEntry *entry(size_t of_case, size_t number)
{
    assert_true(of_case < result.log->n_cases);
    assert_true(number < result.log->cases[of_case].request.n_entries);
    return result.log->cases[of_case].request.entries[number];
}

static void a_log_becomes_a_request_for_each_case(void **state)
{
    (void)state;
    const char *text =
        "words,name,to,from,worker,channel,coach,team,what,at,event,case,unused\n"
        "Belt morgen,Jan,2026-11-30,2026-11-01,bert,Desk,anna,Noord,Meet,2026-11-02T10:00:00Z,e1,7,x\n"
        ",,,,,,zoe,Zuid,Call,2026-11-03T10:00:00.25Z,e2,8,\n"
        ",,2026-11-30,2026-11-01,,,anna,Noord,Work on,2026-11-04T10:00:00Z,e3,7,\n";
    read_bytes(text, strlen(text), ALL_COLUMNS, ",");
    assert_string_equal(result.reports, "");
    assert_null(result.reason);
    assert_int_equal(result.log->rows, 3);
    assert_int_equal(result.log->bad_rows, 0);
    assert_int_equal(result.log->n_cases, 2);

    const struct log_case *first = &result.log->cases[0], *second = &result.log->cases[1];
    assert_string_equal(first->request.client_number, "7");
    assert_int_equal(first->first_line, 2);
    assert_int_equal(first->rows, 2);
    assert_string_equal(first->request.coach, "anna");
    assert_string_equal(first->request.team, "Noord");
    assert_string_equal(first->request.full_name, "Jan");
    assert_string_equal(first->request.reason, "as in the log");
    assert_int_equal(first->request.kind, TRAJECT__V1__TRAJECTORY_KIND__TRAJECTORY_KIND_ACTIVATION);
    assert_int_equal(first->request.started_at->seconds, 1793491200);
    assert_int_equal(first->request.ended_at->seconds, 1795996800);
    assert_int_equal(first->request.n_entries, 2);

    const Traject__V1__ImportEntry *meet = entry(0, 0), *work = entry(0, 1), *call = entry(1, 0);
    assert_string_equal(meet->external_id, "e1");
    assert_string_equal(meet->activity, "Meet");
    assert_string_equal(meet->worker, "bert");
    assert_string_equal(meet->words, "Belt morgen");
    assert_int_equal(meet->stage, TRAJECT__V1__STAGE__STAGE_FIRST_CONTACT);
    assert_int_equal(meet->_channel_case, TRAJECT__V1__IMPORT_ENTRY___CHANNEL_CHANNEL);
    assert_int_equal(meet->channel, TRAJECT__V1__CHANNEL__CHANNEL_OFFICE);
    assert_int_equal(meet->occurred_at->seconds, 1793613600);
    assert_string_equal(work->external_id, "e3");
    assert_int_equal(work->_channel_case, 0);
    assert_int_equal(work->_worker_case, 0);
    assert_int_equal(work->_words_case, 0);
    assert_int_equal(call->channel, TRAJECT__V1__CHANNEL__CHANNEL_PHONE);
    assert_int_equal(call->counterpart, TRAJECT__V1__COUNTERPART__COUNTERPART_EMPLOYER);
    assert_int_equal(call->_stage_case, 0);
    assert_int_equal(call->occurred_at->nanos, 250000000);

    /* Without a start the first event is it; without a name there is none. */
    assert_int_equal(second->request.started_at->seconds, call->occurred_at->seconds);
    assert_int_equal(second->request.started_at->nanos, 250000000);
    assert_null(second->request.ended_at);
    assert_int_equal(second->request._full_name_case, 0);
}

static void entries_come_in_the_order_they_happened(void **state)
{
    (void)state;
    read_log(HEADER "7,e1,2026-11-05T10:00:00Z,Call,N,a,\n"
                    "7,e2,2026-11-02T12:00:00+02:00,Call,N,a,\n" /* 10:00 UTC */
                    "8,f1,2026-11-01T10:00:00Z,Call,N,a,\n"
                    "7,e3,2026-11-02T10:00:00Z,Work,N,a,\n"
                    "7,e4,2026-11-02T10:00:00.000000001Z,Call,N,a,\n"
                    "7,e5,2026-11-02T10:00:00Z,Note,N,a,\n"
                    "7,e0,2026-11-01T10:00:00Z,Call,N,a,\n");
    static const char *const expected[] = {"e0", "e2", "e3", "e5", "e4", "e1"};
    assert_string_equal(result.reports, "");
    assert_int_equal(result.log->cases[0].request.n_entries, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(entry(0, i)->external_id, expected[i]);
    assert_int_equal(result.log->cases[0].request.started_at->seconds, entry(0, 0)->occurred_at->seconds);
}

static void csv_as_it_comes_from_elsewhere(void **state)
{
    (void)state;
    /* A byte order mark, CRLF, blank lines, quotes, a field over two lines, no end of the last line. */
    read_log("\xef\xbb\xbf" HEADER "\r\n"
             "7,\"e\"\"1\",2026-11-02,Call,\"Noord, West\",a,\r\n"
             "\n   \n"
             "7,\"e\n2\",2026-11-03,Call,\"Noord, West\",a,\r\n"
             "7,e3,2026-11-04,Call,\"Noord, West\",\"a\",");
    assert_string_equal(result.reports, "");
    assert_int_equal(result.log->rows, 3);
    assert_int_equal(result.log->n_cases, 1);
    assert_string_equal(result.log->cases[0].request.team, "Noord, West");
    assert_string_equal(entry(0, 0)->external_id, "e\"1");
    assert_string_equal(entry(0, 1)->external_id, "e\n2");
    assert_int_equal(result.log->cases[0].first_line, 3);

    const char *text = "case;event;at;what;team;coach;channel\n7;e1;2026-11-02;Call;N,N;a;\n";
    read_bytes(text, strlen(text), "channel = \"channel\"", ";");
    assert_string_equal(result.reports, "");
    assert_string_equal(result.log->cases[0].request.team, "N,N");
    const char *tabs = "case\tevent\tat\twhat\tteam\tcoach\tchannel\n7\te1\t2026-11-02\tCall\tN\ta\t\n";
    read_bytes(tabs, strlen(tabs), "channel = \"channel\"", "\\t");
    assert_string_equal(result.reports, "");
    assert_int_equal(result.log->rows, 1);
}

static void many_cases_and_rows_are_all_there(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs(HEADER, out);
    for (int i = 0; i < 5000; i++)
        fprintf(out, "%d,e%d,2026-11-02T10:%02d:00Z,Call,N,a,\n", i % 130, i, i % 60);
    fclose(out);
    read_bytes(text, size, "channel = \"channel\"", ",");
    free(text);
    assert_string_equal(result.reports, "");
    assert_int_equal(result.log->n_cases, 130);
    size_t entries = 0;
    for (size_t i = 0; i < 130; i++) {
        entries += result.log->cases[i].request.n_entries;
        assert_int_equal(strtol(result.log->cases[i].request.client_number, NULL, 10), i);
    }
    assert_int_equal(entries, 5000);
}

static void every_bad_row_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *expected; /* the rows from line 2 on */
    } cases[] = {
        {"7,e1,2026-11-02,Call,N,a\n", "2: the row has 6 fields, the header has 7\n"},
        {"7,e1,2026-11-02,Call,N,a,,\n", "2: the row has 8 fields, the header has 7\n"},
        {",e1,2026-11-02,Call,N,a,\n", "2: the case is empty\n"},
        {"7,,2026-11-02,Call,N,a,\n", "2: the event is empty\n"},
        {"7,e1,,Call,N,a,\n", "2: the moment is empty\n"},
        {"7,e1,2026-11-02,,N,a,\n", "2: the activity is empty\n"},
        {"7,e1,2026-11-02,Call,,a,\n", "2: the team is empty\n"},
        {"7,e1,2026-11-02,Call,N,,\n", "2: the coach is empty\n"},
        {"7,e1,2026-11-31,Call,N,a,\n",
         "2: the moment is \"2026-11-31\", which is no moment like 2026-11-02T14:10:05+01:00\n"},
        {"7,e1,2026-11-02,Sing,N,a,\n", "2: the map has no activity \"Sing\"\n"},
        {"7,e1,2026-11-02,Meet,N,a,Pigeon\n", "2: the map has no channel \"Pigeon\"\n"},
        {"7,e1,2026-11-02,Meet,N,a,\n", "2: the map has no channel \"\"\n"},
        {"7,e1,2026-11-02,Call,N,a,\n7,e1,2026-11-03,Call,N,a,\n", "3: event \"e1\" came before\n"},
        {"7,e1,2026-11-02,Call,N,a,\n8,e1,2026-11-03,Call,N,a,\n", "3: event \"e1\" came before\n"},
        {"7,e1,2026-11-02,Call,N,a,\n7,e2,2026-11-02,Call,N,b,\n",
         "3: the coach of case 7 differs from that on line 2\n"},
        {"7,e1,2026-11-02,Call,N,a,\n7,e2,2026-11-02,Call,M,a,\n",
         "3: the team of case 7 differs from that on line 2\n"},
        {"7,e\xff,2026-11-02,Call,N,a,\n", "2: the row is not UTF-8\n"},
        {"7,e\xed\xa0\x80,2026-11-02,Call,N,a,\n", "2: the row is not UTF-8\n"}, /* a lone surrogate */
        {"7,e1,2026-11-02,Call,\"N\"x,a,\n8,f1,2026-11-02,Call,N,a,\n",
         "2: the quotes are not as CSV has them (RFC 4180)\n"},
        {"7,e1,2026-11-02,Call,N\"x\",a,\n8,f1,2026-11-02,Call,N,a,\n",
         "2: the quotes are not as CSV has them (RFC 4180)\n"},
        {"7,e1,2026-11-02,Call,N,a,\n7,e2,2026-11-02,Call,\"N\"x,a,\n",
         "3: the quotes are not as CSV has them (RFC 4180)\n"
         "2: case 7 is left out: a bad row that may be of it has no case that can be told\n"},
        {"e2,7,2026-11-02,Call,N,a\n7,e1,2026-11-02,Call,N,a,\n",
         "2: the row has 6 fields, the header has 7\n"
         "3: case 7 is left out: a bad row that may be of it has no case that can be told\n"},
        /* Lines are those of the file: blank ones count, and a row stands where it begins. */
        {"\n\r\n7,e1,never,Call,N,a,\n", "4: the moment is \"never\", which is no moment like "
                                         "2026-11-02T14:10:05+01:00\n"},
        {"7,\"e\n\n1\",2026-11-02,Call,N,a,\n7,\"e\n2\",2026-11-02,Sing,N,a,\n7,e3,2026-11-02,Hum,N,a,\n",
         "5: the map has no activity \"Sing\"\n7: the map has no activity \"Hum\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        snprintf(text, sizeof text, HEADER "%s", cases[i].rows);
        read_log(text);
        if (strcmp(result.reports, cases[i].expected) != 0)
            fail_msg("case %zu says: %s%s", i, result.reports, result.reason ? result.reason : "");
    }
}

static void a_bad_row_is_counted_with_its_case(void **state)
{
    (void)state;
    read_log(HEADER "7,e1,2026-11-02,Call,N,a,\n"
                    "7,e2,2026-11-02,Sing,N,a,\n"
                    "8,f1,2026-11-02,Call,N,a,\n"
                    "7,e3,2026-11-02,Call,N,b,\n"
                    ",e4,2026-11-02,Call,N,a,\n"
                    "9,g1,bad,Call,N,a,\n");
    assert_int_equal(result.log->rows, 6);
    assert_int_equal(result.log->bad_rows, 4);
    assert_int_equal(result.log->n_cases, 3);
    assert_int_equal(result.log->cases[0].rows, 3);
    assert_int_equal(result.log->cases[0].bad_rows, 2);
    assert_true(result.log->cases[0].left_out);
    assert_int_equal(result.log->cases[0].request.n_entries, 1);
    assert_false(result.log->cases[1].left_out);
    assert_int_equal(result.log->cases[2].bad_rows, 1);
    assert_int_equal(result.log->cases[2].request.n_entries, 0);
    assert_null(result.log->cases[2].request.started_at);
}

static void the_start_and_end_of_a_case_are_the_same_in_every_row(void **state)
{
    (void)state;
    const char *text = "case,event,at,what,team,coach,channel,worker,from,to,name,words\n"
                       "7,e1,2026-11-02,Call,N,a,,,2026-11-01,,,\n"
                       "7,e2,2026-11-02,Call,N,a,,,2026-11-01T00:00:00Z,,,\n" /* the same moment */
                       "7,e3,2026-11-02,Call,N,a,,,2026-11-02,,,\n"
                       "7,e4,2026-11-02,Call,N,a,,,2026-11-01,2026-11-20,,\n"
                       "7,e5,2026-11-02,Call,N,a,,,,,,\n"
                       "7,e6,2026-11-02,Call,N,a,,,2026-11-01,soon,,\n";
    read_bytes(text, strlen(text), ALL_COLUMNS, ",");
    assert_string_equal(result.reports,
                        "4: the started of case 7 differs from that on line 2\n"
                        "5: the ended of case 7 differs from that on line 2\n"
                        "6: the started of case 7 differs from that on line 2\n"
                        "7: the ended is \"soon\", which is no moment like 2026-11-02T14:10:05+01:00\n");
}

static void a_nul_is_refused(void **state)
{
    (void)state;
    static const char text[] = HEADER "7,e\0x,2026-11-02,Call,N,a,\n7,e2,2026-11-02,Call,N,a,\n";
    read_bytes(text, sizeof text - 1, "channel = \"channel\"", ",");
    assert_string_equal(result.reports,
                        "2: the row holds a NUL character\n"
                        "3: case 7 is left out: a bad row that may be of it has no case that can be told\n");
    assert_int_equal(result.log->rows, 2);
    assert_int_equal(result.log->cases[0].bad_rows, 0);
    assert_true(result.log->cases[0].left_out);
    assert_int_equal(entry(0, 0)->external_id[1], '2');
}

static void more_fields_than_any_log_has_are_refused(void **state)
{
    (void)state;
    static char text[3000] = HEADER;
    size_t used = strlen(text);
    memset(text + used, ',', 1500);
    strcpy(text + used + 1500, "\n7,e2,2026-11-02,Call,N,a,\n");
    read_log(text);
    assert_string_equal(result.reports, "2: the row has too many fields\n");
    assert_int_equal(result.log->n_cases, 1);
}

static void a_header_without_the_columns_of_the_map_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "the log is empty: its first line should name the columns"},
        {"\n\n", "the log is empty: its first line should name the columns"},
        {"\"case",
         "the row of line 1 opens a quote that is never closed, so all after it is unread; close it"},
        {"case,event,moment,what,team,coach,channel\n",
         "the log has no column \"at\", which the map names as the moment; is the map's delimiter right?"},
        {"case,event,at,what,team,coaches,channel\n",
         "the log has no column \"coach\", which the map names as the coach; did you mean \"coaches\"?"},
        {"case;event;at;what;team;coach;channel\n",
         "the log has no column \"case\", which the map names as the case; is the map's delimiter right?"},
        {"case,event,at,what,team,coach\n", "the log has no column \"channel\", which the map names as the "
                                            "channel; is the map's delimiter right?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_log(cases[i].text);
        assert_null(result.log);
        assert_string_equal(result.reason, cases[i].expected);
    }
    /* A header and nothing more is a log, of no cases. */
    read_log(HEADER);
    assert_non_null(result.log);
    assert_int_equal(result.log->n_cases, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_log_becomes_a_request_for_each_case, clear),
        cmocka_unit_test_teardown(entries_come_in_the_order_they_happened, clear),
        cmocka_unit_test_teardown(csv_as_it_comes_from_elsewhere, clear),
        cmocka_unit_test_teardown(many_cases_and_rows_are_all_there, clear),
        cmocka_unit_test_teardown(every_bad_row_is_told_with_its_line, clear),
        cmocka_unit_test_teardown(a_bad_row_is_counted_with_its_case, clear),
        cmocka_unit_test_teardown(the_start_and_end_of_a_case_are_the_same_in_every_row, clear),
        cmocka_unit_test_teardown(a_nul_is_refused, clear),
        cmocka_unit_test_teardown(more_fields_than_any_log_has_are_refused, clear),
        cmocka_unit_test_teardown(a_header_without_the_columns_of_the_map_is_refused, clear),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
