#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "report.h"

enum { LABEL_MAX = 26, BAR_MIN = 8, KEY_WIDTH_MIN = 3 };

/* What each role is drawn with, in UTF-8 and in ASCII; a part with the sign of its column. */
static const char *const signs[][2] = {[REPORT_BAR] = {"█", "#"}, [REPORT_LIMIT] = {"░", "."}};

struct layout {
    const struct report_chart *chart;
    bool numbered; /* the columns are headed by signs that a legend explains */
    bool utf8;
    int label, bar;
    int *widths;
};

/* Of a column that is headed so: its number, or that it tells of those who are few. */
static char sign_of(const struct report_chart *chart, size_t column)
{
    return chart->columns[column].role == REPORT_TOGETHER ? '*'
                                                          : (char)('1' + chart->columns[column].place % 9);
}

static int widest_cell(const struct report_chart *chart, size_t column)
{
    int widest = KEY_WIDTH_MIN;
    for (size_t r = 0; r < chart->n_rows; r++) {
        char *text = report_cell_text(chart, &chart->rows[r], column);
        int width = output_width(text);
        widest = width > widest ? width : widest;
        free(text);
    }
    return widest;
}

/* Widths of the columns, by their names or by signs, and what is left for the bar. */
static void measure(struct layout *layout, int columns, bool numbered)
{
    const struct report_chart *chart = layout->chart;
    layout->numbered = numbered;
    layout->bar = columns - layout->label - 2;
    for (size_t c = 0; c < chart->n_columns; c++) {
        int heading = numbered ? 1 : output_width(chart->columns[c].heading), cell = widest_cell(chart, c);
        layout->widths[c] = heading > cell ? heading : cell;
        layout->bar -= layout->widths[c] + 2;
    }
}

/* Text in so many columns, cut where it is longer. */
static void put_fitted(FILE *out, const char *whole, int width, bool right, bool utf8)
{
    char *text = strdup(whole);
    int full, used = 0, columns = 0;
    mbstate_t state = {0};
    output_tame(text);
    full = output_width(text);
    if (full <= width) {
        fprintf(out, "%*s%s%*s", right ? width - full : 0, "", text, right ? 0 : width - full, "");
    } else {
        const char *end = text;
        size_t length = output_character(end, &state, &columns);
        for (; used + columns < width; length = output_character(end, &state, &columns)) {
            end += length;
            used += columns;
        }
        fprintf(out, "%.*s%s%*s", (int)(end - text), text, utf8 ? "…" : ".", width - used - 1, "");
    }
    free(text);
}

static void put_times(FILE *out, const char *sign, int count)
{
    for (int i = 0; i < count; i++)
        fputs(sign, out);
}

static void put_bar(FILE *out, const struct layout *layout, const struct report_row *row)
{
    const struct report_chart *chart = layout->chart;
    int64_t end = chart->largest > 0 ? chart->largest : 1, sum = 0;
    int drawn = 0;
    for (size_t c = 0; c < chart->n_columns; c++) {
        enum report_role role = chart->columns[c].role;
        bool part = report_has_parts(chart);
        char sign[2] = {sign_of(chart, c), '\0'};
        if (!report_is_drawn(role) || !row->known[c])
            continue;
        sum = part ? sum + row->values[c] : row->values[c];
        int until = report_axis_at(sum, end, layout->bar);
        assert(part || role < sizeof signs / sizeof *signs);
        put_times(out, part ? sign : signs[role][!layout->utf8], until - drawn);
        drawn = until > drawn ? until : drawn;
    }
}

static void put_row(FILE *out, const struct layout *layout, const struct report_row *row)
{
    const struct report_chart *chart = layout->chart;
    put_fitted(out, row->label, layout->label, false, layout->utf8);
    for (size_t c = 0; c < chart->n_columns; c++) {
        char *text = report_cell_text(chart, row, c);
        fputs("  ", out);
        put_fitted(out, strcmp(text, "–") == 0 && !layout->utf8 ? "-" : text, layout->widths[c], true,
                   layout->utf8);
        free(text);
    }
    if (row->few)
        fprintf(out, "  %s", _("fewer than 5"));
    else if (layout->bar >= BAR_MIN && report_row_is_drawn(chart, row)) {
        fputs("  ", out);
        put_bar(out, layout, row);
    }
    fputc('\n', out);
}

