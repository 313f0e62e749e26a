#include "when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

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

static int relative(const char *text, time_t now, int64_t *seconds)
{
    static const struct {
        const char *unit;
        int days, months;
    } units[] = {{"day", 1, 0}, {"week", 7, 0}, {"month", 0, 1}, {"year", 0, 12}};
    int count, used = 0;
    char unit[16], ago[8] = "";
    bool ahead = strncasecmp(text, "in ", 3) == 0;
    if (ahead)
        text += 3;
    int words = sscanf(text, "%5d %15[A-Za-z]%n %7[A-Za-z]%n", &count, unit, &used, ago, &used);
    if (words < 2 || text[used] || count < 0 || ahead != (words == 2) ||
        (!ahead && strcasecmp(ago, "ago") != 0))
        return -1;
    size_t length = strlen(unit);
    if (length && tolower((unsigned char)unit[length - 1]) == 's')
        unit[length - 1] = '\0';
    int sign = ahead ? 1 : -1;
    bool hours = strcasecmp(unit, "hour") == 0;
    if (hours || strcasecmp(unit, "minute") == 0) {
        *seconds = now + (int64_t)sign * count * (hours ? 3600 : 60);
        return 0;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcasecmp(unit, units[i].unit) != 0)
            continue;
        struct tm tm;
        localtime_r(&now, &tm);
        tm.tm_mon += sign * count * units[i].months;
        tm.tm_mday = month_has(tm.tm_year, tm.tm_mon, tm.tm_mday) + sign * count * units[i].days;
        tm.tm_isdst = -1;
        *seconds = mktime(&tm);
        return 0;
    }
    return -1;
}

int when_parse(const char *text, time_t now, enum when_day day, int64_t *seconds, int32_t *nanos)
{
    bool ahead = day & WHEN_AHEAD;
    day = (enum when_day)(day & ~WHEN_AHEAD);
    *nanos = 0;
    *seconds = now;
    if (strlen(text) > 60)
        return -1;
    if (strcasecmp(text, "now") == 0)
        return 0;
    if (when_parse_date(text, now, day, seconds, nanos) == 0)
        return 0;
    *nanos = 0;
    if (relative(text, now, seconds) == 0)
        return 0;
    if (strncasecmp(text, "today", 5) == 0)
        return at(days_away(now, 0), text + 5, now, day, seconds);
    if (strncasecmp(text, "yesterday", 9) == 0)
        return at(days_away(now, -1), text + 9, now, day, seconds);
    if (strncasecmp(text, "tomorrow", 8) == 0)
        return at(days_away(now, 1), text + 8, now, day, seconds);
    struct tm today = days_away(now, 0);
    for (int i = 0; i < 7; i++) {
        size_t length = strlen(weekdays[i]);
        if (strncasecmp(text, weekdays[i], length) == 0) {
            int days = ahead ? (i - today.tm_wday + 6) % 7 + 1 : -((today.tm_wday - i + 6) % 7 + 1);
            return at(days_away(now, days), text + length, now, day, seconds);
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

void when_ago(int64_t seconds, time_t now, char *text, size_t size)
{
    int64_t days = when_days(seconds, now);
    int64_t away = days < 0 ? -days : days;
    static const struct {
        int64_t from, divisor;
        const char *unit;
    } units[] = {{730, 365, "year"}, {61, 30, "month"}, {14, 7, "week"}, {0, 1, "day"}};
    if (days == 0 || days == 1 || days == -1) {
        snprintf(text, size, "%s", days == 0 ? "today" : days == 1 ? "yesterday" : "tomorrow");
        return;
    }
    size_t i = 0;
    while (away < units[i].from)
        i++;
    int64_t count = away / units[i].divisor;
    snprintf(text, size, "%s%lld %s%s%s", days < 0 ? "in " : "", (long long)count, units[i].unit,
             count == 1 ? "" : "s", days < 0 ? "" : " ago");
}

void when_date(int64_t seconds, char *text, size_t size)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    localtime_r(&moment, &tm);
    snprintf(text, size, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

void when_exact(int64_t seconds, char *text, size_t size)
{
    time_t moment = (time_t)seconds;
    struct tm tm;
    localtime_r(&moment, &tm);
    snprintf(text, size, "%c%.2s %d %s %d %02d:%02d", toupper((unsigned char)weekdays[tm.tm_wday][0]),
             weekdays[tm.tm_wday] + 1, tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
             tm.tm_min);
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
            strftime(local, sizeof local, "%Y-%m-%d %H:%M %Z", &tm);
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
