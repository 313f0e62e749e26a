#include "screen_contact.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "language.h"
#include "output.h"
#include "screen.h"
#include "screen_terminal.h"
#include "words.h"

enum { WORDS_LINES = 3, LINES = SCREEN_CONTACT_WORDS + 1 + WORDS_LINES + 2 };

static const struct {
    const char *label;
    const char *request_field; /* as the server speaks of it */
} fields[SCREEN_CONTACT_FIELDS] = {
    [SCREEN_CONTACT_CHANNEL] = {N_("Channel"), "channel"},
    [SCREEN_CONTACT_REACHED] = {N_("Reached"), "reached"},
    [SCREEN_CONTACT_WHEN] = {N_("When"), "occurred_at"},
    [SCREEN_CONTACT_WORDS] = {N_("Words"), "words"},
};

static const ProtobufCEnumDescriptor *const channels = &traject__v1__channel__descriptor;

struct screen_contact *screen_contact_of(struct screen_contacts *contacts, const char *client_number,
                                         const char *full_name)
{
    struct screen_contact *contact;
    SLIST_FOREACH(contact, contacts, link)
    {
        if (strcmp(contact->client_number, client_number) == 0)
            return contact;
    }
    contact = calloc(1, sizeof *contact);
    contact->client_number = strdup(client_number);
    contact->full_name = full_name ? strdup(full_name) : NULL;
    contact->reached = true;
    traject_new_key(contact->key);
    SLIST_INSERT_HEAD(contacts, contact, link);
    return contact;
}

static void forget_request(struct screen_contact *contact)
{
    if (contact->request)
        protobuf_c_message_free_unpacked(contact->request, NULL);
    contact->request = NULL;
}

void screen_contact_free(struct screen_contacts *contacts, struct screen_contact *contact)
{
    SLIST_REMOVE(contacts, contact, screen_contact, link);
    forget_request(contact);
    screen_edit_clear(&contact->when);
    screen_edit_clear(&contact->words);
    free(contact->client_number);
    free(contact->full_name);
    free(contact->problem);
    free(contact);
}

bool screen_contact_begun(const struct screen_contact *contact)
{
    return contact->asked || contact->uncertain || contact->channel || !contact->reached ||
           contact->when.length || contact->words.length;
}

/* ---- keys ---- */

/* The next channel in that direction; with a letter the next whose word begins with it. */
static void choose_channel(struct screen_contact *contact, int step, wint_t letter)
{
    int count = (int)channels->n_values - 1, channel = contact->channel ? contact->channel : step > 0 ? 0 : 1;
    for (int i = 0; i < count; i++) {
        channel = (channel - 1 + step + count) % count + 1;
        char *word = output_words(channels, channel);
        wchar_t first = 0;
        mbtowc(&first, word, strlen(word));
        free(word);
        if (!letter || towlower((wint_t)first) == towlower(letter)) {
            contact->channel = channel;
            return;
        }
    }
}

static bool edit(struct screen_edit *text, int key)
{
    static const struct {
        int key;
        enum screen_edit_key does;
    } keys[] = {
        {SCREEN_KEY_LEFT, SCREEN_EDIT_LEFT},     {SCREEN_KEY_RIGHT, SCREEN_EDIT_RIGHT},
        {SCREEN_KEY_HOME, SCREEN_EDIT_START},    {SCREEN_KEY_END, SCREEN_EDIT_END},
        {'A' & 31, SCREEN_EDIT_START},           {'E' & 31, SCREEN_EDIT_END},
        {SCREEN_KEY_DELETE, SCREEN_EDIT_DELETE}, {SCREEN_KEY_BACKSPACE, SCREEN_EDIT_BACKSPACE},
        {'U' & 31, SCREEN_EDIT_DELETE_ALL},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].key == key) {
            screen_edit_key(text, keys[i].does);
            return true;
        }
    }
    return key > 0 && screen_edit_type(text, (wchar_t)key);
}

static bool change(struct screen_contact *contact, int key)
{
    int step = key == SCREEN_KEY_LEFT ? -1 : 1;
    bool steps = key == SCREEN_KEY_LEFT || key == SCREEN_KEY_RIGHT || key == ' ';
    switch (contact->field) {
    case SCREEN_CONTACT_CHANNEL:
        if (!steps && (key <= 0 || !iswalpha((wint_t)key)))
            return false;
        choose_channel(contact, step, steps ? 0 : (wint_t)key);
        return true;
    case SCREEN_CONTACT_REACHED:
        contact->reached ^= steps;
        return steps;
    case SCREEN_CONTACT_WHEN:
        return edit(&contact->when, key);
    default:
        return edit(&contact->words, key);
    }
}

