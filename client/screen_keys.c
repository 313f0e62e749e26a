/* What keys do on a screen: as in less, htop and tmux. The table is also the help. */
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "screen.h"

enum { KEYS_MAX = 4, PAGES = SCREEN_JOURNEY | SCREEN_HELP, EVERYWHERE = SCREEN_LIST | PAGES };

static void move(struct screen *screen, int rows);
static void turn(struct screen *screen, int pages);
static void to_end(struct screen *screen, int end);
static void across(struct screen *screen, int step);
static void open_journey(struct screen *screen, int unused);
static void enter_contact(struct screen *screen, int unused);
static void begin_search(struct screen *screen, int unused);
static void find_again(struct screen *screen, int step);
static void ask_again(struct screen *screen, int unused);
static void help(struct screen *screen, int unused);
static void back(struct screen *screen, int unused);
static void quit(struct screen *screen, int unused);

static const struct {
    void (*act)(struct screen *screen, int argument);
    const char *names, *does;
    int views; /* where it holds */
    int argument, keys[KEYS_MAX];
} bindings[] = {
    {move, N_("down, j"), N_("one down"), EVERYWHERE, 1, {SCREEN_KEY_DOWN, 'j'}},
    {move, N_("up, k"), N_("one up"), EVERYWHERE, -1, {SCREEN_KEY_UP, 'k'}},
    {turn, N_("PgDn, space"), N_("a page down"), EVERYWHERE, 1, {SCREEN_KEY_PAGE_DOWN, ' '}},
    {turn, N_("PgUp, b"), N_("a page up"), EVERYWHERE, -1, {SCREEN_KEY_PAGE_UP, 'b'}},
    {to_end, N_("Home, g"), N_("to the top"), EVERYWHERE, -1, {SCREEN_KEY_HOME, 'g'}},
    {to_end, N_("End, G"), N_("to the bottom"), EVERYWHERE, 1, {SCREEN_KEY_END, 'G'}},
    {across, N_("right, l"), N_("to the next stage"), SCREEN_LIST, 1, {SCREEN_KEY_RIGHT, 'l'}},
    {across, N_("left, h"), N_("to the stage before"), SCREEN_LIST, -1, {SCREEN_KEY_LEFT, 'h'}},
    {begin_search, "/", N_("search while you type; Esc goes back to where you were"), EVERYWHERE, 0, {'/'}},
    {find_again, "n", N_("the next one found"), EVERYWHERE, 1, {'n'}},
    {find_again, "N", N_("the one before"), EVERYWHERE, -1, {'N'}},
    {open_journey, "Enter", N_("the journey of the client"), SCREEN_LIST, 0, {SCREEN_KEY_ENTER}},
    {enter_contact, "c", N_("record a contact with the client"), SCREEN_LIST | SCREEN_JOURNEY, 0, {'c'}},
    {ask_again, "r", N_("ask again, also when nothing changed"), SCREEN_LIST | SCREEN_JOURNEY, 0, {'r'}},
    {help, "?", N_("this help"), EVERYWHERE, 0, {'?'}},
    {back, NULL, NULL, PAGES, 0, {'q', SCREEN_KEY_ESCAPE, SCREEN_KEY_INTERRUPT}},
    {quit, "q", N_("back to the list; from there, quit"), SCREEN_LIST, 0, {'q', SCREEN_KEY_INTERRUPT}},
};
enum { BINDINGS = sizeof bindings / sizeof *bindings };

static const struct {
    const char *sign, *means;
} signs[] = {
    {"!", N_("board: contact is past due; without contact: never reached, or past due by the agreed time "
             "once more")},
    {">", N_("the employer guides")},
    {"~", N_("the coach guides, and a handover is on its way")},
    {"*", N_("new or changed by what was told last")},
};

/* ---- moving ---- */

static void move(struct screen *screen, int rows)
{
    if (screen->view == SCREEN_LIST) {
        screen_list_move(&screen->list, rows, screen->columns);
        screen_follow_selection(screen);
    } else {
        screen_list_scroll(&screen->page, rows, screen->page.count, (size_t)screen_body_height(screen));
    }
}

static void turn(struct screen *screen, int pages)
{
    move(screen, pages * (screen_body_height(screen) - 1));
}

