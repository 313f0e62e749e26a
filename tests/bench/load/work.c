#include "work.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

static enum request_kind kind_of(const char *name)
{
    for (int kind = 0; kind < REQUEST_KINDS; kind++)
        if (strcmp(name, request_about[kind].name) == 0)
            return kind;
    return REQUEST_KINDS;
}

/* Lines of a name and a share in percent. */
static void read_mix(struct work *work)
{
    FILE *file = fopen(MIX_FILE, "r");
    if (!file)
        fail("%s: %s", MIX_FILE, strerror(errno));
    char name[32];
    size_t percent = 0, share;
    while (fscanf(file, "%31s %zu", name, &share) == 2) {
        enum request_kind kind = kind_of(name);
        if (kind == REQUEST_KINDS || share > sizeof work->kinds - percent)
            fail("%s: \"%s %zu\" is no work, or the shares are over 100 together", MIX_FILE, name, share);
        memset(work->kinds + percent, kind, share);
        work->moves |= kind == REQUEST_MOVE;
        percent += share;
    }
    if (percent != sizeof work->kinds || !feof(file))
        fail("%s: the shares are %zu together; they must be 100", MIX_FILE, percent);
    fclose(file);
    /* A coach's own list of who has gone without contact, and the coach's part of the team's board. */
    work->role = "coach";
}

void work_choose(struct work *work, const char *name)
{
    *work = (struct work){0};
    if (strcmp(name, "mix") == 0) {
        read_mix(work);
        return;
    }
    enum request_kind kind = kind_of(name);
    if (kind == REQUEST_KINDS)
        fail("work is \"%s\"; give journey, contact, move, quiet, board, client, coming-up or mix", name);
    memset(work->kinds, kind, sizeof work->kinds);
    work->moves = kind == REQUEST_MOVE;
    work->role = request_about[kind].role;
}
