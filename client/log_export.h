/* traject log export: the command, which stands in the table of import.c. */
#ifndef TRAJECT_LOG_EXPORT_H
#define TRAJECT_LOG_EXPORT_H

#include "command.h"

extern const struct option log_export_options[];

enum exit_code log_export(struct session *session, const struct command *command, int argc, char **argv);

#endif
