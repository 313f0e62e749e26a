/* Options that many commands have. */
#ifndef TRAJECT_OPTIONS_H
#define TRAJECT_OPTIONS_H

#include "command.h"
#include "language.h"

/* clang-format off */
#define OPTION_AT {"at", N_("MOMENT"), "occurred_at", NULL, N_("when it happened (now)"), 0}
#define OPTION_WORDS {"words", N_("TEXT"), "words", NULL, N_("in words; - reads standard input"), 0}
#define OPTION_REASON {"reason", N_("TEXT"), "reason", NULL, N_("why"), 0}
#define OPTION_EXPECT \
    {"expect", N_("VERSION"), "expected_version", NULL, N_("refuse when the trajectory has changed since"), 0}
#define OPTION_FOR \
    {"for", N_("WHOM"), "audience", NULL, N_("for whom besides the team, words too (by its kind, words for the team)"), 0}
#define OPTION_ITEM {"item", N_("NUMBER"), "item_id", NULL, N_("which one, when there is more than one"), 0}
#define OPTION_WHAT {"what", N_("TEXT"), "what", NULL, N_("what it is about"), 0}
#define OPTION_EMPLOYER {"employer", N_("EMPLOYER"), "employer", NULL, N_("at which employer"), 0}
#define OPTION_PERSON {"person", N_("PERSON"), "person", NULL, N_("with whom there"), 0}
#define OPTION_FROM {"from", N_("MOMENT"), "begins_at", NULL, N_("from when (the moment itself)"), WHEN_START | WHEN_AHEAD}
#define OPTION_UNTIL {"until", N_("MOMENT"), "due_at", NULL, N_("until when"), WHEN_END | WHEN_AHEAD}
#define OPTION_BY {"by", N_("MOMENT"), "due_at", NULL, N_("by when"), WHEN_END | WHEN_AHEAD}
#define OPTION_TEAM {"team", N_("TEAM"), "team", NULL, N_("of one team"), 0}
#define OPTION_COACH {"coach", N_("WORKER"), "coach", NULL, N_("of one coach"), 0}
/* The last options of whatever records: one place, so that no command forgets --for, --expect or the end of the
 * table. */
#define OPTIONS_OF_ENTRY OPTION_AT, OPTION_WORDS, OPTION_FOR, OPTION_EXPECT, {0}
#define OPTIONS_OF_STEP OPTION_AT, OPTION_WORDS, OPTION_FOR, OPTION_ITEM, OPTION_EXPECT, {0}
/* clang-format on */

#endif
