/* What a command is, in words. */
#ifndef TRAJECT_HELP_H
#define TRAJECT_HELP_H

#include "command.h"

enum { HELP_LINES = 24, HELP_COLUMNS = 80 }; /* of the smallest screen */

/* Explains a command: all about it, or as much as fits a screen. */
void help_command(FILE *out, const struct command *command, bool all);

/* What there is, on one screen. */
void help_overview(FILE *out);

#endif
