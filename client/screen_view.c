/* What a screen shows of a list: its rows, and how they are drawn. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "output.h"
#include "screen.h"

enum {
    WIDTH_MIN = 40,
    HEIGHT_MIN = 12,
    COLUMNS_WIDTH_MIN = 120, /* from which on a board has its stages side by side */
    MARGIN = 3,              /* for the signs before a row */
    HEIGHT_ROOMY = 24,       /* from which on there is a third line about who is selected */
};

char *screen_printed(const struct session *session,
                     void (*print)(const struct session *session, const void *of), const void *of)
{
    struct session printing = *session;
    char *text = NULL;
    size_t size;
    printing.out = open_memstream(&text, &size);
    printing.colour = false;
    print(&printing, of);
    fclose(printing.out);
    return text;
}

/* ---- rows ---- */

static const char *string_of(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    return field && field_count(message, field) ? *(char *const *)field_value(message, field, 0) : NULL;
}

static const ProtobufCMessage *row_message(const struct screen *screen, size_t row)
{
    return *(ProtobufCMessage *const *)field_value(screen->reply, output_list(screen->reply), row);
}

/* "PAST DUE 12 days", or of a client's number and name these alone; "" when there is nothing to tell. */
static char *cell_text(const struct screen *screen, const struct column *column, const ProtobufCMessage *row,
                       bool labelled)
{
    char *value =
        column->cell ? column->cell(row) : output_value(&screen->session, row, column->field, column->format);
    char *text = NULL;
    if (!*value && column->absent) {
        free(value);
        value = strdup(_(column->absent));
    }
    output_tame(value);
    if (!labelled || !*value)
        return value;
    if (asprintf(&text, "%s %s", _(column->heading), value) < 0)
        abort();
    free(value);
    return text;
}

/* All about a client in a line, which is also what a search looks through. */
static char *row_text(const struct screen *screen, const ProtobufCMessage *row)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; screen->command->columns[i].heading; i++) {
        char *cell = cell_text(screen, &screen->command->columns[i], row, i > 1);
        fprintf(out, "%s%s", *cell && i == 1 ? " " : *cell && i ? " · " : "", cell);
        free(cell);
    }
    if (screen->command->group) {
        char *group = output_value(&screen->session, row, screen->command->group, SHOW_WORD);
        fprintf(out, " · %s", group);
        free(group);
    }
    fclose(out);
    return text;
}

/* All that the server told, but for what follows from the passing of time alone. */
static uint8_t *row_content(const ProtobufCMessage *row, size_t *length)
{
    Traject__V1__WithoutContact quiet;
    if (row->descriptor == &traject__v1__without_contact__descriptor) {
        quiet = *(const Traject__V1__WithoutContact *)row;
        quiet.overdue_days = 0;
        quiet.page_token = (char *)(uintptr_t)protobuf_c_empty_string;
        row = &quiet.base;
    }
    uint8_t *content = malloc(protobuf_c_message_get_packed_size(row) + 1);
    *length = protobuf_c_message_pack(row, content);
    return content;
}

/* On the board: contact is past due. Of those without contact: never reached, or silent for the agreed time
 * once more. */
static bool is_urgent(const ProtobufCMessage *row, time_t now)
{
    if (row->descriptor == &traject__v1__without_contact__descriptor) {
        const Traject__V1__WithoutContact *quiet = (const Traject__V1__WithoutContact *)row;
        return !quiet->last_contact_at || quiet->overdue_days >= quiet->rhythm_days;
    }
    const Traject__V1__BoardCard *card = (const Traject__V1__BoardCard *)row;
    return card->contact_due_at && card->contact_due_at->seconds < now;
}

/* Who guides: ">" the employer, "~" the coach while a handover is on its way. */
static char guidance_sign(const ProtobufCMessage *row)
{
    if (row->descriptor == &traject__v1__without_contact__descriptor)
        return ((const Traject__V1__WithoutContact *)row)->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER
                   ? '>'
                   : ' ';
    const Traject__V1__BoardCard *card = (const Traject__V1__BoardCard *)row;
    return card->guided_by == TRAJECT__V1__PARTY__PARTY_EMPLOYER ? '>'
           : card->_handover_state_case                          ? '~'
                                                                 : ' ';
}

