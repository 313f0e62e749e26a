/* Text that people read, in their language: gettext's usual names. */
#ifndef TRAJECT_LANGUAGE_H
#define TRAJECT_LANGUAGE_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text /* of a table: translated where it is shown */

#endif