static void put_legend(FILE *out, const struct report_chart *chart, int columns)
{
    int used = 0;
    for (size_t c = 0; c < chart->n_columns; c++) {
        int width = output_width(chart->columns[c].heading) + 2;
        if (used && used + 2 + width > columns) {
            fputc('\n', out);
            used = 0;
        }
        fprintf(out, "%s%c %s", used ? "  " : "", sign_of(chart, c), chart->columns[c].heading);
        used += (used ? 2 : 0) + width;
    }
    fputc('\n', out);
}

static void put_caption(FILE *out, const struct report_chart *chart, int columns)
{
    char *text;
    if (asprintf(&text, "%s%s%s", chart->team ? chart->team : "", chart->team ? ": " : "",
                 _(chart->caption)) < 0)
        abort();
    output_hanging(&(struct session){.out = out, .width = columns}, "", 0, text);
    free(text);
}

static void put_chart(FILE *out, const struct report_chart *chart, int columns, bool utf8)
{
    fputc('\n', out);
    put_caption(out, chart, columns);
    if (!report_chart_tells(chart)) {
        fprintf(out, "%s\n", _(report_tells_nothing));
        return;
    }
    struct layout layout = {
        .chart = chart, .utf8 = utf8, .widths = calloc(chart->n_columns + 1, sizeof *layout.widths)};
    bool parts = report_has_parts(chart);
    int least = BAR_MIN, few = output_width(_("fewer than 5"));
    layout.label = output_width(_(chart->row_heading));
    for (size_t r = 0; r < chart->n_rows; r++) {
        least = chart->rows[r].few && few > least ? few : least;
        int width = output_width(chart->rows[r].label);
        width = width > LABEL_MAX ? LABEL_MAX : width;
        layout.label = width > layout.label ? width : layout.label;
    }
    measure(&layout, columns, parts);
    if (!parts && layout.bar < least)
        measure(&layout, columns, true);
    if (layout.numbered)
        put_legend(out, chart, columns);
    put_fitted(out, _(chart->row_heading), layout.label, false, utf8);
    for (size_t c = 0; c < chart->n_columns; c++) {
        char sign[2] = {sign_of(chart, c), '\0'};
        fputs("  ", out);
        put_fitted(out, layout.numbered ? sign : chart->columns[c].heading, layout.widths[c], true, utf8);
    }
    fputc('\n', out);
    for (size_t r = 0; r < chart->n_rows; r++)
        put_row(out, &layout, &chart->rows[r]);
    free(layout.widths);
}

static void put_line(FILE *out, int columns, const char *name, const char *text)
{
    char *lead;
    if (asprintf(&lead, "%-14s", name) < 0)
        abort();
    output_hanging(&(struct session){.out = out, .width = columns}, lead, 14, text);
    free(lead);
}

void report_terminal(FILE *out, const struct report *report, int columns, bool utf8)
{
    const struct session plain = {.out = out, .width = columns};
    char *title = report_title(report->figures), *period = report_period(report->figures),
         *teams = report_teams(report->figures), *made = report_made(report->figures);
    fprintf(out, "%s\n\n", title);
    put_line(out, columns, _("Municipality"), teams);
    put_line(out, columns, _("Period"), period);
    put_line(out, columns, _("Made on"), made);
    fputc('\n', out);
    output_hanging(&plain, "", 0, _(report_about_figures));
    output_hanging(&plain, "", 0, _(report_few));
    for (size_t s = 0; s < REPORT_SECTIONS; s++) {
        const struct report_section *section = &report->sections[s];
        const char *heading = _(section->title);
        fprintf(out, "\n%s\n", heading);
        put_times(out, utf8 ? "─" : "-", output_width(heading));
        fputc('\n', out);
        output_hanging(&plain, "", 0, _(section->definition));
        if (!section->n_charts)
            fprintf(out, "\n%s\n", _(section->empty));
        for (size_t c = 0; c < section->n_charts; c++)
            put_chart(out, &section->charts[c], columns, utf8);
    }
    free(title);
    free(period);
    free(teams);
    free(made);
}
