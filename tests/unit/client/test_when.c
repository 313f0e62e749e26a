/* Moments as people type them in Amsterdam, on Wednesday 25 November 2026 at 15:20:30. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "when.h"

#define NOW "2026-11-25 14:20:30"

/* A moment in UTC. */
static time_t utc(const char *text)
{
    struct tm tm = {0};
    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                            &tm.tm_min, &tm.tm_sec),
                     6);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return timegm(&tm);
}

static void check(const char *text, const char *now, enum when_day day, const char *expected,
                  int32_t expected_nanos)
{
    int64_t seconds;
    int32_t nanos;
    if (when_parse(text, utc(now), day, &seconds, &nanos))
        fail_msg("\"%s\" is refused", text);
    if (seconds != utc(expected) || nanos != expected_nanos)
        fail_msg("\"%s\" is %lld.%09d, not %s.%09d, which is %lld", text, (long long)seconds, nanos, expected,
                 expected_nanos, (long long)utc(expected));
}

static void every_form_that_people_type(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"now", NOW},
        {"NOW", NOW},
        {"today", NOW},
        {"2026-11-25", NOW},
        {"2026-11-02", "2026-11-02 11:00:00"},
        {"2026-7-2", "2026-07-02 10:00:00"},
        {"2024-02-29", "2024-02-29 11:00:00"},
        {"1969-12-31", "1969-12-31 11:00:00"},
        {"2026-11-02 14:10", "2026-11-02 13:10:00"},
        {"2026-11-02 9:05", "2026-11-02 08:05:00"},
        {"2026-11-02T14:10", "2026-11-02 13:10:00"},
        {"2026-11-02 14:10:05", "2026-11-02 13:10:05"},
        {"2026-07-02 14:10", "2026-07-02 12:10:00"},
        {"14:10", "2026-11-25 13:10:00"},
        {"9:05", "2026-11-25 08:05:00"},
        {"14:10:09", "2026-11-25 13:10:09"},
        {"today 00:00", "2026-11-24 23:00:00"},
        {"Today 23:59", "2026-11-25 22:59:00"},
        {"yesterday", "2026-11-24 11:00:00"},
        {"yesterday 16:30", "2026-11-24 15:30:00"},
        {"tuesday", "2026-11-24 11:00:00"},
        {"Monday", "2026-11-23 11:00:00"},
        {"thursday 08:00", "2026-11-19 07:00:00"},
        {"wednesday", "2026-11-18 11:00:00"}, /* today's name is the one of last week */
        {"sunday", "2026-11-22 11:00:00"},
        {"1 day ago", "2026-11-24 14:20:30"},
        {"3 days ago", "2026-11-22 14:20:30"},
        {"0 days ago", NOW},
        {"2 weeks ago", "2026-11-11 14:20:30"},
        {"1 month ago", "2026-10-25 14:20:30"},
        {"5 months ago", "2026-06-25 13:20:30"}, /* as late in the day, in summer time */
        {"1 year ago", "2025-11-25 14:20:30"},
        {"90 minutes ago", "2026-11-25 12:50:30"},
        {"1 hour ago", "2026-11-25 13:20:30"},
        {"in 3 weeks", "2026-12-16 14:20:30"},
        {"in 1 day", "2026-11-26 14:20:30"},
        {"in 5 months", "2027-04-25 13:20:30"},
        {"in 30 minutes", "2026-11-25 14:50:30"},
        {"nu", NOW},
        {"Vandaag", NOW},
        {"vandaag 00:00", "2026-11-24 23:00:00"},
        {"gisteren", "2026-11-24 11:00:00"},
        {"gisteren 16:30", "2026-11-24 15:30:00"},
        {"gisteren om 16:30", "2026-11-24 15:30:00"},
        {"eergisteren 9:05", "2026-11-23 08:05:00"},
        {"dinsdag", "2026-11-24 11:00:00"},
        {"Maandag", "2026-11-23 11:00:00"},
        {"woensdag", "2026-11-18 11:00:00"},
        {"zondag 08:00", "2026-11-22 07:00:00"},
        {"1 dag geleden", "2026-11-24 14:20:30"},
        {"3 Dagen Geleden", "2026-11-22 14:20:30"},
        {"2 weken geleden", "2026-11-11 14:20:30"},
        {"1 maand geleden", "2026-10-25 14:20:30"},
        {"5 maanden geleden", "2026-06-25 13:20:30"},
        {"1 jaar geleden", "2025-11-25 14:20:30"},
        {"90 minuten geleden", "2026-11-25 12:50:30"},
        {"1 uur geleden", "2026-11-25 13:20:30"},
        {"over 3 weken", "2026-12-16 14:20:30"},
        {"over 1 week", "2026-12-02 14:20:30"},
        {"over 30 minuten", "2026-11-25 14:50:30"},
        {"morgen", "2026-11-26 11:00:00"},
        {"morgen 9:00", "2026-11-26 08:00:00"},
        {"overmorgen", "2026-11-27 11:00:00"},
        {"2-11-2026", "2026-11-02 11:00:00"},
        {"02-11-2026 14:10", "2026-11-02 13:10:00"},
        {"25-11-2026", NOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].text, NOW, WHEN_NOON, cases[i].expected, 0);
}

