/* A list as a live full screen: what its files share, and the command that opens it. */
#ifndef TRAJECT_SCREEN_H
#define TRAJECT_SCREEN_H

#include "command.h"
#include "screen_calls.h"
#include "screen_contact.h"
#include "screen_edit.h"
#include "screen_list.h"
#include "screen_terminal.h"

/* clang-format off */
#define OPTION_SCREEN \
    {"watch", NULL, NULL, NULL, N_("as a screen that stays up to date; ? there shows its keys"), 0}
/* clang-format on */

/* Runs a command that shows a list of clients: once, or with --watch as a screen. */
enum exit_code screen_run(struct session *session, const struct command *command, int argc, char **argv);

/* ---- what follows is for the files of the screen ---- */

enum screen_view { SCREEN_LIST = 1, SCREEN_JOURNEY = 2, SCREEN_HELP = 4 };

/* A line of the list as text. */
struct screen_line {
    char *text;
    bool heading; /* of a group */
    size_t row;   /* that it shows, or that comes first in the group */
};

enum screen_journey_part { SCREEN_TIMELINE, SCREEN_SILENCES, SCREEN_CLIENT, SCREEN_JOURNEY_PARTS };

struct screen {
    struct session session; /* its `now`, `out` and `width` are those of the last drawing */
    const struct command *command;
    const ProtobufCMessage *request; /* of the list */
    char *title;                     /* what is listed, with the options that narrow it */
    struct screen_calls *calls;
    unsigned last_id; /* of a call */

    ProtobufCMessage *reply; /* the list, which `list` is of */
    struct screen_list list;
    struct screen_line *lines; /* as text, but for the headings of columns */
    size_t line_count;
    char *headings;
    int columns; /* one for each stage; 0 for text */

    time_t listed_at; /* when the list was true */
    int64_t asked_ms; /* when it was last asked, by the clock that does not jump */
    bool wanted;      /* it is to be asked again */
    unsigned asked;   /* the call on its way, or 0 */
    bool live;        /* changes are told */
    bool lost;        /* there is no connection, and it is tried again */
    time_t lost_at;
    char *why; /* not live */

    enum screen_view view;
    struct screen_list page; /* the lines of a journey, or of help */
    enum screen_view before_help;
    char *journey; /* whose is shown or asked for */
    char *journey_name;
    ProtobufCMessage *parts[SCREEN_JOURNEY_PARTS];
    unsigned parts_asked[SCREEN_JOURNEY_PARTS];
    size_t journey_top; /* while help is shown */

    bool searching;
    struct screen_edit sought; /* while it is typed */
    char *pattern;             /* what n and N go on to, or NULL */
    size_t search_from;

    struct screen_contacts contacts;
    struct screen_contact *contact; /* that is being entered, or NULL */
    char *message;                  /* the last thing that was done or went wrong, until the next key */
    bool pasting;
    bool leaving; /* q was pressed while something would be lost */
    bool left;
};

int64_t screen_now_ms(void);

/* In place of the message before; takes the text over. */
void screen_say(struct screen *screen, char *message);

/* The error in one line for people, to free; and whether it is that nobody answered. */
char *screen_error_text(const struct traject_error *error);
bool screen_unreachable(enum traject_result result, const struct traject_error *error);

/* screen_calls_ask with the next id, which is returned. */
unsigned screen_ask(struct screen *screen, const char *method, const ProtobufCMessage *request,
                    const char *key);
/* Asks for the list, unless it is on its way. */
void screen_ask_list(struct screen *screen);

/* ---- the list (screen_view.c) ---- */

/* Takes the answer over, of which it makes rows. Returns whether anything differs from the one before. */
bool screen_take_list(struct screen *screen, ProtobufCMessage *reply);
/* Number and name of who is selected, while the list is; NULL for nobody. */
const char *screen_selected_client(const struct screen *screen, const char **full_name);
/* Makes the lines anew, for the terminal as it is now. */
void screen_lay_out(struct screen *screen);
void screen_free_lines(struct screen *screen);
/* Keeps the selected row in view. */
void screen_follow_selection(struct screen *screen);
/* Lines between the bar on top and those below. */
int screen_body_height(const struct screen *screen);
void screen_draw(struct screen *screen);
bool screen_too_small(void);
/* Text from there on, wrapped into at most so many lines. */
void screen_draw_wrapped(int y, int x, int width, enum screen_style style, const char *text, int lines);

/* What prints into `session.out` as text, to free. */
char *screen_printed(const struct session *session,
                     void (*print)(const struct session *session, const void *of), const void *of);

/* ---- pages (screen_page.c) ---- */

/* Makes lines of the text the page, scrolled as it was. */
void screen_set_page(struct screen *screen, const char *text);
void screen_open_journey(struct screen *screen, const char *client_number, const char *full_name);
void screen_ask_journey(struct screen *screen);
/* Takes the answer over when it is of the journey; else returns false. */
bool screen_take_journey(struct screen *screen, struct screen_answer *answer);
void screen_lay_out_journey(struct screen *screen);
void screen_close_journey(struct screen *screen);

/* ---- keys (screen_keys.c) ---- */

void screen_press(struct screen *screen, int key);
void screen_lay_out_help(struct screen *screen);

#endif
