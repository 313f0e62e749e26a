#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "field.h"
#include "language.h"
#include "output.h"

static const char *const styles[] = {"\033[0m", "\033[1m", "\033[2m"};
enum { PLAIN, BOLD, DIM };

static void style(const struct session *session, int which)
{
    if (session->colour)
        fputs(styles[which], session->out);
}

/* Text in a column: cut with an ellipsis or filled with spaces. The last column is not filled. */
static void print_cell(FILE *out, const char *text, int width, bool right, bool last)
{
    int full = output_width(text);
    if (full <= width) {
        int fill = width - full;
        fprintf(out, "%*s%s%*s", right ? fill : 0, "", text, right || last ? 0 : fill, "");
        return;
    }
    mbstate_t state = {0};
    int used = 0, columns = 0;
    while (*text) {
        size_t length = output_character(text, &state, &columns);
        if (used + columns > width - 1)
            break;
        fwrite(text, 1, length, out);
        text += length;
        used += columns;
    }
    fprintf(out, "…%*s", last ? 0 : width - used - 1, "");
}

enum { COLUMNS_MAX = 16, COLUMN_WIDTH_MIN = 11 };

struct table {
    const struct command *command;
    size_t rows;
    int columns;
    char **cells; /* rows × columns */
    int shown[COLUMNS_MAX], widths[COLUMNS_MAX], shown_count;
    int left_out; /* columns for which there is no room */
};

static char **cell_at(const struct table *table, size_t row, int column)
{
    return &table->cells[row * (size_t)table->columns + (size_t)column];
}

static bool is_right(const struct column *column)
{
    return column->format == SHOW_NUMBER || column->format == SHOW_COUNT || column->format == SHOW_PERCENT ||
           column->format == SHOW_DAYS || column->format == SHOW_PAST;
}

static const ProtobufCMessage *row_at(const ProtobufCMessage *reply, size_t row)
{
    return *(ProtobufCMessage *const *)field_value(reply, output_list(reply), row);
}

static void make_cells(const struct session *session, const ProtobufCMessage *reply, struct table *table)
{
    table->rows = field_count(reply, output_list(reply));
    while (table->command->columns[table->columns].heading)
        table->columns++;
    table->cells = calloc(table->rows * (size_t)table->columns + 1, sizeof *table->cells);
    for (size_t row = 0; row < table->rows; row++) {
        const ProtobufCMessage *element = row_at(reply, row);
        for (int i = 0; i < table->columns; i++) {
            const struct column *column = &table->command->columns[i];
            char *text = column->cell ? column->cell(element)
                                      : output_value(session, element, column->field, column->format);
            output_tame(text);
            if (!*text && column->absent) {
                free(text);
                text = strdup(_(column->absent));
            }
            *cell_at(table, row, i) = text;
        }
    }
}

/* A column that is empty throughout is left out. Returns the width of all. */
static int measure(struct table *table)
{
    int total = -2;
    table->shown_count = 0;
    for (int i = 0; i < table->columns; i++) {
        int widest = 0, heading = output_width(language_of_table(table->command->columns[i].heading));
        for (size_t row = 0; row < table->rows; row++) {
            int width = output_width(*cell_at(table, row, i));
            widest = width > widest ? width : widest;
        }
        if (!widest)
            continue;
        table->shown[table->shown_count] = i;
        table->widths[table->shown_count++] = widest > heading ? widest : heading;
        total += 2 + (widest > heading ? widest : heading);
    }
    return total;
}

/* Fits the columns to the terminal: first exact dates go, then columns from the right as long as the others
 * would become too narrow, then the widest are narrowed. */
static void fit(struct table *table, int room)
{
    int total = measure(table);
    if (total <= room)
        return;
    for (int i = 0; i < table->columns; i++) {
        for (size_t row = 0; table->command->columns[i].format == SHOW_AGO && row < table->rows; row++) {
            char *exact = strstr(*cell_at(table, row, i), " (");
            if (exact)
                *exact = '\0';
        }
    }
    total = measure(table);
    int narrowest = -2, count = 0;
    for (; count < table->shown_count; count++) {
        int width = table->widths[count];
        narrowest += 2 + (width < COLUMN_WIDTH_MIN ? width : COLUMN_WIDTH_MIN);
        if (narrowest > room && count > 0)
            break;
    }
    table->left_out = table->shown_count - count;
    while (table->shown_count > count)
        total -= 2 + table->widths[--table->shown_count];
    for (; total > room; total--) {
        int widest = 0;
        for (int i = 1; i < table->shown_count; i++)
            widest = table->widths[i] > table->widths[widest] ? i : widest;
        if (table->widths[widest] <= COLUMN_WIDTH_MIN)
            return;
        table->widths[widest]--;
    }
}

static void print_row(const struct session *session, const struct table *table, size_t row, bool heading)
{
    FILE *out = session->out;
    if (heading)
        style(session, DIM);
    for (int i = 0; i < table->shown_count; i++) {
        const struct column *column = &table->command->columns[table->shown[i]];
        fputs(i ? "  " : "", out);
        print_cell(out, heading ? language_of_table(column->heading) : *cell_at(table, row, table->shown[i]),
                   table->widths[i], is_right(column), i == table->shown_count - 1);
    }
    if (heading)
        style(session, PLAIN);
    fputc('\n', out);
}

/* "work content (12)" over the rows from `row` on that are of one group; returns the row after them. */
static size_t print_group(const struct session *session, const struct table *table,
                          const ProtobufCMessage *reply, size_t row)
{
    char *group = output_value(session, row_at(reply, row), table->command->group, SHOW_WORD);
    size_t end = row;
    bool same = true;
    while (same && ++end < table->rows) {
        char *next = output_value(session, row_at(reply, end), table->command->group, SHOW_WORD);
        same = strcmp(group, next) == 0;
        free(next);
    }
    style(session, BOLD);
    fprintf(session->out, "\n%s (%zu)", group, end - row);
    style(session, PLAIN);
    fputc('\n', session->out);
    free(group);
    return end;
}

static void print_left_out(const struct session *session, const struct table *table)
{
    if (!table->left_out)
        return;
    style(session, DIM);
    char *headings = NULL, *text;
    size_t size;
    FILE *out = open_memstream(&headings, &size);
    for (int i = 0; i < table->left_out; i++)
        fprintf(out, "%s%s", i ? ", " : "",
                language_of_table(table->command->columns[table->shown[table->shown_count + i]].heading));
    fclose(out);
    if (asprintf(&text, _("A wider terminal also shows %s."), headings) < 0)
        abort();
    output_hanging(session, "", 0, text);
    style(session, PLAIN);
    free(headings);
    free(text);
}

void output_table(const struct session *session, const struct command *command, const ProtobufCMessage *reply)
{
    struct table table = {.command = command};
    size_t group_end = 0;
    make_cells(session, reply, &table);
    fit(&table, session->width ? session->width : INT_MAX);

    print_row(session, &table, 0, true);
    for (size_t row = 0; row < table.rows; row++) {
        if (command->group && row == group_end)
            group_end = print_group(session, &table, reply, row);
        print_row(session, &table, row, false);
    }
    print_left_out(session, &table);
    for (size_t i = 0; i < table.rows * (size_t)table.columns; i++)
        free(table.cells[i]);
    free(table.cells);
}
