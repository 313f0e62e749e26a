#include "announcement.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number above 0 that fits an int64; strtoull alone would also take a sign and spaces. */
static int read_number(const char *text, char **end, uint64_t *number)
{
    if (!isdigit((unsigned char)*text))
        return -1;
    errno = 0;
    *number = strtoull(text, end, 10);
    return errno || *number == 0 || *number > INT64_MAX ? -1 : 0;
}

int announcement_read(const char *payload, struct announcement *announcement)
{
    *announcement = (struct announcement){.kind = ANNOUNCEMENT_TOKENS};
    if (strcmp(payload, "tokens") == 0)
        return 0;
    announcement->kind = ANNOUNCEMENT_KEYS;
    if (strcmp(payload, "keys") == 0)
        return 0;
    char *end;
    uint64_t municipality_id;
    if (read_number(payload, &end, &municipality_id) || *end != ' ' ||
        read_number(end + 1, &end, &announcement->transaction) || *end)
        return -1;
    announcement->kind = ANNOUNCEMENT_RECORDED;
    announcement->municipality_id = (int64_t)municipality_id;
    return 0;
}
