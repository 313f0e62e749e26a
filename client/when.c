#include "when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "language.h"

/* As they are shown: short. */
static const char *const weekdays[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                       N_("Thu"), N_("Fri"), N_("Sat")};
static const char *const months[] = {N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
                                     N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")};
static const char *const whole_months[] = {N_("January"),   N_("February"), N_("March"),    N_("April"),
                                           N_("May"),       N_("June"),     N_("July"),     N_("August"),
                                           N_("September"), N_("October"),  N_("November"), N_("December")};

/* As they are typed, in English and in Dutch, whatever the language that is shown. */
static const struct {
    const char *word;
    int away;
} named_days[] = {{"today", 0},     {"yesterday", -1}, {"tomorrow", 1},     {"vandaag", 0},
                  {"gisteren", -1}, {"morgen", 1},     {"eergisteren", -2}, {"overmorgen", 2}};
static const char *const typed_weekdays[][2] = {
    {"sunday", "zondag"},      {"monday", "maandag"}, {"tuesday", "dinsdag"},  {"wednesday", "woensdag"},
    {"thursday", "donderdag"}, {"friday", "vrijdag"}, {"saturday", "zaterdag"}};
static const struct unit {
    const char *words[4]; /* one and more, in English and in Dutch */
    int seconds, days, months;
} units[] = {
    {{"minute", "minutes", "minuut", "minuten"}, 60, 0, 0},
    {{"hour", "hours", "uur", "uren"}, 3600, 0, 0},
    {{"day", "days", "dag", "dagen"}, 0, 1, 0},
    {{"week", "weeks", "week", "weken"}, 0, 7, 0},
    {{"month", "months", "maand", "maanden"}, 0, 0, 1},
    {{"year", "years", "jaar", "jaren"}, 0, 0, 12},
};

/* A date and time of day that exist; mktime and timegm would quietly turn 31 April into 1 May. */
static int check(const struct tm *given)
{
    struct tm tm = *given;
    time_t moment = timegm(&tm);
    if (moment == (time_t)-1 && given->tm_year != 69)
        return -1;
    return tm.tm_mday == given->tm_mday && tm.tm_mon == given->tm_mon && tm.tm_hour == given->tm_hour &&
                   tm.tm_min == given->tm_min && tm.tm_sec == given->tm_sec
               ? 0
               : -1;
}

static int local(struct tm tm, int64_t *seconds)
{
    tm.tm_isdst = -1;
    if (check(&tm))
        return -1;
    *seconds = mktime(&tm);
    return 0;
}

/* "14:10" or "14:10:05" at `text`, to its end. */
static int clock_time(const char *text, struct tm *tm)
{
    int used = 0, seconds = 0;
    if (sscanf(text, "%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &used) != 2 || used < 4)
        return -1;
    text += used;
    if (*text == ':') {
        if (sscanf(text, ":%2d%n", &seconds, &used) != 1)
            return -1;
        text += used;
    }
    tm->tm_sec = seconds;
    return *text ? -1 : 0;
}

static void set_day(struct tm *tm, enum when_day day)
{
    tm->tm_hour = day == WHEN_NOON ? 12 : day == WHEN_END ? 23 : 0;
    tm->tm_min = tm->tm_sec = day == WHEN_END ? 59 : 0;
}

/* The day in `tm`, at the time of day in `rest` or as `day` says. */
static int at(struct tm tm, const char *rest, time_t now, enum when_day day, int64_t *seconds)
{
    while (*rest == ' ')
        rest++;
    if (strncasecmp(rest, "om ", 3) == 0)
        rest += 3;
    if (*rest) {
        if (clock_time(rest, &tm))
            return -1;
        return local(tm, seconds);
    }
    struct tm today;
    localtime_r(&now, &today);
    if (day == WHEN_NOON && tm.tm_year == today.tm_year && tm.tm_mon == today.tm_mon &&
        tm.tm_mday == today.tm_mday) {
        *seconds = now;
        return 0;
    }
    set_day(&tm, day);
    return local(tm, seconds);
}

static struct tm days_away(time_t now, int days)
{
    struct tm tm;
    localtime_r(&now, &tm);
    tm.tm_mday += days;
    tm.tm_hour = 12;
    tm.tm_isdst = -1;
    mktime(&tm);
    return tm;
}

/* What follows a date: nothing, or a time of day with perhaps a fraction and an offset. */
int when_parse_date(const char *text, time_t now, enum when_day day, int64_t *seconds, int32_t *nanos)
{
    *nanos = 0;
    struct tm tm = {0};
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 || used < 8 ||
        tm.tm_year < 1)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    text += used;
    if (!*text)
        return at(tm, "", now, day, seconds);
    if ((*text != ' ' && *text != 'T' && *text != 't') ||
        sscanf(text + 1, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &used) != 2)
        return -1;
    text += 1 + used;
    if (*text == ':') {
        if (sscanf(text, ":%2d%n", &tm.tm_sec, &used) != 1)
            return -1;
        text += used;
    }
    if (*text == '.') {
        int32_t scale = 100000000;
        if (!isdigit((unsigned char)*++text))
            return -1;
        for (; isdigit((unsigned char)*text); text++, scale /= 10)
            *nanos += (*text - '0') * scale;
    }
    if (!*text)
        return local(tm, seconds);
    if (check(&tm))
        return -1;
    int hours = 0, minutes = 0;
    if ((*text == '+' || *text == '-') && sscanf(text + 1, "%2d%n", &hours, &used) == 1) {
        int sign = *text == '-' ? -1 : 1;
        text += 1 + used;
        text += *text == ':';
        if (*text && (sscanf(text, "%2d%n", &minutes, &used) != 1 || text[used]))
            return -1;
        if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
            return -1;
        *seconds = timegm(&tm) - sign * (hours * 3600 + minutes * 60);
        return 0;
    }
    *seconds = timegm(&tm);
    return strcasecmp(text, "z") == 0 ? 0 : -1;
}

/* The day, or the month's last one when it has no such day; the month may lie outside 0 to 11. */
static int month_has(int year, int month, int day)
{
    struct tm tm = {.tm_year = year, .tm_mon = month, .tm_mday = day, .tm_hour = 12};
    timegm(&tm);
    return tm.tm_mday == day ? day : day - tm.tm_mday;
}

static const struct unit *find_unit(const char *word)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        for (size_t form = 0; form < 4; form++) {
            if (strcasecmp(word, units[i].words[form]) == 0)
                return &units[i];
        }
    }
    return NULL;
}