static void a_date_alone_is_what_the_option_says(void **state)
{
    (void)state;
    check("2026-11-02", NOW, WHEN_START, "2026-11-01 23:00:00", 0);
    check("2026-11-02", NOW, WHEN_END, "2026-11-02 22:59:59", 0);
    check("today", NOW, WHEN_START, "2026-11-24 23:00:00", 0);
    check("today", NOW, WHEN_END, "2026-11-25 22:59:59", 0);
    check("yesterday", NOW, WHEN_END, "2026-11-24 22:59:59", 0);
    char *local = when_localized("at 2026-11-02 14:10 UTC, and 2026-07-01 00:00 UTC; 2026-1 UTC");
    assert_string_equal(local, "at 2026-11-02 15:10 CET, and 2026-07-01 02:00 CEST; 2026-1 UTC");
    free(local);
    check("2-11-2026", NOW, WHEN_END, "2026-11-02 22:59:59", 0);
    check("maandag", NOW, WHEN_START | WHEN_AHEAD, "2026-11-29 23:00:00", 0);
    check("monday", NOW, WHEN_START, "2026-11-22 23:00:00", 0);
    check("monday", NOW, WHEN_START | WHEN_AHEAD, "2026-11-29 23:00:00", 0);
    check("wednesday", NOW, WHEN_START | WHEN_AHEAD, "2026-12-01 23:00:00", 0);
    check("wednesday", NOW, WHEN_START, "2026-11-17 23:00:00", 0);
    check("tomorrow", NOW, WHEN_START, "2026-11-25 23:00:00", 0);
    check("2 DAYS Ago", NOW, WHEN_NOON, "2026-11-23 14:20:30", 0);
    /* A month without such a day: its last one. */
    check("1 month ago", "2026-03-31 10:00:00", WHEN_NOON, "2026-02-28 11:00:00", 0);
    check("in 3 months", "2026-11-30 10:00:00", WHEN_NOON, "2027-02-28 10:00:00", 0);
    /* With a time of day it is that moment. */
    check("2026-11-02 14:10", NOW, WHEN_END, "2026-11-02 13:10:00", 0);
    check("now", NOW, WHEN_START, NOW, 0);
}

