#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "field.h"
#include "gzip.h"
#include "log.h"
#include "log_writer.h"
#include "pseudonym.h"

#define MAP                                                                                                  \
    "columns { team = \"case:team\" coach = \"case:coach\" %s }\n"                                           \
    "kind = \"activation\" reason = \"as in the log\"\n"                                                     \
    "activity \"Call\" { channel = \"phone\" }\n"                                                            \
    "activity \"*\" { }\n"
#define TRACE                                                                                                \
    "<string key=\"concept:name\" value=\"7\"/><string key=\"team\" value=\"Noord\"/>"                       \
    "<string key=\"coach\" value=\"anna\"/>"
#define CALL                                                                                                 \
    "<event><string key=\"concept:name\" value=\"Call\"/>"                                                   \
    "<date key=\"time:timestamp\" value=\"2026-11-02T10:00:00.5+01:00\"/>"                                   \
    "<string key=\"org:resource\" value=\"bert\"><string key=\"concept:name\" "                              \
    "value=\"nested\"/></string></event>"

static struct {
    struct log *log;
    char *reason;
    char reports[2000]; /* "LINE: REASON\n" for each bad row */
} result;

static void report(void *context, size_t line, const char *reason)
{
    (void)context;
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

/* Reads the text as a log; an own one when there are no `columns`. */
static void read_log(const char *text, const char *columns)
{
    char map_text[1000], *reason = NULL;
    struct map *map = NULL;
    clear(NULL);
    snprintf(map_text, sizeof map_text, MAP, columns ? columns : "");
    if (columns && !(map = map_parse(map_text, "map", true, &reason)))
        fail_msg("%s", reason);
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    result.log = log_read(in, map, report, NULL, &result.reason);
    fclose(in);
    if (map)
        map_free(map);
}

static void xes_is_read_by_a_map(void **state)
{
    (void)state;
    read_log("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<x:log xmlns:x=\"http://www.xes-standard.org/\">\n"
             "<global scope=\"event\"><string key=\"concept:name\" value=\"none\"/></global>\n"
             "<trace>" TRACE "\n" CALL "\n" CALL "</trace></x:log>",
             "");
    assert_null(result.reason);
    assert_string_equal(result.reports, "");
    assert_int_equal(result.log->rows, 2);
    assert_int_equal(result.log->n_cases, 1);
    const struct log_case *of = &result.log->cases[0];
    assert_null(of->told);
    assert_string_equal(of->request.client_number, "7");
    assert_string_equal(of->request.coach, "anna");
    const Traject__V1__ImportEntry *call = of->request.entries[0];
    assert_string_equal(call->activity, "Call");
    assert_string_equal(call->worker, "bert");
    assert_int_equal(call->occurred_at->nanos, 500000000);
    assert_int_equal(call->channel, TRAJECT__V1__CHANNEL__CHANNEL_PHONE);
    /* No event has an id of its own here: they are counted. */
    assert_string_equal(call->external_id, "7-1");
    assert_string_equal(of->request.entries[1]->external_id, "7-2");
}

static void a_bad_event_of_xes_is_named_by_its_line(void **state)
{
    (void)state;
    read_log("<log>\n<trace>" TRACE "\n" CALL
             "\n<event>\n<date key=\"time:timestamp\" value=\"soon\"/></event></trace></log>",
             "event = \"id\"");
    assert_null(result.reason);
    assert_string_equal(result.reports, "3: the event is empty\n4: the event is empty\n");
    assert_true(result.log->cases[0].left_out);
}

static void what_no_xes_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"<!DOCTYPE log SYSTEM \"file:///etc/passwd\"><log/>", "it has a document type"},
        {"<log><trace>" CALL TRACE "</trace></log>",
         "line 1: an attribute of the trace comes after its events"},
        {"<logs/>", "it begins with <logs>"},
        {"<log>", "line 1 is not as XML is: no element found"},
        {"<log/>", "the log has no event"},
        {"<log><trace>" CALL "</trace></log>", "traject log export did not write it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_log(cases[i].text, i == 5 ? NULL : "");
        assert_null(result.log);
        if (!strstr(result.reason, cases[i].says))
            fail_msg("case %zu says: %s", i, result.reason);
    }
}

/* ---- what is written is read as it was ---- */

static Traject__V1__LogEntry *an_entry(const char *id, Traject__V1__EventKind kind)
{
    Traject__V1__LogEntry *entry = malloc(sizeof *entry);
    traject__v1__log_entry__init(entry);
    entry->external_id = strdup(id);
    entry->kind = kind;
    entry->occurred_at = malloc(sizeof *entry->occurred_at);
    google__protobuf__timestamp__init(entry->occurred_at);
    entry->occurred_at->seconds = 1793491200;
    entry->occurred_at->nanos = 250000;
    entry->stage = TRAJECT__V1__STAGE__STAGE_STARTING_WORK;
    entry->coach = strdup("anna");
    entry->team = strdup("=Noord, \"Oost\"\n& <Zuid>");
    entry->_employer_case = TRAJECT__V1__LOG_ENTRY___EMPLOYER_EMPLOYER;
    entry->employer = strdup("'t Hoekje");
    entry->_person_case = TRAJECT__V1__LOG_ENTRY___PERSON_PERSON;
    entry->person = strdup("M. Visser");
    entry->_reached_case = TRAJECT__V1__LOG_ENTRY___REACHED_REACHED;
    entry->reached = false;
    return entry;
}