static int group_of(const ProtobufCMessage *row)
{
    if (row->descriptor != &traject__v1__board_card__descriptor)
        return 0;
    int stage = (int)((const Traject__V1__BoardCard *)row)->stage;
    return stage < 1 ? 0 : stage > SCREEN_GROUPS_MAX ? SCREEN_GROUPS_MAX - 1 : stage - 1;
}

bool screen_take_list(struct screen *screen, ProtobufCMessage *reply)
{
    if (screen->reply)
        protobuf_c_message_free_unpacked(screen->reply, NULL);
    screen->reply = reply;
    size_t count = field_count(reply, output_list(reply));
    struct screen_row *rows = calloc(count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *row = row_message(screen, i);
        rows[i].key = strdup(string_of(row, "client_number"));
        rows[i].text = row_text(screen, row);
        rows[i].content = row_content(row, &rows[i].content_length);
        rows[i].group = group_of(row);
        rows[i].urgent = is_urgent(row, screen->session.now);
    }
    return screen_list_replace(&screen->list, rows, count);
}

const char *screen_selected_client(const struct screen *screen, const char **full_name)
{
    if (!screen->list.count)
        return NULL;
    *full_name = string_of(row_message(screen, screen->list.selected), "full_name");
    return screen->list.rows[screen->list.selected].key;
}

/* ---- lines ---- */

void screen_free_lines(struct screen *screen)
{
    for (size_t i = 0; i < screen->line_count; i++)
        free(screen->lines[i].text);
    free(screen->lines);
    free(screen->headings);
    screen->lines = NULL;
    screen->headings = NULL;
    screen->line_count = 0;
}

static void print_table(const struct session *session, const void *of)
{
    const struct screen *screen = of;
    output_table(session, screen->command, screen->reply);
}

static size_t urgent_in(const struct screen_list *list, int group)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->rows[i].urgent && (group < 0 || list->rows[i].group == group);
    return count;
}

static char *with_urgent(const char *text, size_t urgent)
{
    char *made;
    if ((urgent ? asprintf(&made, "%s  %zu!", text, urgent) : asprintf(&made, "%s", text)) < 0)
        abort();
    return made;
}

/* The lines are those of the table on paper, where the headings come first and an empty line before a group.
 */
static void lay_out_table(struct screen *screen)
{
    struct session session = screen->session;
    session.width = screen_terminal_width() - MARGIN;
    char *text = screen_printed(&session, print_table, screen), *rest = text;
    size_t row = 0, lines = 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    screen->lines = calloc(lines, sizeof *screen->lines);
    screen->headings = strdup(strsep(&rest, "\n"));
    for (const char *line; row < screen->list.count && (line = strsep(&rest, "\n"));) {
        bool blank = !*line;
        if (blank && screen->line_count)
            screen->lines[screen->line_count++] = (struct screen_line){strdup(""), true, row};
        if (blank && (line = strsep(&rest, "\n"))) {
            char *heading = with_urgent(line, urgent_in(&screen->list, screen->list.rows[row].group));
            screen->lines[screen->line_count++] = (struct screen_line){heading, true, row};
            continue;
        }
        screen->list.rows[row].line = screen->line_count;
        screen->lines[screen->line_count++] =
            (struct screen_line){line ? strdup(line) : strdup(""), false, row};
        row++;
    }
    free(text);
}

/* Of a board a column for each stage, also for those where nobody is: so it always has the same form. */
static void lay_out_columns(struct screen *screen)
{
    size_t lines[SCREEN_GROUPS_MAX] = {0};
    for (size_t i = 0; i < screen->list.count; i++)
        screen->list.rows[i].line = lines[screen->list.rows[i].group]++;
}

