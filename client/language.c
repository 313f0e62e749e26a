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

/* What was built is also run where it was built, with its catalogues beside it. */
static void bind_catalogues(void)
{
    char program[PATH_MAX];
    char *folder, *beside;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length < 0 ? 0 : length] = '\0';
    folder = dirname(program);
    if (asprintf(&beside, "%s/locale/.", folder) < 0)
        abort();
    bindtextdomain("traject", access(beside, F_OK) == 0 ? beside : TRAJECT_LOCALE_DIR);
    free(beside);
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

bool language_shows_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    bool said = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        said = said || (value && *value);
    }
    locale_t locale = said ? newlocale(LC_CTYPE_MASK, "", (locale_t)0) : (locale_t)0;
    bool utf8 = !locale || strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return utf8;
}
