#include "screen_terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "language.h"
#include "output.h"

/* After all others: their macros have the names of much. */
#include <curses.h>
#include <term.h>

enum {
    ESCAPE_MS = 100, /* what comes later than that after Esc is no part of the same key */
    PASTE_BEGIN_KEY = KEY_MAX + 1,
    PASTE_END_KEY,
    URGENT_PAIR = 1,
    WARNING_PAIR,
};

/* Terminals that do not know bracketed paste ignore it. */
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";

static SCREEN *screen;
static bool coloured;

/* ---- ends ---- */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};
static const int requests[] = {SIGTERM, SIGHUP, SIGINT, SIGWINCH};
enum { CRASHES = sizeof crashes / sizeof *crashes, REQUESTS = sizeof requests / sizeof *requests };

static struct termios before; /* as the terminal was */
static char leave[256];       /* what brings it back from drawing */
static sigset_t mask_before;  /* as it is while waiting; else requests wait too */
static struct sigaction actions_before[CRASHES + REQUESTS];
static volatile sig_atomic_t told_to_end, interrupted;

static void on_request(int number)
{
    if (number == SIGINT)
        interrupted = 1;
    else
        told_to_end = 1;
}

/* Only with what may be called in a handler, which endwin is not. */
static void on_crash(int number)
{
    ssize_t written = write(STDOUT_FILENO, leave, strlen(leave));
    (void)written;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    /* Its default action holds again. */
    raise(number);
}

static void keep_leaving(void)
{
    const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    snprintf(leave, sizeof leave, "%s", paste_off);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = tigetstr(names[i]);
        if (text && text != (char *)-1)
            strncat(leave, text, sizeof leave - strlen(leave) - 1);
    }
}

static void take_signals(void)
{
    struct sigaction crash = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND},
                     request = {.sa_handler = on_request};
    sigset_t waiting;
    sigemptyset(&waiting);
    told_to_end = interrupted = 0;
    for (size_t i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &crash, &actions_before[i]);
    for (size_t i = 0; i < REQUESTS; i++) {
        sigaddset(&waiting, requests[i]);
        /* That of SIGWINCH is ncurses' own. */
        sigaction(requests[i], requests[i] == SIGWINCH ? NULL : &request, &actions_before[CRASHES + i]);
    }
    sigprocmask(SIG_BLOCK, &waiting, &mask_before);
}

