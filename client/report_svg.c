#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "markup.h"
#include "output.h"
#include "report.h"
#include "svg.h"

/* Whole numbers only: a decimal point would follow the user's locale. Wide enough for half a page of A4,
 * narrow enough for a phone. */
enum {
    WIDTH = 400,
    EDGE = 4,
    LABELS_MAX = 150, /* for the names of rows */
    NUMBERS = 86,     /* behind a bar, for the numbers that it shows */
    ROW = 24,
    BAR = 16,
    TEXT = 13,
    SMALL = 12, /* in a bar */
    TICKS_APART = 14,
};

#define LINE "#d0d5da"

/* From light to dark, in the order of the parts, with what is legible on each: it shows in grey too. */
static const struct {
    const char *fill, *ink;
} shades[] = {{"#eaf2fa", INK}, {"#bfd7ea", INK},   {"#8db9d9", INK},
              {"#5f9ac6", INK}, {"#2b6699", PAPER}, {"#0f3d66", PAPER}};
enum { SHADES = sizeof shades / sizeof *shades };

#define BAR_FILL "#2b6699"

struct plot {
    FILE *out;
    const struct report_chart *chart;
    const char *prefix;
    int x, width; /* of the plot itself */
    int64_t step, end;
};

static size_t shade_of(const struct report_chart *chart, size_t column)
{
    return chart->n_parts < 2 ? SHADES - 2
                              : chart->columns[column].place * (SHADES - 1) / (chart->n_parts - 1) % SHADES;
}

/* As much of a text as there is room for: to free. */
static char *fitted(const char *text, int room)
{
    mbstate_t state = {0};
    int columns = 0, used = 0;
    const char *end = text;
    char *made;
    if (svg_text_width(text, TEXT) <= room)
        return strdup(text);
    while (*end) {
        size_t length = output_character(end, &state, &columns);
        if ((used + columns + 1) * TEXT * 58 / 100 > room)
            break;
        end += length;
        used += columns;
    }
    if (asprintf(&made, "%.*s…", (int)(end - text), text) < 0)
        abort();
    return made;
}

static void put_rect(const struct plot *plot, int x, int y, int width, const char *fill)
{
    fprintf(plot->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"" INK "\"/>",
            x, y - BAR / 2, width, BAR, fill);
}

/* "Nov 2026: work content 12", where the pointer is. */
static void put_told(const struct plot *plot, const struct report_row *row, size_t column)
{
    char *number = report_cell_text(plot->chart, row, column);
    fputs("<g><title>", plot->out);
    markup_between(plot->out, "", row->label, ": ");
    markup_between(plot->out, "", plot->chart->columns[column].heading, " ");
    markup_between(plot->out, "", number, "</title>");
    free(number);
}

static int x_of(const struct plot *plot, int64_t value)
{
    return plot->x + report_axis_at(value, plot->end, plot->width);
}

static void put_parts(const struct plot *plot, const struct report_row *row, int y)
{
    const struct report_chart *chart = plot->chart;
    int64_t sum = 0;
    for (size_t c = 0; c < chart->n_columns; c++) {
        if (!row->known[c])
            continue;
        int from = x_of(plot, sum), until = x_of(plot, sum += row->values[c]);
        bool together = chart->columns[c].role == REPORT_TOGETHER;
        char *number = report_cell_text(chart, row, c), hatched[40], how[80];
        snprintf(hatched, sizeof hatched, "url(#%stogether)", plot->prefix);
        put_told(plot, row, c);
        put_rect(plot, from, y, until - from, together ? hatched : shades[shade_of(chart, c)].fill);
        snprintf(how, sizeof how, "text-anchor=\"middle\" fill=\"%s\"",
                 together ? INK : shades[shade_of(chart, c)].ink);
        if (svg_text_width(number, SMALL) + 4 <= until - from)
            svg_text(plot->out, (from + until) / 2, y + 4, SMALL, how, number);
        fputs("</g>\n", plot->out);
        free(number);
    }
}

/* A bar, a line on from it, and the numbers of both behind. */
static void put_values(const struct plot *plot, const struct report_row *row, int y)
{
    const struct report_chart *chart = plot->chart;
    int x = plot->x;
    char *numbers = NULL;
    size_t size;
    FILE *told = open_memstream(&numbers, &size);
    for (size_t c = 0; c < chart->n_columns; c++) {
        enum report_role role = chart->columns[c].role;
        if (!row->known[c] || !report_is_drawn(role))
            continue;
        int until = x_of(plot, row->values[c]);
        char *number = report_cell_text(chart, row, c);
        put_told(plot, row, c);
        if (role == REPORT_BAR)
            put_rect(plot, plot->x, y, until - plot->x, BAR_FILL);
        else
            fprintf(plot->out,
                    "<path d=\"M%d %dH%dM%d %dv%d\" fill=\"none\" stroke=\"" INK "\" stroke-width=\"2\"/>", x,
                    y, until, until, y - BAR / 2, BAR);
        fputs("</g>\n", plot->out);
        fprintf(told, "%s%s", role == REPORT_LIMIT ? " / " : "", number);
        x = until > x ? until : x;
        free(number);
    }
    fclose(told);
    svg_text(plot->out, x + 6, y + 5, TEXT, "fill=\"" INK "\"", *numbers ? numbers : "–");
    free(numbers);
}