/* "3 days ago", "in 2 weeks", "3 dagen geleden", "over 2 weken". */
static int relative(const char *text, time_t now, int64_t *seconds)
{
    int count, used = 0;
    char word[16], ago[8] = "";
    size_t ahead = strncasecmp(text, "in ", 3) == 0 ? 3 : strncasecmp(text, "over ", 5) == 0 ? 5 : 0;
    text += ahead;
    int words = sscanf(text, "%5d %15[A-Za-z]%n %7[A-Za-z]%n", &count, word, &used, ago, &used);
    if (words < 2 || text[used] || count < 0 || (ahead != 0) != (words == 2) ||
        (!ahead && strcasecmp(ago, "ago") != 0 && strcasecmp(ago, "geleden") != 0))
        return -1;
    const struct unit *unit = find_unit(word);
    if (!unit)
        return -1;
    int sign = ahead ? 1 : -1;
    if (unit->seconds) {
        *seconds = now + (int64_t)sign * count * unit->seconds;
        return 0;
    }
    struct tm tm;
    localtime_r(&now, &tm);
    tm.tm_mon += sign * count * unit->months;
    tm.tm_mday = month_has(tm.tm_year, tm.tm_mon, tm.tm_mday) + sign * count * unit->days;
    tm.tm_isdst = -1;
    *seconds = mktime(&tm);
    return 0;
}

/* "2-11-2026", and perhaps a time of day. */
static int dutch_date(const char *text, time_t now, enum when_day day, int64_t *seconds)
{
    struct tm tm = {0};
    int used = 0;
    if (sscanf(text, "%2d-%2d-%4d%n", &tm.tm_mday, &tm.tm_mon, &tm.tm_year, &used) != 3 || used < 8 ||
        tm.tm_year < 1000 || (text[used] && text[used] != ' '))
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return at(tm, text + used, now, day, seconds);
}

int when_parse(const char *text, time_t now, enum when_day day, int64_t *seconds, int32_t *nanos)
{
    bool ahead = day & WHEN_AHEAD;
    day = (enum when_day)(day & ~WHEN_AHEAD);
    *nanos = 0;
    *seconds = now;
    if (strlen(text) > 60)
        return -1;
    if (strcasecmp(text, "now") == 0 || strcasecmp(text, "nu") == 0)
        return 0;
    if (when_parse_date(text, now, day, seconds, nanos) == 0)
        return 0;
    if (dutch_date(text, now, day, seconds) == 0)
        return 0;
    *nanos = 0;
    if (relative(text, now, seconds) == 0)
        return 0;
    for (size_t i = 0; i < sizeof named_days / sizeof *named_days; i++) {
        size_t length = strlen(named_days[i].word);
        if (strncasecmp(text, named_days[i].word, length) == 0)
            return at(days_away(now, named_days[i].away), text + length, now, day, seconds);
    }
    struct tm today = days_away(now, 0);
    for (int i = 0; i < 14; i++) {
        const char *word = typed_weekdays[i / 2][i % 2];
        size_t length = strlen(word);
        if (strncasecmp(text, word, length) == 0) {
            int away = ahead ? (i / 2 - today.tm_wday + 6) % 7 + 1 : -((today.tm_wday - i / 2 + 6) % 7 + 1);
            return at(days_away(now, away), text + length, now, day, seconds);
        }
    }
    return isdigit((unsigned char)*text) ? at(today, text, now, day, seconds) : -1;
}