static void give_signals_back(void)
{
    for (size_t i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &actions_before[i], NULL);
    for (size_t i = 0; i < REQUESTS; i++)
        sigaction(requests[i], &actions_before[CRASHES + i], NULL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

/* ---- start and stop ---- */

static bool can_show(char **why)
{
    const char *term = getenv("TERM");
    char *tamed = strdup(term ? term : "");
    int found, made = 0;
    output_tame(tamed);
    if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
        made = asprintf(why, _("a terminal of the kind \"%s\" (TERM) is not known here"), tamed);
    else if (!tigetstr("cup") || !tigetstr("clear"))
        made = asprintf(why, _("a terminal of the kind \"%s\" (TERM) cannot show a screen"), tamed);
    else
        *why = NULL;
    del_curterm(cur_term);
    free(tamed);
    if (made < 0)
        abort();
    return !*why;
}

bool screen_terminal_start(bool colour, char **why)
{
    if (!can_show(why))
        return false;
    tcgetattr(STDIN_FILENO, &before);
    screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        *why = strdup(_("the terminal cannot be set up for a screen"));
        return false;
    }
    keep_leaving();
    take_signals();
    coloured = colour && has_colors();
    if (coloured) {
        start_color();
        use_default_colors();
        init_pair(URGENT_PAIR, COLOR_RED, -1);
        init_pair(WARNING_PAIR, COLOR_YELLOW, -1);
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    define_key("\033[200~", PASTE_BEGIN_KEY);
    define_key("\033[201~", PASTE_END_KEY);
    putp(paste_on);
    fflush(stdout);
    return true;
}

void screen_terminal_stop(void)
{
    if (!screen)
        return;
    curs_set(1);
    endwin();
    putp(paste_off);
    fflush(stdout);
    give_signals_back();
    delscreen(screen);
    screen = NULL;
}

int screen_terminal_width(void)
{
    return getmaxx(stdscr);
}

int screen_terminal_height(void)
{
    return getmaxy(stdscr);
}

/* ---- keys ---- */

bool screen_terminal_wait(struct pollfd *others, size_t count, int timeout_ms)
{
    struct pollfd all[8] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    for (size_t i = 0; i < count; i++)
        all[i + 1] = others[i];
    /* Signals arrive here and nowhere else, so that none is missed between a look and the wait. */
    int ready = ppoll(all, count + 1, &timeout, &mask_before);
    for (size_t i = 0; i < count; i++)
        others[i].revents = ready > 0 ? all[i + 1].revents : 0;
    bool gone = ready > 0 && (all[0].revents & (POLLHUP | POLLERR | POLLNVAL));
    return !told_to_end && !gone;
}

bool screen_terminal_key(int *key)
{
    static const struct {
        int from, to;
    } functions[] = {
        {KEY_UP, SCREEN_KEY_UP},
        {KEY_DOWN, SCREEN_KEY_DOWN},
        {KEY_LEFT, SCREEN_KEY_LEFT},
        {KEY_RIGHT, SCREEN_KEY_RIGHT},
        {KEY_PPAGE, SCREEN_KEY_PAGE_UP},
        {KEY_NPAGE, SCREEN_KEY_PAGE_DOWN},
        {KEY_HOME, SCREEN_KEY_HOME},
        {KEY_END, SCREEN_KEY_END},
        {KEY_BACKSPACE, SCREEN_KEY_BACKSPACE},
        {KEY_DC, SCREEN_KEY_DELETE},
        {KEY_BTAB, SCREEN_KEY_BACKTAB},
        {KEY_ENTER, SCREEN_KEY_ENTER},
        {KEY_RESIZE, SCREEN_KEY_RESIZED},
        {PASTE_BEGIN_KEY, SCREEN_KEY_PASTE},
        {PASTE_END_KEY, SCREEN_KEY_PASTE_END},
    };
    wint_t got;
    if (interrupted) {
        interrupted = 0;
        *key = SCREEN_KEY_INTERRUPT;
        return true;
    }
    int kind = get_wch(&got);
    if (kind == ERR)
        return false;
    if (kind == KEY_CODE_YES) {
        *key = SCREEN_KEY_OTHER;
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if ((int)got == functions[i].from)
                *key = functions[i].to;
        }
        return true;
    }
    *key = got == 0x7f || got == '\b' ? SCREEN_KEY_BACKSPACE : got == '\n' ? SCREEN_KEY_ENTER : (int)got;
    return true;
}

/* ---- drawing ---- */

static attr_t attributes(enum screen_style style)
{
    static const struct {
        attr_t plain;
        short pair;
    } styles[] = {
        [SCREEN_PLAIN] = {A_NORMAL, 0},
        [SCREEN_BOLD] = {A_BOLD, 0},
        [SCREEN_DIM] = {A_DIM, 0},
        [SCREEN_BAR] = {A_REVERSE, 0},
        [SCREEN_SELECTED] = {A_REVERSE, 0},
        [SCREEN_URGENT] = {A_BOLD, URGENT_PAIR},
        [SCREEN_WARNING] = {A_BOLD, WARNING_PAIR},
    };
    return styles[style].plain | (coloured ? COLOR_PAIR(styles[style].pair) : 0);
}

void screen_terminal_erase(void)
{
    erase();
}

void screen_terminal_text(int y, int x, int width, enum screen_style style, const char *text)
{
    mbstate_t state = {0};
    int used = 0, full = output_width(text), wide = 0;
    width = width > COLS - x ? COLS - x : width;
    if (y < 0 || y >= LINES || width <= 0)
        return;
    attrset(attributes(style));
    move(y, x);
    int room = full > width ? width - 1 : width;
    while (*text) {
        size_t length = output_character(text, &state, &wide);
        if (used + wide > room)
            break;
        addnstr(text, (int)length);
        text += length;
        used += wide;
    }
    if (*text) {
        addstr("…");
        used++;
    }
    for (; used < width; used++)
        addch(' ');
    attrset(A_NORMAL);
}

void screen_terminal_show(int y, int x)
{
    /* Terminals that cannot hide the cursor keep it where it disturbs least. */
    curs_set(y >= 0);
    move(y >= 0 ? y : LINES - 1, y >= 0 ? x : 0);
    refresh();
}