static void to_end(struct screen *screen, int end)
{
    move(screen, end * (int)(screen->view == SCREEN_LIST ? screen->list.count : screen->page.count));
}

static void across(struct screen *screen, int step)
{
    screen_list_across(&screen->list, step);
    screen_follow_selection(screen);
}

/* ---- searching ---- */

static struct screen_list *searched(struct screen *screen)
{
    return screen->view == SCREEN_LIST ? &screen->list : &screen->page;
}

static size_t place(struct screen *screen)
{
    return screen->view == SCREEN_LIST ? screen->list.selected : screen->page.tops[0];
}

static void go_to(struct screen *screen, size_t row)
{
    if (screen->view == SCREEN_LIST) {
        screen->list.selected = row < screen->list.count ? row : 0;
        screen_follow_selection(screen);
    } else {
        screen->page.tops[0] = row;
        screen_list_scroll(&screen->page, 0, screen->page.count, (size_t)screen_body_height(screen));
    }
}

static void begin_search(struct screen *screen, int unused)
{
    (void)unused;
    screen_edit_clear(&screen->sought);
    screen->search_from = place(screen);
    screen->searching = true;
}

static void find_again(struct screen *screen, int step)
{
    size_t found = 0, count = searched(screen)->count, from = place(screen);
    char *text;
    if (!screen->pattern) {
        screen_say(screen, strdup(_("Nothing was searched for yet: / searches.")));
        return;
    }
    if (count && screen_list_find(searched(screen), screen->pattern, (from + count + (size_t)step) % count,
                                  step, &found)) {
        go_to(screen, found);
        return;
    }
    if (asprintf(&text, _("Nothing found for \"%s\"."), screen->pattern) < 0)
        abort();
    screen_say(screen, text);
}

static void press_while_searching(struct screen *screen, int key)
{
    size_t found;
    switch (key) {
    case SCREEN_KEY_ESCAPE:
    case SCREEN_KEY_INTERRUPT:
        screen->searching = false;
        go_to(screen, screen->search_from);
        return;
    case SCREEN_KEY_ENTER:
        screen->searching = false;
        if (screen->sought.length) {
            free(screen->pattern);
            screen->pattern = screen_edit_text(&screen->sought);
        }
        return;
    case SCREEN_KEY_BACKSPACE:
        screen_edit_key(&screen->sought, SCREEN_EDIT_BACKSPACE);
        break;
    case 'U' & 31:
        screen_edit_key(&screen->sought, SCREEN_EDIT_DELETE_ALL);
        break;
    default:
        if (key <= 0 || !screen_edit_type(&screen->sought, (wchar_t)key))
            return;
    }
    char *sought = screen_edit_text(&screen->sought);
    go_to(screen, screen_list_find(searched(screen), sought, screen->search_from, 1, &found)
                      ? found
                      : screen->search_from);
    free(sought);
}

/* ---- the client ---- */

/* Who the keys are about: whose journey is shown, or who is selected; NULL for nobody. */
static const char *client(const struct screen *screen, const char **full_name)
{
    if (screen->view == SCREEN_JOURNEY) {
        *full_name = screen->journey_name;
        return screen->journey;
    }
    return screen_selected_client(screen, full_name);
}

static void open_journey(struct screen *screen, int unused)
{
    const char *full_name, *number = client(screen, &full_name);
    (void)unused;
    if (number)
        screen_open_journey(screen, number, full_name);
}

static void enter_contact(struct screen *screen, int unused)
{
    const char *full_name, *number = client(screen, &full_name);
    (void)unused;
    if (number)
        screen->contact = screen_contact_of(&screen->contacts, number, full_name);
}

static void record(struct screen *screen)
{
    struct screen_contact *contact = screen->contact;
    const ProtobufCMessage *request = screen_contact_request(contact, time(NULL));
    if (request)
        contact->asked = screen_ask(screen, "RecordContact", request, contact->key);
}

static void press_in_contact(struct screen *screen, int key)
{
    switch (screen_contact_press(screen->contact, key)) {
    case SCREEN_CONTACT_RECORD:
        record(screen);
        break;
    case SCREEN_CONTACT_ASIDE:
        if (!screen_contact_begun(screen->contact))
            screen_contact_free(&screen->contacts, screen->contact);
        screen->contact = NULL;
        break;
    case SCREEN_CONTACT_STAYS:
        break;
    }
}

