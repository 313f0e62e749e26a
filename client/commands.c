#include "command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "language.h"
#include "output.h"
#include "words.h"

/* In the order in which help shows them: the day's questions first. */
static const struct {
    const char *title;
    const struct command *commands;
} tables[] = {
    {N_("The answers"), answer_commands},
    {N_("What happens, as it happens"), watch_commands},
    {N_("A coach's week"), week_commands},
    {N_("A client and the path"), case_commands},
    {N_("First contact and starting work"), work_commands},
    {N_("The content of work, and guidance at the workplace"), workplace_commands},
    {N_("The person"), person_commands},
    {N_("What was agreed and planned, what stands in the way"), agreement_commands},
    {N_("Guidance from coach to employer"), handover_commands},
    {N_("What was entered wrong"), correction_commands},
    {N_("What was entered without a connection"), offline_commands},
    {N_("Event logs"), import_commands},
    {N_("A copy for the client, erasure, and how long is kept"), erasure_commands},
    {N_("Many commands at once"), script_commands},
    {N_("Figures for a manager"), figure_commands},
    {N_("A report of the figures"), report_commands},
    {N_("Who looked"), access_commands},
    {N_("The organisation"), organisation_commands},
    {N_("For somebody at an employer, and for a client: what is their own"), own_commands},
};
enum { TABLES = sizeof tables / sizeof *tables, NAMES_MAX = 200 };

const struct command *command_next(const struct command *command)
{
    if (!command)
        return tables[0].commands;
    for (size_t table = 0; table < TABLES; table++) {
        for (const struct command *c = tables[table].commands; c->name; c++) {
            if (c != command)
                continue;
            if (c[1].name)
                return c + 1;
            return table + 1 < TABLES ? tables[table + 1].commands : NULL;
        }
    }
    return NULL;
}

/* How many of the words at the start of `argv` are the command's name; 0 when they are not. */
static int matches(const struct command *command, int argc, char **argv)
{
    const char *name = command->name;
    int words = 0;
    while (*name) {
        size_t length = strcspn(name, " ");
        if (words == argc || strlen(argv[words]) != length || strncmp(argv[words], name, length) != 0)
            return 0;
        words++;
        name += length + (name[length] == ' ');
    }
    return words;
}

const struct command *command_find(int argc, char **argv, int *words)
{
    const struct command *found = NULL;
    *words = 0;
    for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
        int matched = matches(c, argc, argv);
        if (matched > *words) {
            *words = matched;
            found = c;
        }
    }
    return found;
}

void command_usage(FILE *out, const struct command *command)
{
    fprintf(out, _("Usage: traject %s"), command->name);
    for (int i = 0; i < WORDS_MAX && command->positional[i]; i++) {
        const char *name = command->positional[i];
        bool optional = *name == '?';
        fputs(optional ? " [" : " ", out);
        for (const char *c = _(name + optional); *c; c++)
            fputc(toupper((unsigned char)*c), out);
        fputs(optional ? "]" : "", out);
    }
    fputs(command->options || command->limit ? _(" [options]\n") : "\n", out);
}

static void print_line(FILE *out, const struct command *command)
{
    fprintf(out, "  %-24s %s\n", command->name, _(command->summary));
}

static void print_family(FILE *out, const char *family)
{
    size_t length = strlen(family);
    for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
        if (strncmp(c->name, family, length) == 0 && c->name[length] == ' ')
            print_line(out, c);
    }
}

static void print_all(FILE *out)
{
    for (size_t table = 0; table < TABLES; table++) {
        fprintf(out, "\n%s:\n", _(tables[table].title));
        for (const struct command *c = tables[table].commands; c->name; c++)
            print_line(out, c);
    }
}

static bool is_family(const char *word)
{
    size_t length = strlen(word);
    for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
        if (strncmp(c->name, word, length) == 0 && c->name[length] == ' ')
            return true;
    }
    return false;
}

/* How many of the words at the start of `argv` commands begin with that have more; puts those words into
 * `family`, to free. */
static int find_family(int argc, char **argv, char **family)
{
    int words = 0;
    *family = NULL;
    while (words < argc) {
        char *longer;
        if (asprintf(&longer, "%s%s%s", words ? *family : "", words ? " " : "", argv[words]) < 0)
            abort();
        if (!is_family(longer)) {
            free(longer);
            break;
        }
        free(*family);
        *family = longer;
        words++;
    }
    return words;
}

static void no_command_of_family(const char *family, const char *word)
{
    const char *names[NAMES_MAX], *near;
    size_t count = 0;
    char *typed;
    for (const struct command *c = command_next(NULL); c && count < NAMES_MAX; c = command_next(c))
        names[count++] = c->name;
    if (asprintf(&typed, "%s %s", family, word) < 0)
        abort();
    near = nearest(typed, names, count);
    if (near)
        fprintf(stderr, _("traject: there is no command '%s'; did you mean '%s'?\n"), typed, near);
    else
        fprintf(stderr, _("traject: there is no command '%s'\n"), typed);
    fputs(_("There are:\n"), stderr);
    free(typed);
}

static enum exit_code unknown_command(int argc, char **argv)
{
    char *family;
    int words = find_family(argc, argv, &family);
    if (words) {
        if (argc > words)
            no_command_of_family(family, argv[words]);
        else
            fprintf(stderr,
                    words > 1 ? _("traject: '%s' are the first words of these commands:\n")
                              : _("traject: '%s' is the first word of these commands:\n"),
                    family);
        print_family(stderr, family);
        free(family);
        return EXIT_USAGE;
    }
    const char *near;
    size_t count = 0;
    char *firsts[NAMES_MAX];
    for (const struct command *c = command_next(NULL); c && count < NAMES_MAX; c = command_next(c))
        firsts[count++] = strndup(c->name, strcspn(c->name, " "));
    near = nearest(argv[0], (const char *const *)firsts, count);
    if (near)
        fprintf(stderr, _("traject: there is no command '%s'; did you mean '%s'?\n"), argv[0], near);
    else
        fprintf(stderr, _("traject: there is no command '%s'\n"), argv[0]);
    fputs(_("Try 'traject help'.\n"), stderr);
    while (count)
        free(firsts[--count]);
    return EXIT_USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

enum exit_code command_run(struct session *session, int argc, char **argv)
{
    int words;
    bool all = strcmp(argv[0], "help") == 0, help = all;
    if (is_help(argv[0])) {
        help_overview(session->out);
        return EXIT_DONE;
    }
    if (help && argc == 1) {
        fputs(_("Usage: traject [--profile NAME] [--output text|json|csv] [--stale SECONDS] COMMAND ...\n"),
              session->out);
        print_all(session->out);
        fputs(_("\n'traject COMMAND --help' explains one, with an example.\n"), session->out);
        return EXIT_DONE;
    }
    argc -= help;
    argv += help;
    const struct command *command = command_find(argc, argv, &words);
    if (!command) {
        char *family;
        int of_family = find_family(argc, argv, &family);
        help = of_family && (help ? of_family == argc : of_family < argc && is_help(argv[of_family]));
        if (help)
            print_family(session->out, family);
        free(family);
        if (help)
            return EXIT_DONE;
        return unknown_command(argc, argv);
    }
    for (int i = words; i < argc && strcmp(argv[i], "--") != 0; i++)
        help = help || is_help(argv[i]);
    if (help) {
        help_command(session->out, command, all);
        return EXIT_DONE;
    }
    return (command->run ? command->run : command_call)(session, command, argc - words, argv + words);
}
