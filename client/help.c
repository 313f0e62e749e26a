#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "words.h"

enum { MARGIN = 28 }; /* where explanations begin */

/* How much is told of a command's options, from all to least. */
enum detail { WITH_CHOICES, WITHOUT_CHOICES, NAMES_ALONE, DETAILS };

static const struct session *screen(FILE *out)
{
    static struct session session = {.width = HELP_COLUMNS};
    session.out = out;
    return &session;
}

static void print_choices(FILE *out, int margin, const ProtobufCFieldDescriptor *field)
{
    if (!field || field->type != PROTOBUF_C_TYPE_ENUM)
        return;
    char *choices = enum_choices(field->descriptor);
    output_hanging(screen(out), "", margin, choices);
    free(choices);
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessage *request, const char *name)
{
    return request && name ? protobuf_c_message_descriptor_get_field_by_name(request->descriptor, name)
                           : NULL;
}

static char *option_text(const struct option *option, const char *before, const char *after)
{
    char *text;
    if (asprintf(&text, "%s--%s%s%s%s", before, option->name, option->argument ? " " : "",
                 option->argument ? _(option->argument) : "", after) < 0)
        abort();
    return text;
}

static void print_option(FILE *out, const struct option *option)
{
    char *lead = option_text(option, "  ", " ");
    output_hanging(screen(out), lead, MARGIN, _(option->help));
    free(lead);
}

/* The names of all in a paragraph. */
static void print_names(FILE *out, const struct command *command)
{
    char *names = NULL;
    size_t size;
    FILE *list = open_memstream(&names, &size);
    for (const struct option *o = command->options; o && o->name; o++) {
        char *text = option_text(o, "", o[1].name || command->limit ? ", " : "");
        fputs(text, list);
        free(text);
    }
    if (command->limit)
        fputs("--limit", list);
    fclose(list);
    output_hanging(screen(out), "", 2, names);
    free(names);
}

static void print_options(FILE *out, const struct command *command, const ProtobufCMessage *request,
                          enum detail detail)
{
    if (!command->options && !command->limit)
        return;
    fputs(_("\nOptions:\n"), out);
    if (detail == NAMES_ALONE) {
        print_names(out, command);
        return;
    }
    for (const struct option *o = command->options; o && o->name; o++) {
        print_option(out, o);
        if (o->argument && detail == WITH_CHOICES)
            print_choices(out, MARGIN, find_field(request, o->field));
    }
    if (command->limit) {
        char *help;
        if (asprintf(&help, _("show at most so many (%d; all in json and csv)"), command->limit) < 0)
            abort();
        print_option(out, &(struct option){.name = "limit", .argument = N_("NUMBER"), .help = help});
        free(help);
    }
}

/* Goes on in the next line as a shell does, outside of quotes. */
static void print_example(FILE *out, const char *example)
{
    enum { INDENT = 2, CONTINUED = 6 };
    int column = INDENT;
    fprintf(out, "%s%*s", _("\nExample:\n"), INDENT, "");
    for (const char *word = example; *word;) {
        size_t length = 0;
        for (bool quoted = false; word[length] && (quoted || word[length] != ' '); length++)
            quoted ^= word[length] == '"';
        char *text = strndup(word, length);
        /* Room is kept for the blank and the backslash. */
        if (column > CONTINUED && column + 1 + output_width(text) > HELP_COLUMNS - 2) {
            fprintf(out, " \\\n%*s", CONTINUED, "");
            column = CONTINUED;
        } else if (word != example) {
            fputc(' ', out);
            column++;
        }
        fputs(text, out);
        column += output_width(text);
        free(text);
        word += length + (word[length] == ' ');
    }
    fputc('\n', out);
}

static void print_command(FILE *out, const struct command *command, enum detail detail)
{
    command_usage(out, command);
    fputc('\n', out);
    output_hanging(screen(out), "", 0, _(command->summary));
    ProtobufCMessage *request = command->method ? command_request(command) : NULL;
    for (int i = 0; request && i < WORDS_MAX && command->positional[i]; i++) {
        const ProtobufCFieldDescriptor *field =
            find_field(request, command->positional[i] + (*command->positional[i] == '?'));
        if (field && field->type == PROTOBUF_C_TYPE_ENUM) {
            fprintf(out, _("\n%s is one of\n"), _(field->name));
            print_choices(out, 2, field);
        }
    }
    print_options(out, command, request, detail);
    if (command->questions || command->waiting)
        fputc('\n', out);
    if (command->questions)
        output_hanging(screen(out), "", 0,
                       _("At a terminal it asks for what must be known and is not given."));
    if (command->waiting)
        output_hanging(
            screen(out), "", 0,
            _("Without the server it is kept here, sealed, and sent later: see 'traject waiting'."));
    if (command->example)
        print_example(out, _(command->example));
    if (detail != WITH_CHOICES)
        fprintf(out, _("\n'traject help %s' says what each option takes.\n"), command->name);
    if (request)
        protobuf_c_message_free_unpacked(request, NULL);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; (text = strchr(text, '\n')); text++)
        lines++;
    return lines;
}

void help_command(FILE *out, const struct command *command, bool all)
{
    char *text = NULL;
    for (enum detail detail = WITH_CHOICES; detail < DETAILS; detail++) {
        size_t size;
        free(text);
        FILE *trial = open_memstream(&text, &size);
        print_command(trial, command, detail);
        fclose(trial);
        /* A prompt comes below it. */
        if (all || count_lines(text) < HELP_LINES)
            break;
    }
    fputs(text, out);
    free(text);
}

static bool begins_alike(const char *name, const char *other)
{
    size_t length = strcspn(name, " ");
    return length == strcspn(other, " ") && strncmp(name, other, length) == 0;
}

/* The first words of all commands, each once. */
static char *first_words(void)
{
    char *words = NULL;
    size_t size;
    FILE *list = open_memstream(&words, &size);
    for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
        const struct command *first = command_next(NULL);
        while (!begins_alike(first->name, c->name))
            first = command_next(first);
        if (first == c)
            fprintf(list, "%s%.*s", c == command_next(NULL) ? "" : ", ", (int)strcspn(c->name, " "), c->name);
    }
    fclose(list);
    return words;
}

void help_overview(FILE *out)
{
    char *words = first_words();
    fputs(_("Usage: traject [options] COMMAND ...\n\n"), out);
    output_hanging(screen(out), "", 0,
                   _("Reads and writes the record of how clients find their way to work."));
    fputs(_("\nOptions:\n"), out);
    static const struct option options[] = {
        {"profile", N_("NAME"), NULL, NULL, N_("who calls which server: a file in ~/.config/traject"), 0},
        {"output", N_("FORMAT"), NULL, NULL, N_("text, json or csv"), 0},
        {"stale", N_("SECONDS"), NULL, NULL, N_("what is shown may be so old"), 0},
        {"version", NULL, NULL, NULL, N_("print the version"), 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        print_option(out, &options[i]);
    fputs(_("\nCommands, or their first words:\n"), out);
    output_hanging(screen(out), "", 2, words);
    free(words);
    print_example(out, "traject coming-up");
    fputs(_("\n'traject help' lists all, and 'traject COMMAND --help' explains one.\n"), out);
}