enum screen_contact_step screen_contact_press(struct screen_contact *contact, int key)
{
    switch (key) {
    case SCREEN_KEY_ESCAPE:
    case SCREEN_KEY_INTERRUPT:
        return SCREEN_CONTACT_ASIDE;
    case SCREEN_KEY_ENTER:
        return contact->asked ? SCREEN_CONTACT_STAYS : SCREEN_CONTACT_RECORD;
    case SCREEN_KEY_TAB:
    case SCREEN_KEY_DOWN:
        contact->field = (contact->field + 1) % SCREEN_CONTACT_FIELDS;
        return SCREEN_CONTACT_STAYS;
    case SCREEN_KEY_BACKTAB:
    case SCREEN_KEY_UP:
        contact->field = (contact->field + SCREEN_CONTACT_FIELDS - 1) % SCREEN_CONTACT_FIELDS;
        return SCREEN_CONTACT_STAYS;
    default:
        /* What is on its way stays as it is seen to be. */
        if (!contact->asked && change(contact, key)) {
            forget_request(contact);
            free(contact->problem);
            contact->problem = NULL;
        }
        return SCREEN_CONTACT_STAYS;
    }
}

/* ---- the call ---- */

static void complain(struct screen_contact *contact, char *problem)
{
    free(contact->problem);
    contact->problem = problem;
}

const ProtobufCMessage *screen_contact_request(struct screen_contact *contact, time_t now)
{
    if (contact->request)
        return contact->request;
    if (!contact->channel) {
        contact->field = SCREEN_CONTACT_CHANNEL;
        complain(contact, strdup(_("Choose the channel first: with the arrows left and right.")));
        return NULL;
    }
    Traject__V1__RecordContactRequest *request = calloc(1, sizeof *request);
    traject__v1__record_contact_request__init(request);
    request->client_number = strdup(contact->client_number);
    request->channel = (Traject__V1__Channel)contact->channel;
    request->counterpart = TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT;
    request->reached = contact->reached;
    contact->request = &request->base;
    char *when = screen_edit_text(&contact->when), *words = screen_edit_text(&contact->words);
    char *reason = NULL;
    if (*when && field_from_text(contact->request, "occurred_at", when, now, WHEN_NOON, &reason)) {
        contact->field = SCREEN_CONTACT_WHEN;
        complain(contact, reason ? reason : strdup(_("out of memory")));
        forget_request(contact);
    } else if (*words) {
        request->_words_case = TRAJECT__V1__RECORD_CONTACT_REQUEST___WORDS_WORDS;
        request->words = strdup(words);
    }
    free(when);
    free(words);
    return contact->request;
}

/* "occurred_at is ..." is about what the screen calls "When". */
static char *by_label(struct screen_contact *contact, const char *message)
{
    char *text;
    for (int i = 0; i < SCREEN_CONTACT_FIELDS; i++) {
        size_t length = strlen(fields[i].request_field);
        if (strncmp(message, fields[i].request_field, length) != 0 || message[length] != ' ')
            continue;
        contact->field = (enum screen_contact_field)i;
        if (asprintf(&text, "%s%s", _(fields[i].label), message + length) < 0)
            abort();
        return text;
    }
    return strdup(message);
}

void screen_contact_failed(struct screen_contact *contact, enum traject_result result,
                           struct traject_error *error)
{
    contact->asked = 0;
    if (screen_unreachable(result, error)) {
        contact->uncertain = true;
        complain(contact,
                 strdup(_("There was no answer, so this may be recorded or not. Enter asks again; it is "
                          "never recorded twice.")));
    } else if (contact->uncertain && error->field && strcmp(error->field, "request_key") == 0) {
        complain(contact,
                 strdup(_("This was recorded as it was before you changed it: see the journey. Esc, and "
                          "then c begins another contact.")));
        contact->uncertain = false;
        traject_new_key(contact->key);
        forget_request(contact);
    } else {
        char *message = screen_error_text(error);
        complain(contact, by_label(contact, message));
        free(message);
        contact->uncertain = false;
    }
    traject_error_clear(error);
}

/* ---- drawing ---- */

static void draw_choice(int y, int x, int width, const char *value)
{
    char *text;
    if (asprintf(&text, "< %s >", value) < 0)
        abort();
    screen_terminal_text(y, x, width, SCREEN_PLAIN, text);
    free(text);
}

