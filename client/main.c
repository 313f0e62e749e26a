/* traject: the program that coaches, team managers and administrators type. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "complete.h"
#include "language.h"

enum { STALE_SECONDS_MAX = 3600 };

static void print_usage(void)
{
    fputs(_("Usage: traject [--profile NAME] [--output text|json|csv] [--stale SECONDS] COMMAND ...\n"),
          stderr);
    fputs(_("Try 'traject help'.\n"), stderr);
}

static int terminal_width(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20
               ? size.ws_col
               : 0;
}

static int set_output(struct session *session, const char *word)
{
    static const char *const words[] = {"text", "json", "csv"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            session->output = (enum output)i;
            return 0;
        }
    }
    fprintf(stderr, _("traject: --output is \"%s\"; give text, json or csv\n"), word);
    return -1;
}

static int set_stale(struct session *session, const char *word)
{
    char *end;
    long seconds = strtol(word, &end, 10);
    if (end == word || *end || seconds < 1 || seconds > STALE_SECONDS_MAX) {
        fprintf(stderr, _("traject: --stale is \"%s\"; give seconds, 1 to %d\n"), word, STALE_SECONDS_MAX);
        return -1;
    }
    session->max_staleness_ms = (uint32_t)seconds * 1000;
    return 0;
}

static bool is_option(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && (!word[length] || word[length] == '=');
}

/* Takes --profile, --output and --stale, which may stand anywhere before "--", out of the arguments. */
static int take_globals(struct session *session, int *argc, char **argv)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        bool profile = is_option(argv[i], "--profile"), output = is_option(argv[i], "--output"),
             stale = is_option(argv[i], "--stale");
        if (strcmp(argv[i], "--") == 0) {
            while (i < *argc)
                argv[kept++] = argv[i++];
            break;
        }
        if (!profile && !output && !stale) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *equals = strchr(argv[i], '='), *value = equals ? equals + 1 : argv[i + 1];
        if (!value) {
            fprintf(stderr, _("traject: %s needs a value\n"), argv[i]);
            print_usage();
            return -1;
        }
        i += !equals;
        if (profile)
            session->profile = value;
        else if (output ? set_output(session, value) : set_stale(session, value))
            return -1;
    }
    argv[ *argc = kept] = NULL;
    return 0;
}

int main(int argc, char **argv)
{
    language_start();
    const char *profile = getenv("TRAJECT_PROFILE"), *no_colour = getenv("NO_COLOR");
    struct session session = {.profile = profile && *profile ? profile : "default",
                              .now = time(NULL),
                              .out = stdout,
                              .width = terminal_width()};
    session.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
    argc--;
    argv++;
    bool completing = argc > 0 && strcmp(argv[0], "complete") == 0;
    if (!completing && take_globals(&session, &argc, argv))
        return EXIT_USAGE;
    if (argc == 0) {
        print_usage();
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "--version") == 0) {
        puts("traject " TRAJECT_VERSION);
        return EXIT_DONE;
    }
    enum exit_code code =
        completing ? complete_run(&session, argc - 1, argv + 1) : command_run(&session, argc, argv);
    session_close(&session);
    if (fflush(stdout) || ferror(stdout)) {
        int why = errno;
        /* Whoever reads through a pipe may have seen enough, like head. */
        struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (poll(&reader, 1, 0) == 1 && reader.revents & POLLERR)
            return (int)code;
        fprintf(stderr, _("traject: the output could not be written: %s\n"), strerror(why));
        return EXIT_REFUSED;
    }
    return (int)code;
}