/* The stages that a board has: 0 when it is of one stage, or no board. */
static int stages(const struct screen *screen)
{
    const Traject__V1__GetBoardRequest *board = (const Traject__V1__GetBoardRequest *)screen->request;
    bool all =
        screen->request->descriptor == &traject__v1__get_board_request__descriptor && !board->_stage_case;
    return all ? (int)traject__v1__stage__descriptor.n_values - 1 : 0;
}

/* Lines about who is selected. */
static int about_lines(void)
{
    return screen_terminal_height() >= HEIGHT_ROOMY ? 3 : 2;
}

int screen_body_height(const struct screen *screen)
{
    /* The bar, the line that tells, and that of keys; of a list the headings too. */
    int height = screen_terminal_height() - 3;
    return screen->view == SCREEN_LIST ? height - 1 - about_lines() : height;
}

void screen_lay_out(struct screen *screen)
{
    screen_free_lines(screen);
    screen->columns = screen_terminal_width() >= COLUMNS_WIDTH_MIN ? stages(screen) : 0;
    if (!screen->reply || !screen->list.count)
        return;
    if (screen->columns)
        lay_out_columns(screen);
    else
        lay_out_table(screen);
    screen_follow_selection(screen);
}

void screen_follow_selection(struct screen *screen)
{
    struct screen_list *list = &screen->list;
    size_t height = (size_t)(screen_body_height(screen) > 0 ? screen_body_height(screen) : 1);
    if (!list->count || screen->view != SCREEN_LIST)
        return;
    const struct screen_row *row = &list->rows[list->selected];
    int top = screen->columns ? row->group : 0;
    size_t first = row->line;
    /* The heading of a group with its first row. */
    if (!screen->columns) {
        screen_list_scroll(list, 0, screen->line_count, height);
        while (first > 0 && screen->lines[first - 1].heading)
            first--;
    }
    screen_list_show(list, top, first, height);
    screen_list_show(list, top, row->line, height);
}

/* ---- drawing ---- */

/* The text of a printf pattern in `width` columns. */
static void draw(int y, int x, int width, enum screen_style style, const char *pattern, ...)
    __attribute__((format(printf, 5, 6)));
static void draw(int y, int x, int width, enum screen_style style, const char *pattern, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, pattern);
    if (vasprintf(&text, pattern, arguments) < 0)
        abort();
    va_end(arguments);
    output_tame(text);
    screen_terminal_text(y, x, width, style, text);
    free(text);
}

static void print_wrapped(const struct session *session, const void *of)
{
    output_hanging(session, "", 0, of);
}

void screen_draw_wrapped(int y, int x, int width, enum screen_style style, const char *text, int lines)
{
    struct session session = {.width = width};
    char *wrapped = screen_printed(&session, print_wrapped, text), *rest = wrapped;
    for (int i = 0; i < lines; i++) {
        const char *line = rest ? strsep(&rest, "\n") : "";
        screen_terminal_text(y + i, x, width, style, line);
    }
    free(wrapped);
}

static enum screen_style row_style(const struct screen *screen, size_t row)
{
    return row == screen->list.selected    ? SCREEN_SELECTED
           : screen->list.rows[row].urgent ? SCREEN_URGENT
           : screen->list.rows[row].fresh  ? SCREEN_BOLD
                                           : SCREEN_PLAIN;
}

static void draw_signed(const struct screen *screen, int y, int x, int width, size_t row, const char *text)
{
    const struct screen_row *of = &screen->list.rows[row];
    draw(y, x, width, row_style(screen, row), "%c%c%c%s", of->fresh ? '*' : ' ', of->urgent ? '!' : ' ',
         guidance_sign(row_message(screen, row)), text);
}

static void draw_table(const struct screen *screen, int y, int height, int width)
{
    screen_terminal_text(y, 0, MARGIN, SCREEN_DIM, "");
    screen_terminal_text(y, MARGIN, width - MARGIN, SCREEN_DIM, screen->headings);
    for (int i = 0; i < height; i++) {
        size_t at = screen->list.tops[0] + (size_t)i;
        if (at >= screen->line_count)
            return;
        const struct screen_line *line = &screen->lines[at];
        if (line->heading)
            screen_terminal_text(y + 1 + i, 0, width, SCREEN_BOLD, line->text);
        else
            draw_signed(screen, y + 1 + i, 0, width, line->row, line->text);
    }
}