/* Lines of so many columns, those around the cursor. */
static void draw_text(const struct screen_edit *text, int y, int x, int width, int lines, int *cursor_line,
                      int *cursor_column)
{
    char *before = screen_edit_before(text), *all = screen_edit_text(text), *at;
    const char *cursor = all + strlen(before);
    int shown = 0;
    /* The lines before that of the cursor scroll out of sight once there are too many. */
    for (int pass = 0; pass < 2; pass++) {
        int line = 0;
        at = all;
        for (bool goes_on = true; goes_on; line++) {
            mbstate_t state = {0};
            int used = 0, columns = 0;
            char *start = at;
            while (*at) {
                size_t length = output_character(at, &state, &columns);
                if (used + columns >= width)
                    break;
                if (at == cursor && pass == 0)
                    *cursor_line = line, *cursor_column = used;
                at += length;
                used += columns;
            }
            goes_on = *at;
            if (at == cursor && !goes_on && pass == 0)
                *cursor_line = line, *cursor_column = used;
            if (pass == 1 && line >= shown && line < shown + lines) {
                char *part = strndup(start, (size_t)(at - start));
                screen_terminal_text(y + line - shown, x, width, SCREEN_PLAIN, part);
                free(part);
            }
        }
        shown = *cursor_line >= lines ? *cursor_line - lines + 1 : 0;
    }
    *cursor_line -= shown;
    free(before);
    free(all);
}

static void draw_heading(const struct screen_contact *contact, int y, int width)
{
    char *text;
    if (asprintf(&text, contact->full_name ? _(" Contact with client %s, %s") : _(" Contact with client %s"),
                 contact->client_number, contact->full_name) < 0)
        abort();
    output_tame(text);
    screen_terminal_text(y, 0, width, SCREEN_BAR, text);
    free(text);
}

static int label_width(void)
{
    int widest = 0;
    for (int i = 0; i < SCREEN_CONTACT_FIELDS; i++) {
        int width = output_width(_(fields[i].label));
        widest = width > widest ? width : widest;
    }
    return widest + 4;
}

void screen_contact_draw(const struct screen_contact *contact, int bottom, int width, int *cursor_y,
                         int *cursor_x)
{
    int y = bottom - LINES, x = label_width(), room = width - x, line = 0, column = 0;
    for (int i = y; i < bottom; i++)
        screen_terminal_text(i, 0, width, SCREEN_PLAIN, "");
    draw_heading(contact, y++, width);
    *cursor_x = x;
    for (int i = 0; i < SCREEN_CONTACT_FIELDS; i++) {
        bool here = (int)contact->field == i;
        screen_terminal_text(y + i, 0, x - 1, here ? SCREEN_BOLD : SCREEN_PLAIN, here ? "> " : "");
        screen_terminal_text(y + i, 2, x - 3, here ? SCREEN_BOLD : SCREEN_PLAIN, _(fields[i].label));
        if (here)
            *cursor_y = y + i;
    }
    char *channel = contact->channel ? output_words(channels, contact->channel) : strdup(_("choose"));
    draw_choice(y + SCREEN_CONTACT_CHANNEL, x, room, channel);
    free(channel);
    draw_choice(y + SCREEN_CONTACT_REACHED, x, room,
                contact->reached ? _("yes") : _("no: an attempt, which is no contact"));
    if (contact->when.length || contact->field == SCREEN_CONTACT_WHEN)
        draw_text(&contact->when, y + SCREEN_CONTACT_WHEN, x, room, 1, &line, &column);
    else
        screen_terminal_text(y + SCREEN_CONTACT_WHEN, x, room, SCREEN_DIM, _("now"));
    if (contact->field == SCREEN_CONTACT_WHEN)
        *cursor_x = x + column;
    line = column = 0;
    draw_text(&contact->words, y + SCREEN_CONTACT_WORDS, x, room, WORDS_LINES, &line, &column);
    if (contact->field == SCREEN_CONTACT_WORDS) {
        *cursor_y = y + SCREEN_CONTACT_WORDS + line;
        *cursor_x = x + column;
    }
    y += SCREEN_CONTACT_WORDS + WORDS_LINES;
    if (contact->asked)
        screen_terminal_text(y, 0, width, SCREEN_BOLD, _("  It is being recorded..."));
    else if (contact->problem)
        screen_draw_wrapped(y, 2, width - 2, SCREEN_WARNING, contact->problem, 2);
    if (!contact->problem)
        screen_terminal_text(y + 1, 0, width, SCREEN_DIM,
                             _("  Enter records, Tab next line, < > choose, Esc puts it aside until c"));
}