static void offsets_and_fractions(void **state)
{
    (void)state;
    check("2026-11-02T14:10:05Z", NOW, WHEN_NOON, "2026-11-02 14:10:05", 0);
    check("2026-11-02t14:10:05z", NOW, WHEN_NOON, "2026-11-02 14:10:05", 0);
    check("2026-11-02T14:10:05+01:00", NOW, WHEN_NOON, "2026-11-02 13:10:05", 0);
    check("2026-11-02 14:10+0530", NOW, WHEN_NOON, "2026-11-02 08:40:00", 0);
    check("2026-11-02 14:10:05-08", NOW, WHEN_NOON, "2026-11-02 22:10:05", 0);
    check("2026-11-02 14:10:05-03:30", NOW, WHEN_NOON, "2026-11-02 17:40:05", 0);
    check("2026-11-02T14:10:05.5+01:00", NOW, WHEN_NOON, "2026-11-02 13:10:05", 500000000);
    check("2011-10-11 13:45:40.276000+02:00", NOW, WHEN_NOON, "2011-10-11 11:45:40", 276000000);
    check("2026-11-02 14:10:05.000000001Z", NOW, WHEN_NOON, "2026-11-02 14:10:05", 1);
    check("2026-11-02 14:10:05.9999999999Z", NOW, WHEN_NOON, "2026-11-02 14:10:05", 999999999);
    check("2026-11-02 14:10:05.25", NOW, WHEN_NOON, "2026-11-02 13:10:05", 250000000);
    /* An offset needs no summer time. */
    check("2026-03-29T02:30:00+01:00", NOW, WHEN_NOON, "2026-03-29 01:30:00", 0);
}

static void what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "soon",
        "tomorrow-ish",
        "morgenochtend",
        "over",
        "over 3",
        "3 weken",
        "3 weken over",
        "geleden",
        "31-4-2026",
        "2-13-2026",
        "2-11-26",
        "2-11-2026x",
        "2-11-2026 25:00",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "2026-02-29",
        "2026-11-00",
        "2026-11-02 24:00",
        "2026-11-02 12:60",
        "2026-11-02 12:00:60",
        "2026-11-02 -1:30",
        "2026-11-02 noon",
        "2026-11-02x14:10",
        "2026-11-02 14",
        "2026-11-02 14:10:",
        "2026-11-02 14:10:05.",
        "2026-11-02 14:10:05.x",
        "2026-11-02 14:10+",
        "2026-11-02 14:10+01:60",
        "2026-11-02 14:10+16:00",
        "2026-11-02 14:10+01:00x",
        "2026-11-02 14:10 CET",
        "2026-11-02 25:10Z",
        "2/11/2026",
        "0000-11-02",
        "25:00",
        "14",
        "14:10 today",
        "9:5",
        "today 25:00",
        "today at 9",
        "yesterdays",
        "mondayish",
        "mon",
        "3 days",
        "in 3 days ago",
        "-3 days ago",
        "days ago",
        "3 fortnights ago",
        "ago",
        "in",
        "in weeks",
        "3 days ago!",
        "2026-11-02 14:10 2026-11-02 14:10 2026-11-02 14:10 2026-11-02 14:10",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t seconds;
        int32_t nanos;
        if (when_parse(cases[i], utc(NOW), WHEN_NOON, &seconds, &nanos) == 0)
            fail_msg("\"%s\" is taken as %lld", cases[i], (long long)seconds);
    }
}

static void the_clock_changes(void **state)
{
    (void)state;
    int64_t seconds;
    int32_t nanos;
    /* On 29 March 2026 there is no 02:30: the clock goes from 02:00 to 03:00. On 25 October there are two. */
    check("2026-03-29 01:59:59", NOW, WHEN_NOON, "2026-03-29 00:59:59", 0);
    check("2026-03-29 03:00", NOW, WHEN_NOON, "2026-03-29 01:00:00", 0);
    assert_int_equal(when_parse("2026-03-29 02:30", utc(NOW), WHEN_NOON, &seconds, &nanos), 0);
    assert_true(seconds == utc("2026-03-29 00:30:00") || seconds == utc("2026-03-29 01:30:00"));
    check("2026-10-25 01:59:59", NOW, WHEN_NOON, "2026-10-24 23:59:59", 0);
    check("2026-10-25 03:00", NOW, WHEN_NOON, "2026-10-25 02:00:00", 0);
    assert_int_equal(when_parse("2026-10-25 02:30", utc(NOW), WHEN_NOON, &seconds, &nanos), 0);
    assert_true(seconds == utc("2026-10-25 00:30:00") || seconds == utc("2026-10-25 01:30:00"));
    /* Days are as the calendar has them, not of 24 hours. */
    check("2026-03-29", NOW, WHEN_START, "2026-03-28 23:00:00", 0);
    check("2026-03-29", NOW, WHEN_END, "2026-03-29 21:59:59", 0);
    check("1 day ago", "2026-03-29 18:00:00", WHEN_NOON, "2026-03-28 19:00:00", 0);
    check("yesterday", "2026-10-25 23:30:00", WHEN_NOON, "2026-10-25 11:00:00", 0);
    check("yesterday", "2026-10-25 22:30:00", WHEN_NOON, "2026-10-24 10:00:00", 0);
}