static int64_t day_number(int64_t seconds)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    localtime_r(&moment, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    return timegm(&tm) / 86400;
}

int64_t when_days(int64_t from, int64_t to)
{
    return day_number(to) - day_number(from);
}

/* "in 2 months" or "2 months ago", for so many days. */
static const char *away_format(int64_t days, bool ahead, long long *count)
{
    if (days >= 730) {
        *count = days / 365;
        return ahead ? ngettext("in %lld year", "in %lld years", (unsigned long)*count)
                     : ngettext("%lld year ago", "%lld years ago", (unsigned long)*count);
    }
    if (days >= 61) {
        *count = days / 30;
        return ahead ? ngettext("in %lld month", "in %lld months", (unsigned long)*count)
                     : ngettext("%lld month ago", "%lld months ago", (unsigned long)*count);
    }
    if (days >= 14) {
        *count = days / 7;
        return ahead ? ngettext("in %lld week", "in %lld weeks", (unsigned long)*count)
                     : ngettext("%lld week ago", "%lld weeks ago", (unsigned long)*count);
    }
    *count = days;
    return ahead ? ngettext("in %lld day", "in %lld days", (unsigned long)*count)
                 : ngettext("%lld day ago", "%lld days ago", (unsigned long)*count);
}

void when_ago(int64_t seconds, time_t now, char *text, size_t size)
{
    int64_t away = when_days(seconds, now);
    long long count;
    if (away == 0 || away == 1 || away == -1) {
        snprintf(text, size, "%s", away == 0 ? _("today") : away == 1 ? _("yesterday") : _("tomorrow"));
        return;
    }
    const char *format = away_format(away < 0 ? -away : away, away < 0, &count);
    snprintf(text, size, format, count);
}

void when_date(int64_t seconds, char *text, size_t size)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    localtime_r(&moment, &tm);
    snprintf(text, size, "%d %s %d", tm.tm_mday, _(months[tm.tm_mon]), tm.tm_year + 1900);
}

void when_month(int year, int month, char *text, size_t size)
{
    snprintf(text, size, "%s %d", _(months[month - 1]), year);
}

void when_whole_month(int year, int month, char *text, size_t size)
{
    snprintf(text, size, "%s %d", _(whole_months[month - 1]), year);
}

void when_exact(int64_t seconds, char *text, size_t size)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    localtime_r(&moment, &tm);
    snprintf(text, size, "%s %d %s %d %02d:%02d", _(weekdays[tm.tm_wday]), tm.tm_mday, _(months[tm.tm_mon]),
             tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

void when_end(int64_t seconds, time_t now, char *text, size_t size)
{
    int64_t days = when_days(seconds, now);
    (days >= -2 && days <= 2 ? when_exact : when_date)(seconds, text, size);
}

char *when_localized(const char *text)
{
    char *made = NULL;
    size_t size;
    FILE *out = open_memstream(&made, &size);
    if (!out)
        return NULL;
    while (*text) {
        struct tm tm = {0};
        int used = 0;
        char local[60];
        if (isdigit((unsigned char)*text) &&
            sscanf(text, "%4d-%2d-%2d %2d:%2d UTC%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                   &tm.tm_min, &used) == 5 &&
            used == 20) {
            tm.tm_year -= 1900;
            tm.tm_mon -= 1;
            time_t moment = timegm(&tm);
            localtime_r(&moment, &tm);
            /* Translators: as strftime has it. */
            strftime(local, sizeof local, _("%Y-%m-%d %H:%M %Z"), &tm);
            fputs(local, out);
            text += used;
        } else {
            fputc(*text++, out);
        }
    }
    return fclose(out) ? (free(made), NULL) : made;
}

void when_rfc3339(int64_t seconds, int32_t nanos, char *text, size_t size)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    gmtime_r(&moment, &tm);
    int n = snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (n < 0 || (size_t)n >= size)
        return;
    int digits = !nanos ? 0 : nanos % 1000000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9;
    if (digits)
        snprintf(text + n, size - (size_t)n, ".%0*dZ", digits,
                 digits == 3   ? nanos / 1000000
                 : digits == 6 ? nanos / 1000
                               : nanos);
    else
        snprintf(text + n, size - (size_t)n, "Z");
}