static void put_row(const struct plot *plot, const struct report_row *row, int y)
{
    char *label = fitted(row->label, plot->x - 2 * EDGE - 4);
    svg_text(plot->out, plot->x - 6, y + 5, TEXT, "text-anchor=\"end\" fill=\"" INK "\"", label);
    free(label);
    if (row->few)
        svg_text(plot->out, plot->x + 6, y + 5, TEXT, "font-style=\"italic\" fill=\"" INK "\"",
                 _("fewer than 5"));
    else
        (report_has_parts(plot->chart) ? put_parts : put_values)(plot, row, y);
}

static void put_axis(const struct plot *plot, int bottom)
{
    for (int64_t at = 0; at <= plot->end; at += plot->step) {
        char number[24];
        int x = x_of(plot, at);
        snprintf(number, sizeof number, "%lld", (long long)at);
        fprintf(plot->out, "<path d=\"M%d 0V%d\" stroke=\"%s\"/>\n", x, bottom, at ? LINE : INK);
        svg_text(plot->out, x, bottom + 16, TEXT, "text-anchor=\"middle\" fill=\"" INK "\"", number);
    }
    svg_text(plot->out, plot->x + plot->width / 2, bottom + 34, TEXT,
             "text-anchor=\"middle\" fill=\"" INK "\"", _(plot->chart->unit));
}

/* What the parts are, or a bar and its line; returns where it ends. */
static int put_legend(const struct plot *plot, int y)
{
    const struct report_chart *chart = plot->chart;
    int x = EDGE, drawn = 0;
    for (size_t c = 0; c < chart->n_columns; c++)
        drawn += report_is_drawn(chart->columns[c].role);
    bool shown = drawn > 1 || report_has_parts(chart);
    for (size_t c = 0; c < chart->n_columns && shown; c++) {
        const struct report_column *column = &chart->columns[c];
        if (!report_is_drawn(column->role))
            continue;
        int width = 20 + svg_text_width(column->heading, TEXT) + 12;
        char hatched[40];
        if (x > EDGE && x + width > WIDTH) {
            x = EDGE;
            y += 20;
        }
        snprintf(hatched, sizeof hatched, "url(#%stogether)", plot->prefix);
        if (column->role == REPORT_LIMIT)
            fprintf(plot->out,
                    "<path d=\"M%d %dh14m0 -6v12\" fill=\"none\" stroke=\"" INK "\" stroke-width=\"2\"/>", x,
                    y);
        else
            fprintf(plot->out,
                    "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"12\" fill=\"%s\" stroke=\"" INK "\"/>", x,
                    y - 6,
                    column->role == REPORT_BAR        ? BAR_FILL
                    : column->role == REPORT_TOGETHER ? hatched
                                                      : shades[shade_of(chart, c)].fill);
        svg_text(plot->out, x + 20, y + 5, TEXT, "fill=\"" INK "\"", column->heading);
        x += width;
    }
    return shown ? y + 14 : y - 10;
}

static void put_title(const struct plot *plot)
{
    FILE *out = plot->out;
    fprintf(out, "<title id=\"%stitle\">", plot->prefix);
    if (plot->chart->team)
        markup_between(out, "", plot->chart->team, ": ");
    markup_between(out, "", _(plot->chart->caption), "</title>\n");
    fprintf(out, "<desc id=\"%sdescription\">", plot->prefix);
    markup_between(out, "", _("Bars from 0 on; the numbers stand in the table beside it."), "</desc>\n");
    if (report_has_parts(plot->chart))
        fprintf(out,
                "<defs><pattern id=\"%stogether\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"" PAPER "\"/>"
                "<path d=\"M0 0V6\" stroke=\"#cccccc\" stroke-width=\"2\"/></pattern></defs>\n",
                plot->prefix);
}

void report_svg(FILE *out, const struct report_chart *chart, const char *prefix)
{
    struct plot plot = {.out = out, .chart = chart, .prefix = prefix};
    int labels = 0, bottom = (int)chart->n_rows * ROW + 6, ticks;
    char largest[24], *body = NULL;
    size_t size;
    for (size_t r = 0; r < chart->n_rows; r++) {
        int width = svg_text_width(chart->rows[r].label, TEXT) + 2;
        labels = width > labels ? width : labels;
    }
    plot.x = EDGE + (labels > LABELS_MAX ? LABELS_MAX : labels) + 10;
    plot.width = WIDTH - plot.x - (report_has_parts(chart) ? 24 : NUMBERS);
    snprintf(largest, sizeof largest, "%lld", (long long)chart->largest);
    ticks = plot.width / (svg_text_width(largest, TEXT) + TICKS_APART);
    plot.step = report_axis_step(chart->largest, ticks < 1 ? 1 : ticks > 5 ? 5 : ticks);
    plot.end = report_axis_end(chart->largest, plot.step);
    plot.out = open_memstream(&body, &size);
    put_axis(&plot, bottom);
    for (size_t r = 0; r < chart->n_rows; r++)
        put_row(&plot, &chart->rows[r], (int)r * ROW + ROW / 2 + 3);
    int height = put_legend(&plot, bottom + 52);
    fclose(plot.out);
    plot.out = out;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-labelledby=\"%stitle %sdescription\" font-family=\"sans-serif\">\n",
            WIDTH, height, prefix, prefix);
    put_title(&plot);
    fputs(body, out);
    fputs("</svg>\n", out);
    free(body);
}
