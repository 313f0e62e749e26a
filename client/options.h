/* Options that many commands have. */
#ifndef TRAJECT_OPTIONS_H
#define TRAJECT_OPTIONS_H

#include "command.h"

/* clang-format off */
#define OPTION_AT {"at", "MOMENT", "occurred_at", NULL, "when it happened (now)", 0}
#define OPTION_WORDS {"words", "TEXT", "words", NULL, "in words; - reads standard input", 0}
#define OPTION_REASON {"reason", "TEXT", "reason", NULL, "why", 0}
#define OPTION_EXPECT \
    {"expect", "VERSION", "expected_version", NULL, "refuse when the trajectory has changed since", 0}
#define OPTION_FOR \
    {"for", "WHOM", "audience", NULL, "for whom besides the team, words too (by its kind, words for the team)", 0}
#define OPTION_ITEM {"item", "NUMBER", "item_id", NULL, "which one, when there is more than one", 0}
#define OPTION_WHAT {"what", "TEXT", "what", NULL, "what it is about", 0}
#define OPTION_EMPLOYER {"employer", "EMPLOYER", "employer", NULL, "at which employer", 0}
#define OPTION_PERSON {"person", "PERSON", "person", NULL, "with whom there", 0}
#define OPTION_FROM {"from", "MOMENT", "begins_at", NULL, "from when (the moment itself)", WHEN_START | WHEN_AHEAD}
#define OPTION_UNTIL {"until", "MOMENT", "due_at", NULL, "until when", WHEN_END | WHEN_AHEAD}
#define OPTION_BY {"by", "MOMENT", "due_at", NULL, "by when", WHEN_END | WHEN_AHEAD}
#define OPTION_TEAM {"team", "TEAM", "team", NULL, "of one team", 0}
#define OPTION_COACH {"coach", "WORKER", "coach", NULL, "of one coach", 0}
/* The last options of whatever records: one place, so that no command forgets --for, --expect or the end of the
 * table. */
#define OPTIONS_OF_ENTRY OPTION_AT, OPTION_WORDS, OPTION_FOR, OPTION_EXPECT, {0}
#define OPTIONS_OF_STEP OPTION_AT, OPTION_WORDS, OPTION_FOR, OPTION_ITEM, OPTION_EXPECT, {0}
/* clang-format on */

#endif
