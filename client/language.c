#include "language.h"

#include <langinfo.h>
#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The locale that is asked for, or NULL. */
static const char *wanted_locale(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return value;
    }
    return NULL;
}

/* The catalogues are found from where the program is: beside it where it was built; where it was installed,
 * below the same folder as it, which a package chooses after building. */
static void bind_catalogues(void)
{
    char program[PATH_MAX];
    char *folder, *built, *installed;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length < 0 ? 0 : length] = '\0';
    folder = dirname(program);
    if (asprintf(&built, "%s/locale/.", folder) < 0 || asprintf(&installed, "%s/../share/locale", folder) < 0)
        abort();
    bindtextdomain("traject", access(built, F_OK) == 0 ? built : installed);
    free(built);
    free(installed);
}

void language_start(void)
{
    /* The texts of a language can be had without the machine's data about it. */
    if (!setlocale(LC_ALL, "")) {
        const char *wanted = wanted_locale();
        char *language = wanted ? strndup(wanted, strcspn(wanted, ".@")) : NULL;
        setlocale(LC_ALL, "C.UTF-8");
        if (language)
            setenv("LANGUAGE", language, 0);
        free(language);
    }
    /* Terminals show UTF-8 also where nobody set a locale. */
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    bind_catalogues();
    bind_textdomain_codeset("traject", "UTF-8");
    textdomain("traject");
}

const char *language_of_table(const char *text)
{
    return text && *text ? gettext(text) : text;
}
