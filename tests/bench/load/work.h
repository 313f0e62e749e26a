/* Which requests a run consists of, and in which shares. */
#ifndef LOAD_WORK_H
#define LOAD_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

struct work {
    uint8_t kinds[100]; /* what each percent is */
    bool moves;         /* whether there is a move among them */
    const char *role;   /* who does it */
};

/* Of the name of one kind of request, or "mix", the day's mix. */
void work_choose(struct work *work, const char *name);

#endif