static void how_long_ago_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *moment, *expected;
    } cases[] = {
        {NOW, "today"},
        {"2026-11-24 23:00:00", "today"}, /* midnight in Amsterdam */
        {"2026-11-25 22:59:59", "today"},
        {"2026-11-24 22:59:59", "yesterday"},
        {"2026-11-25 23:00:00", "tomorrow"},
        {"2026-11-23 12:00:00", "2 days ago"},
        {"2026-11-12 12:00:00", "13 days ago"},
        {"2026-11-11 12:00:00", "2 weeks ago"},
        {"2026-09-26 12:00:00", "8 weeks ago"},
        {"2026-09-25 12:00:00", "2 months ago"},
        {"2024-11-25 12:00:00", "2 years ago"},
        {"2024-11-26 12:00:00", "24 months ago"},
        {"2026-11-27 12:00:00", "in 2 days"},
        {"2026-12-09 12:00:00", "in 2 weeks"},
        {"2027-02-25 12:00:00", "in 3 months"},
        {"2036-11-25 12:00:00", "in 10 years"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[40];
        when_ago(utc(cases[i].moment), utc(NOW), text, sizeof text);
        if (strcmp(text, cases[i].expected) != 0)
            fail_msg("%s is %s, not %s", cases[i].moment, text, cases[i].expected);
    }
}

static void dates_for_people(void **state)
{
    (void)state;
    char text[40];
    when_date(utc("2026-11-01 23:30:00"), text, sizeof text);
    assert_string_equal(text, "2 Nov 2026");
    when_exact(utc("2026-11-02 13:10:59"), text, sizeof text);
    assert_string_equal(text, "Mon 2 Nov 2026 14:10");
    when_exact(utc("2026-07-31 22:05:00"), text, sizeof text);
    assert_string_equal(text, "Sat 1 Aug 2026 00:05");
}

static void as_protobufs_json_has_it(void **state)
{
    (void)state;
    static const struct {
        int32_t nanos;
        const char *expected;
    } cases[] = {
        {0, "2026-11-02T13:10:05Z"},           {500000000, "2026-11-02T13:10:05.500Z"},
        {1000000, "2026-11-02T13:10:05.001Z"}, {276001000, "2026-11-02T13:10:05.276001Z"},
        {1, "2026-11-02T13:10:05.000000001Z"}, {999999999, "2026-11-02T13:10:05.999999999Z"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        when_rfc3339(utc("2026-11-02 13:10:05"), cases[i].nanos, text, sizeof text);
        assert_string_equal(text, cases[i].expected);
    }
    when_rfc3339(-1, 0, text, sizeof text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    when_rfc3339(utc("0999-01-02 03:04:05"), 0, text, sizeof text);
    assert_string_equal(text, "0999-01-02T03:04:05Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_that_people_type),
        cmocka_unit_test(a_date_alone_is_what_the_option_says),
        cmocka_unit_test(offsets_and_fractions),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(the_clock_changes),
        cmocka_unit_test(how_long_ago_in_words),
        cmocka_unit_test(dates_for_people),
        cmocka_unit_test(as_protobufs_json_has_it),
    };
    setenv("TZ", "Europe/Amsterdam", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
