/* traject run: commands from a file, one a line, as they would be typed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "progress.h"
#include "words.h"

enum { LINE_WORDS_MAX = 64 };

static const struct option options[] = {
    {"keys", N_("SEED"), NULL, NULL,
     N_("derive the writes' request keys from this and the line, so that a second run "
        "writes nothing"),
     0},
    {0},
};

static enum exit_code run_line(struct session *session, const char *seed, size_t number, char *line)
{
    char *words[LINE_WORDS_MAX + 1], *key_seed = NULL;
    const char *reason, *profile = session->profile;
    if (seed && asprintf(&key_seed, "%s\n%s\n%zu\n%s", seed, profile ? profile : "", number, line) < 0)
        abort();
    int count = words_split(line, words, LINE_WORDS_MAX, &reason), first = 0;
    enum exit_code code = EXIT_DONE;
    if (count >= 2 && strcmp(words[0], "--profile") == 0) {
        session->profile = words[1];
        first = 2;
    }
    if (count < 0) {
        fprintf(stderr, "traject run: %s\n", reason);
        code = EXIT_USAGE;
    } else if (count > first && strcmp(words[first], "run") == 0) {
        fprintf(stderr, _("traject run: a script runs no script\n"));
        code = EXIT_USAGE;
    } else if (count > first) {
        session->key_seed = key_seed;
        code = command_run(session, count - first, words + first);
        session->key_seed = NULL;
    }
    session->profile = profile;
    free(key_seed);
    return code;
}

/* 0 for what can be read only once, like a pipe. */
static size_t count_lines(FILE *in)
{
    size_t lines = 0;
    int c;
    if (fseek(in, 0, SEEK_SET))
        return 0;
    while ((c = getc(in)) != EOF)
        lines += c == '\n';
    rewind(in);
    return lines;
}

static enum exit_code run(struct session *session, const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    enum exit_code code = command_parse(session, command, argc, argv, NULL, &arguments);
    if (code)
        return code;
    const char *path = arguments.positional[0], *seed = command_option(command, &arguments, "keys");
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!in) {
        fprintf(stderr, "traject run: %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    session->in_script = true;
    struct progress progress = progress_start(_("Entering"), in == stdin ? 0 : count_lines(in));
    char *line = NULL;
    size_t size = 0, number = 0;
    while (!code && getline(&line, &size, in) >= 0) {
        code = run_line(session, seed, ++number, line);
        progress_show(&progress, number);
    }
    progress_end(&progress);
    if (!code && ferror(in)) {
        fprintf(stderr, "traject run: %s: %s\n", path, strerror(errno));
        code = EXIT_USAGE;
    }
    if (code)
        fprintf(stderr, _("traject run: %s: stopped at line %zu\n"), path, number);
    free(line);
    if (in != stdin)
        fclose(in);
    return code;
}

const struct command script_commands[] = {
    {.name = "run",
     .summary = N_("Run commands from a file, one a line; stops at the first that fails."),
     .positional = {"file"},
     .options = options,
     .run = run,
     .example = N_("traject run monday.txt")},
    {0},
};