static void both_ways(const struct log_format *format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    Traject__V1__LogCase of = TRAJECT__V1__LOG_CASE__INIT;
    of.client_number = (char[]){"1001"};
    of.trajectory = 2;
    Traject__V1__LogEntry *entry = an_entry("e\t1", TRAJECT__V1__EVENT_KIND__EVENT_KIND_COACH_ASSIGNED);
    void *writer = format->begin(out, NULL);
    format->begin_case(writer, &of);
    format->entry(writer, &of, entry);
    format->end_case(writer, &of);
    format->end(writer);
    fclose(out);
    read_log(text, NULL);
    if (result.reason)
        fail_msg("%s", result.reason);
    assert_string_equal(result.reports, "");
    const struct log_case *back = &result.log->cases[0];
    assert_string_equal(back->told->client_number, "1001");
    assert_int_equal(back->told->trajectory, 2);
    assert_string_equal(back->request.team, entry->team);
    assert_int_equal(log_case_entries(back), 1);
    size_t length = traject__v1__log_entry__get_packed_size(entry);
    uint8_t *before = malloc(length), *after = malloc(length);
    assert_int_equal(traject__v1__log_entry__get_packed_size(back->told->entries[0]), length);
    traject__v1__log_entry__pack(entry, before);
    traject__v1__log_entry__pack(back->told->entries[0], after);
    assert_memory_equal(before, after, length);
    free(before);
    free(after);
    traject__v1__log_entry__free_unpacked(entry, NULL);
    free(text);
}

static void csv_is_read_as_it_was_written(void **state)
{
    (void)state;
    both_ways(&log_csv);
}

static void xes_is_read_as_it_was_written(void **state)
{
    (void)state;
    both_ways(&log_xes);
}

/* ---- pseudonyms ---- */

static void pseudonyms_are_stable_and_tell_kinds_and_employers_apart(void **state)
{
    (void)state;
    struct pseudonyms one = {{1}}, other = {{2}};
    Traject__V1__LogEntry *a = an_entry("e1", 1), *b = an_entry("e1", 1), *c = an_entry("e1", 1),
                          *d = an_entry("e1", 1);
    free(c->employer);
    c->employer = strdup("Garage");
    pseudonyms_entry(&one, a);
    pseudonyms_entry(&one, b);
    pseudonyms_entry(&one, c);
    pseudonyms_entry(&other, d);
    assert_string_equal(a->coach, b->coach);
    assert_string_equal(a->coach, c->coach);
    assert_string_not_equal(a->coach, d->coach);
    assert_int_equal(strncmp(a->coach, "worker-", 7), 0);
    assert_int_equal(strlen(a->coach), 7 + 16);
    /* Two people of one name. */
    assert_string_equal(a->person, b->person);
    assert_string_not_equal(a->person, c->person);
    assert_null(strstr(a->employer, "Hoekje"));
    assert_string_equal(a->team, b->team);
    Traject__V1__LogEntry *all[] = {a, b, c, d};
    for (size_t i = 0; i < 4; i++)
        traject__v1__log_entry__free_unpacked(all[i], NULL);

    Traject__V1__LogCase *of = malloc(sizeof *of);
    traject__v1__log_case__init(of);
    of->client_number = strdup("anna");
    of->_full_name_case = TRAJECT__V1__LOG_CASE___FULL_NAME_FULL_NAME;
    of->full_name = strdup("Anna Bakker");
    pseudonyms_case(&one, of);
    assert_int_equal(strncmp(of->client_number, "client-", 7), 0);
    assert_int_equal(of->_full_name_case, TRAJECT__V1__LOG_CASE___FULL_NAME__NOT_SET);
    traject__v1__log_case__free_unpacked(of, NULL);
}

/* ---- gzip ---- */

static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("log", 0);
    assert_int_equal(write(fd, bytes, length), length);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void gzip_is_read_as_it_was_packed_and_told_when_cut_off(void **state)
{
    (void)state;
    static char text[100000], back[100000], packed[100000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    int fd = memfd_create("packed", 0), kept = dup(fd);
    FILE *out = gzip_writer(fd);
    assert_int_equal(fwrite(text, 1, sizeof text, out), sizeof text);
    assert_int_equal(fclose(out), 0);
    ssize_t length = pread(kept, packed, sizeof packed, 0);
    close(kept);
    assert_true(length > 0 && (size_t)length < sizeof text / 4);

    FILE *in = gzip_reader(file_of(packed, (size_t)length));
    assert_int_equal(fread(back, 1, sizeof back, in), sizeof text);
    assert_memory_equal(back, text, sizeof text);
    assert_int_equal(fgetc(in), EOF);
    assert_false(ferror(in));
    fclose(in);
    /* What is not packed is read as it is. */
    in = gzip_reader(file_of(text, 1000));
    assert_int_equal(fread(back, 1, sizeof back, in), 1000);
    assert_memory_equal(back, text, 1000);
    fclose(in);
    in = gzip_reader(file_of(packed, (size_t)length - 1));
    while (fread(back, 1, sizeof back, in))
        ;
    assert_true(ferror(in));
    assert_int_equal(errno, EBADMSG);
    fclose(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(xes_is_read_by_a_map, clear),
        cmocka_unit_test_teardown(a_bad_event_of_xes_is_named_by_its_line, clear),
        cmocka_unit_test_teardown(what_no_xes_may_be, clear),
        cmocka_unit_test_teardown(csv_is_read_as_it_was_written, clear),
        cmocka_unit_test_teardown(xes_is_read_as_it_was_written, clear),
        cmocka_unit_test(pseudonyms_are_stable_and_tell_kinds_and_employers_apart),
        cmocka_unit_test(gzip_is_read_as_it_was_packed_and_told_when_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