/* The name, and the number where all of it fits beside; the number of who has no name. */
static void draw_card(const struct screen *screen, size_t row, int y, int wide)
{
    const struct screen_row *of = &screen->list.rows[row];
    const char *name = string_of(row_message(screen, row), "full_name");
    char *card;
    if (asprintf(&card, "%s%s%s", name ? name : "", name ? " " : "", of->key) < 0)
        abort();
    bool fits = !name || output_width(card) <= wide - 1 - MARGIN;
    draw_signed(screen, y, of->group * wide, wide - 1, row, fits ? card : name);
    free(card);
}

/* "Work content 12  3!" over the column, and a client a line. */
static void draw_columns(const struct screen *screen, int y, int height, int width)
{
    int count = screen->columns, wide = width / count;
    size_t in_group[SCREEN_GROUPS_MAX] = {0};
    for (size_t i = 0; i < screen->list.count; i++)
        in_group[screen->list.rows[i].group]++;
    for (int group = 0; group < count; group++) {
        char *stage = output_words(&traject__v1__stage__descriptor, group + 1), *counted;
        if (asprintf(&counted, "%zu", in_group[group]) < 0)
            abort();
        char *counts = with_urgent(counted, urgent_in(&screen->list, group));
        int room = wide - 2 - output_width(counts);
        screen_terminal_text(y, group * wide, room, SCREEN_BOLD, stage);
        screen_terminal_text(y, group * wide + room + 1, wide - room - 2, SCREEN_BOLD, counts);
        free(counts);
        free(counted);
        free(stage);
    }
    for (size_t i = 0; i < screen->list.count; i++) {
        const struct screen_row *row = &screen->list.rows[i];
        size_t top = screen->list.tops[row->group];
        if (row->line < top || row->line >= top + (size_t)height)
            continue;
        draw_card(screen, i, y + 1 + (int)(row->line - top), wide);
    }
}

static void time_text(time_t moment, const char *pattern, char *text, size_t size)
{
    struct tm local;
    strftime(text, size, pattern, localtime_r(&moment, &local));
}

static void draw_title(const struct screen *screen, int width)
{
    size_t count = screen->list.count, urgent = urgent_in(&screen->list, -1);
    char *clients, *marked;
    if (asprintf(&clients, ngettext("%zu client", "%zu clients", count), count) < 0 ||
        asprintf(&marked, screen->command->group ? _("%zu past due (!)") : _("%zu urgent (!)"), urgent) < 0)
        abort();
    draw(0, 0, width, SCREEN_BAR, " %s: %s, %s", screen->title, clients, marked);
    free(clients);
    free(marked);
}

static void draw_bar(const struct screen *screen, int width)
{
    char *state;
    char listed[20];
    time_text(screen->listed_at, "%H:%M:%S", listed, sizeof listed);
    if (asprintf(&state, screen->live ? _(" live ") : _(" as of %s "), listed) < 0)
        abort();
    int room = width - output_width(state);
    if (screen->view == SCREEN_HELP)
        draw(0, 0, room, SCREEN_BAR, _(" Keys and signs"));
    else if (screen->view == SCREEN_JOURNEY)
        draw(0, 0, room, SCREEN_BAR, screen->journey_name ? _(" Client %s, %s") : _(" Client %s"),
             screen->journey, screen->journey_name);
    else
        draw_title(screen, room);
    screen_terminal_text(0, room, width - room, SCREEN_BAR, state);
    free(state);
}

static void draw_list(const struct screen *screen, int width)
{
    int height = screen_body_height(screen), y = 1;
    const struct screen_list *list = &screen->list;
    if (!list->count) {
        screen_draw_wrapped(y + 1, 2, width - 4, SCREEN_PLAIN, screen->reply ? _(screen->command->empty) : "",
                            height - 1);
        return;
    }
    if (screen->columns)
        draw_columns(screen, y, height, width);
    else
        draw_table(screen, y, height, width);
    screen_draw_wrapped(y + 1 + height, 0, width, SCREEN_DIM, list->rows[list->selected].text, about_lines());
}

