/* `traject complete -- WORD...`: what a shell may offer for the last of the words. No command for people, so
 * help does not list it. */
#ifndef TRAJECT_COMPLETE_H
#define TRAJECT_COMPLETE_H

#include "command.h"

/* Prints candidates for the last word, which may be empty: a line each, with a tab and a description where
 * there is one. Candidates are as the program is to be given them; quoting is the shell's. A line "\tfiles"
 * asks the shell for its files. Names of clients and the like come from the server that the profile names,
 * when that answers at once; on any failure nothing is printed, on standard error neither. */
enum exit_code complete_run(struct session *session, int argc, char **argv);

#endif
