/* Moments as people type them and read them, in the machine's time zone. */
#ifndef TRAJECT_WHEN_H
#define TRAJECT_WHEN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What a date without a time of day means. */
enum when_day { WHEN_NOON, WHEN_START, WHEN_END, WHEN_AHEAD = 4 /* or'ed: a weekday is the next one */ };

/* Reads a moment: "2026-11-02", "2026-11-02 14:10", "2026-11-02T14:10:05.5+01:00", "now", "today",
 * "yesterday 16:30", "tomorrow", "14:10", "monday", "3 days ago", "2 weeks ago", "in 3 weeks", and the same
 * in Dutch: "gisteren 16:30", "maandag", "3 dagen geleden", "over 3 weken", "2-11-2026". A date alone means
 * what `day` says; WHEN_NOON of today is `now`. Returns 0, or -1 when it is none of these. */
int when_parse(const char *text, time_t now, enum when_day day, int64_t *seconds, int32_t *nanos);

/* The first three of these only: a moment that means the same whenever it is read. */
int when_parse_date(const char *text, time_t now, enum when_day day, int64_t *seconds, int32_t *nanos);

/* Days of the calendar between two moments; negative when the second one is earlier. */
int64_t when_days(int64_t from, int64_t to);

/* "today", "yesterday", "3 weeks ago", "in 2 months". */
void when_ago(int64_t seconds, time_t now, char *text, size_t size);

/* "2 Nov 2026" and "Mon 2 Nov 2026 14:10". */
void when_date(int64_t seconds, char *text, size_t size);
void when_exact(int64_t seconds, char *text, size_t size);

/* "Nov 2026" and "November 2026"; the month from 1 to 12. */
void when_month(int year, int month, char *text, size_t size);
void when_whole_month(int year, int month, char *text, size_t size);

/* "until when" something holds: the date, or within two days of it the moment. */
void when_end(int64_t seconds, time_t now, char *text, size_t size);

/* The text with each "2026-11-02 14:10 UTC" in it in the machine's time zone, like "2026-11-02 15:10 CET"; to
 * free. NULL when memory ran out. */
char *when_localized(const char *text);

/* RFC 3339 in UTC with 0, 3, 6 or 9 digits, as protobuf's JSON has it. */
void when_rfc3339(int64_t seconds, int32_t nanos, char *text, size_t size);

#endif
