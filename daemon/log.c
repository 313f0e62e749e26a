#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static enum log_level level_now = LOG_INFO;
static unsigned long dropped;

int log_level_from_name(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

void log_set_level(enum log_level level)
{
    level_now = level;
}

void log_init(void)
{
    struct stat about;
    if (fstat(STDERR_FILENO, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)))
        fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

struct log_text log_quote(const char *text)
{
    struct log_text quoted;
    size_t n = 0;
    size_t length = strnlen(text, LOG_TEXT_MAX);
    /* Not within a character. */
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    quoted.text[n++] = '"';
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '"' || c == '\\')
            quoted.text[n++] = '\\';
        quoted.text[n++] = (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
    }
    quoted.text[n++] = '"';
    quoted.text[n] = '\0';
    return quoted;
}

int log_event(enum log_level level, const char *event, const char *format, ...)
{
    if (level > level_now)
        return 0;
    char line[2048];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &utc);
    n += (size_t)snprintf(line + n, sizeof line - n, ".%03ldZ level=%s event=%s%s", now.tv_nsec / 1000000,
                          level_names[level], event, *format ? " " : "");
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line + n, sizeof line - n, format, arguments);
    va_end(arguments);
    n = wanted < 0 || (size_t)wanted >= sizeof line - n ? sizeof line - 1 : n + (size_t)wanted;
    if (dropped && n + 40 < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, " lines_dropped_before=%lu", dropped);
    line[n < sizeof line - 1 ? n : sizeof line - 1] = '\n';
    n = n < sizeof line - 1 ? n + 1 : sizeof line;
    if (write(STDERR_FILENO, line, n) != (ssize_t)n) {
        dropped++;
        return -1;
    }
    dropped = 0;
    return 0;
}
