/* A command as data: what it is called, which method it calls, which option fills which field, how
 * the reply is shown. The tables of these are the documentation. */
#ifndef TRAJECT_COMMAND_H
#define TRAJECT_COMMAND_H

#include <stdio.h>
#include <time.h>

#include "traject.h"
#include "when.h"

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_NOT_REACHED };
enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV };

struct option {
    const char *name;     /* after "--" */
    const char *argument; /* what it takes, for the help; NULL for a flag */
    const char *field;    /* of the request; NULL when the command handles it itself */
    const char *value;    /* what a flag sets */
    const char *help;
    enum when_day day; /* what a date alone means */
};

enum column_format {
    SHOW_TEXT,
    SHOW_SAID, /* what the server says in words of its own */
    SHOW_WORD, /* an enum, in words */
    SHOW_AGO,  /* "3 weeks ago (2 Nov 2026)" */
    SHOW_DATE,
    SHOW_NUMBER,  /* aligned right, empty when 0 */
    SHOW_COUNT,   /* the same, but 0 is shown */
    SHOW_PERCENT, /* "12%" */
    SHOW_DAYS,    /* "12 days" */
    SHOW_PAST,    /* the same, since a moment, as SHOW_AGO counts them */
    SHOW_YES,     /* "yes" or nothing */
    SHOW_LIST,
};

struct column {
    const char *field;
    const char *heading;
    enum column_format format;
    const char *absent;                         /* shown when the field is absent */
    char *(*cell)(const ProtobufCMessage *row); /* makes the text, to free, instead of field and format */
};

/* What is asked, of whoever types at a terminal, for a field that nothing was given for. */
struct question {
    const char *field; /* of the request */
    const char *text;
    bool needed; /* though the request may lack the field */
};

struct session;
enum { WORDS_MAX = 3, OPTIONS_MAX = 32 };

struct command {
    const char *name; /* one to three words */
    const char *summary;
    const char *method;
    const char *positional[WORDS_MAX]; /* fields filled by the arguments that are no options */
    const struct option *options;
    const char *preset;           /* fields filled before the options: "field=value field=value" */
    const struct column *columns; /* of a list */
    const char *group;            /* a list is shown in groups by this field */
    const char *empty;            /* what an empty list says */
    const char *done;             /* what a write says: a template over the request's fields */
    const char *done_option;      /* what it says instead when this option is given: */
    const char *done_with;
    bool next_contact;                /* and whether it tells when the next contact is due */
    const struct question *questions; /* in the order in which they are asked; NULL when nothing is */
    /* What the request is about, a template: for a write that stands on its own, so that it can wait for the
     * server; else NULL. */
    const char *waiting;
    const char *waiting_with; /* with done_option */
    int limit;                /* rows that a paged list shows without --limit; 0 when it has no pages */
    void (*print)(const struct session *session, const ProtobufCMessage *reply);
    enum exit_code (*run)(struct session *session, const struct command *command, int argc, char **argv);
    const char *example;
};

/* One run of the program: who is called, how it is shown. */
struct session {
    const char *profile;
    enum output output;
    time_t now;
    FILE *out;
    const char *key_seed; /* keys are derived from it and the line, or NULL for random ones */
    int width;            /* columns of the terminal, 0 when it is none */
    bool colour;
    bool in_script; /* commands come from a file: nothing is asked, and what failed is run again with it */
    uint32_t max_staleness_ms; /* of what is read; 0 when it is to be as it is now */
    struct link *links;        /* open connections by profile */
};

/* The tables, each ended by a command without name. */
extern const struct command case_commands[], handover_commands[], organisation_commands[], answer_commands[],
    import_commands[], script_commands[], week_commands[], work_commands[], workplace_commands[],
    person_commands[], agreement_commands[], correction_commands[], watch_commands[], figure_commands[],
    report_commands[], own_commands[], access_commands[], erasure_commands[], offline_commands[];

/* The one after it in all tables, or the first; NULL after the last. */
const struct command *command_next(const struct command *command);

/* Which command `argv` begins with, and how many of its words are the name; NULL and 0 when it is none. */
const struct command *command_find(int argc, char **argv, int *words);

/* Runs the command that `argv` names; prints what is wrong on standard error. */
enum exit_code command_run(struct session *session, int argc, char **argv);

/* What a command that calls one method does. */
enum exit_code command_call(struct session *session, const struct command *command, int argc, char **argv);
void command_usage(FILE *out, const struct command *command);

/* What was typed after a command, as it was typed; what an option's field says is in the request too. */
struct arguments {
    const char *positional[WORDS_MAX];
    const char *options[OPTIONS_MAX]; /* in the order of the command's table; NULL when not given */
    long limit;
    bool asked; /* and answers to questions */
};

/* What a command needs that does its own work. The request may be NULL for one without a method. */
ProtobufCMessage *command_request(const struct command *command);
enum exit_code command_parse(struct session *session, const struct command *command, int argc, char **argv,
                             ProtobufCMessage *request, struct arguments *arguments);
/* Asks page after page until there are `limit` rows or no more; one row over the limit tells of more. */
enum exit_code command_pages(struct traject *traject, const struct command *command,
                             ProtobufCMessage *request, long limit, ProtobufCMessage **whole, bool *more);
const char *command_option(const struct command *command, const struct arguments *arguments,
                           const char *name);
/* The command with what done_option changes, when that is given. */
struct command command_as_given(const struct command *command, const struct arguments *arguments);
/* Says what failed, the server's field by the name of the option that fills it. */
enum exit_code command_fail(const struct command *command, enum traject_result result,
                            struct traject_error *error);
/* A new connection, the caller's to free; and the run's own one for that profile. */
enum exit_code session_connect(const char *profile, struct traject **traject);
enum exit_code session_connection(struct session *session, const char *profile, struct traject **traject);
/* The same, for who does something about a failure. */
enum traject_result session_reach(struct session *session, const char *profile, struct traject **traject,
                                  struct traject_error *error);
/* Whether the server, or its database, is not there for now: no answer to what was asked. */
bool session_is_away(enum traject_result result, const struct traject_error *error);
/* Who the open connection belongs to. */
const Traject__V1__AuthenticateReply *session_identity(const struct session *session);
enum exit_code session_fail(enum traject_result result, struct traject_error *error);
/* Says so when what was shown may be old. */
void session_close(struct session *session);

#endif
