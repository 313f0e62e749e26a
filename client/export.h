/* A copy of all that is recorded about a person, for that person. */
#ifndef TRAJECT_EXPORT_H
#define TRAJECT_EXPORT_H

#include "command.h"

/* Runs `client export`: writes the copy as JSON and as a document. */
enum exit_code export_client(struct session *session, const struct command *command, int argc, char **argv);

/* The copy, a Traject__V1__ClientExport, as one page of HTML without anything from elsewhere, to read on a
 * screen or on A4. */
void document_write(FILE *out, const struct session *session, const void *export);

#endif