static void draw_page(const struct screen *screen, int width)
{
    int height = screen_body_height(screen);
    for (int i = 0; i < height; i++) {
        size_t at = screen->page.tops[0] + (size_t)i;
        if (at >= screen->page.count)
            return;
        screen_terminal_text(1 + i, 0, width, SCREEN_PLAIN, screen->page.rows[at].text);
    }
}

/* What was done or went wrong; else the connection; else what changed. */
static void draw_telling(const struct screen *screen, int y, int width)
{
    const struct screen_list *list = &screen->list;
    char since[20], listed[20];
    time_text(screen->lost_at, "%H:%M", since, sizeof since);
    time_text(screen->listed_at, "%H:%M:%S", listed, sizeof listed);
    if (screen->message)
        draw(y, 0, width, SCREEN_BOLD, "%s", screen->message);
    else if (screen->lost)
        draw(y, 0, width, SCREEN_WARNING, _("No connection since %s; this is of %s; it is tried again. (%s)"),
             since, listed, screen->why ? screen->why : "");
    else if (!screen->live && screen->why)
        draw(y, 0, width, SCREEN_WARNING, _("Changes are not told; r asks again. (%s)"), screen->why);
    else if (list->fresh || list->gone)
        draw(y, 0, width, SCREEN_PLAIN, _("%s: new or changed (*) %zu, gone %zu"), listed, list->fresh,
             list->gone);
    else
        screen_terminal_text(y, 0, width, SCREEN_PLAIN, "");
}

/* Returns the column of the cursor. */
static int draw_search(const struct screen *screen, int y, int width)
{
    const struct screen_list *list = screen->view == SCREEN_LIST ? &screen->list : &screen->page;
    char *sought = screen_edit_text(&screen->sought), *before = screen_edit_before(&screen->sought);
    size_t position,
        matches = screen_list_matches(
            list, sought, screen->view == SCREEN_LIST ? list->selected : list->tops[0], &position);
    if (!*sought)
        draw(y, 0, width, SCREEN_BOLD, "/");
    else if (!matches)
        draw(y, 0, width, SCREEN_BOLD, _("/%s   nothing found"), sought);
    else
        draw(y, 0, width, SCREEN_BOLD, _("/%s   %zu of %zu"), sought, position, matches);
    int cursor = 1 + output_width(before);
    free(sought);
    free(before);
    return cursor;
}

static const char *keys_line(const struct screen *screen)
{
    return screen->view == SCREEN_LIST ? _("? help  / search  Enter journey  c contact  r ask again  q quit")
           : screen->view == SCREEN_JOURNEY ? _("? help  / search  c contact  q back")
                                            : _("q back");
}

bool screen_too_small(void)
{
    return screen_terminal_width() < WIDTH_MIN || screen_terminal_height() < HEIGHT_MIN;
}

void screen_draw(struct screen *screen)
{
    int width = screen_terminal_width(), height = screen_terminal_height(), y = -1, x = 0;
    screen_terminal_erase();
    if (screen_too_small()) {
        char *text;
        if (asprintf(&text, _("Too small: this takes %d columns and %d lines; here are %d and %d. q quits."),
                     WIDTH_MIN, HEIGHT_MIN, width, height) < 0)
            abort();
        screen_draw_wrapped(0, 0, width, SCREEN_PLAIN, text, height);
        free(text);
        screen_terminal_show(-1, 0);
        return;
    }
    draw_bar(screen, width);
    if (screen->view == SCREEN_LIST)
        draw_list(screen, width);
    else
        draw_page(screen, width);
    draw_telling(screen, height - 2, width);
    screen_terminal_text(height - 1, 0, width, SCREEN_DIM, keys_line(screen));
    if (screen->searching) {
        y = height - 1;
        x = draw_search(screen, y, width);
    }
    if (screen->contact)
        screen_contact_draw(screen->contact, height, width, &y, &x);
    screen_terminal_show(y, x);
}
