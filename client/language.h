/* Text that people read, in their language: gettext's usual names. */
#ifndef TRAJECT_LANGUAGE_H
#define TRAJECT_LANGUAGE_H

#include <libintl.h>

#define _(text)  gettext(text)
#define N_(text) text /* of a table: translated where it is shown */

/* Takes the language from the environment (LC_ALL, LC_MESSAGES, LANG, LANGUAGE). Once, before anything is
 * shown. */
void language_start(void);

/* The text of a table, which may be NULL, or "", for which gettext itself would answer the catalogue's own
 * heading. */
const char *language_of_table(const char *text);

#endif
