/* Log lines in logfmt on standard error: one per event worth knowing. Never a person's name or
 * words: workers and municipalities appear by id. */
#ifndef TRAJECT_LOG_H
#define TRAJECT_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Returns -1 when `name` is none of error, warning, info, debug. */
int log_level_from_name(const char *name, enum log_level *level);

void log_set_level(enum log_level level);

/* Makes standard error non-blocking when it is a pipe or a socket: a reader that stalls must not
 * stall the daemon. Lines that do not fit are counted, and the next line that fits says how many. */
void log_init(void);

/* Writes "time=... level=... event=EVENT" and what `format` adds, which is more logfmt pairs. A
 * value that may hold spaces or quotes goes through LOG_TEXT. */
int log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { LOG_TEXT_MAX = 200 };
struct log_text {
    char text[2 * LOG_TEXT_MAX + 3];
};
/* A value in quotes, its quotes, backslashes and control characters escaped, at most LOG_TEXT_MAX
 * bytes of it. Valid while the returned struct is. */
struct log_text log_quote(const char *text);
#define LOG_TEXT(value) (log_quote(value).text)

#endif