/* ---- the screen ---- */

static void ask_again(struct screen *screen, int unused)
{
    (void)unused;
    screen_ask_list(screen);
    if (screen->view == SCREEN_JOURNEY)
        screen_ask_journey(screen);
}

static void help(struct screen *screen, int unused)
{
    (void)unused;
    if (screen->view == SCREEN_HELP)
        return;
    screen->before_help = screen->view;
    screen->journey_top = screen->page.tops[0];
    screen->view = SCREEN_HELP;
    screen->page.tops[0] = 0;
    screen_lay_out_help(screen);
}

static void back(struct screen *screen, int unused)
{
    (void)unused;
    if (screen->view == SCREEN_JOURNEY || screen->before_help == SCREEN_LIST) {
        screen_close_journey(screen);
        screen_lay_out(screen);
        return;
    }
    screen->view = SCREEN_JOURNEY;
    screen->page.tops[0] = screen->journey_top;
    screen_lay_out_journey(screen);
}

/* What is typed and not recorded is not given up by one key. */
static void quit(struct screen *screen, int unused)
{
    struct screen_contact *contact;
    char *text;
    (void)unused;
    SLIST_FOREACH(contact, &screen->contacts, link)
    {
        if (!screen_contact_begun(contact) || screen->leaving)
            continue;
        bool sent = contact->asked || contact->uncertain;
        if (asprintf(&text,
                     sent ? _("Sent and not answered: contact with client %s. c goes on with it; q leaves "
                              "it, and the timeline tells.")
                          : _("Not recorded: contact with client %s. c goes on with it, q gives it up."),
                     contact->client_number) < 0)
            abort();
        screen_say(screen, text);
        screen->leaving = true;
        return;
    }
    screen->left = true;
}

static void print_help(const struct session *session, const void *of)
{
    (void)of;
    for (size_t i = 0; i < BINDINGS; i++) {
        if (!bindings[i].names)
            continue;
        char lead[64];
        snprintf(lead, sizeof lead, "  %s", _(bindings[i].names));
        output_hanging(session, lead, 18, _(bindings[i].does));
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        char lead[8];
        snprintf(lead, sizeof lead, "  %s", signs[i].sign);
        output_hanging(session, lead, 18, _(signs[i].means));
    }
}

void screen_lay_out_help(struct screen *screen)
{
    struct session session = screen->session;
    session.width = screen_terminal_width();
    char *text = screen_printed(&session, print_help, NULL);
    screen_set_page(screen, text);
    free(text);
}

/* ---- all keys ---- */

static void press_bound(struct screen *screen, int key)
{
    for (size_t i = 0; i < BINDINGS; i++) {
        for (int k = 0; k < KEYS_MAX && bindings[i].keys[k]; k++) {
            if (bindings[i].keys[k] == key && bindings[i].views & screen->view) {
                bindings[i].act(screen, bindings[i].argument);
                return;
            }
        }
    }
}

/* Pasted text is typed into a field, its line ends as spaces; it never acts as keys. */
static bool take_paste(struct screen *screen, int *key)
{
    if (*key == SCREEN_KEY_PASTE || *key == SCREEN_KEY_PASTE_END) {
        screen->pasting = *key == SCREEN_KEY_PASTE;
        return true;
    }
    if (screen->pasting && (*key == SCREEN_KEY_ENTER || *key == SCREEN_KEY_TAB))
        *key = ' ';
    return screen->pasting && !screen->contact && !screen->searching;
}

void screen_press(struct screen *screen, int key)
{
    if (key == SCREEN_KEY_RESIZED) {
        if (screen->view == SCREEN_JOURNEY)
            screen_lay_out_journey(screen);
        else if (screen->view == SCREEN_HELP)
            screen_lay_out_help(screen);
        screen_lay_out(screen);
        return;
    }
    if (take_paste(screen, &key))
        return;
    if (screen_too_small()) {
        screen->left = key == 'q' || key == SCREEN_KEY_INTERRUPT;
        return;
    }
    screen_say(screen, NULL);
    if (screen->contact) {
        press_in_contact(screen, key);
    } else if (screen->searching) {
        press_while_searching(screen, key);
    } else {
        bool leaving = screen->leaving;
        press_bound(screen, key);
        screen->leaving = screen->leaving && !leaving;
    }
}
