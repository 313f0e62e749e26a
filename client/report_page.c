#include <stdlib.h>

#include "language.h"
#include "markup.h"
#include "report.h"

/* Plot and table side by side where both fit. */
static const char style[] =
    "body { max-width: 66em }\n"
    "dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1em 1em } dd { margin: 0 }\n"
    "dt { font-weight: bold }\n"
    "figure { margin: 1em 0 1.6em; break-inside: avoid } figure.wide, figure.wide .plot { break-inside: auto "
    "}\n"
    "figcaption { break-after: avoid; font-weight: bold; margin: 0 0 0.5em; overflow-wrap: anywhere }\n"
    ".plot { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.2em; align-items: "
    "start }\n"
    ".wide .plot { display: block } .wide .table { margin-top: 0.8em }\n"
    "svg { break-inside: avoid; display: block; width: 100%; max-width: 32em; height: auto }\n"
    ".table { overflow-x: auto }\n"
    "table { font-size: 0.9em; font-variant-numeric: tabular-nums } td, thead th + th { text-align: right }\n"
    "thead th + th { min-width: 3.6em }\n"
    "th[scope=row] { font-weight: normal; min-width: 6.5em; overflow-wrap: break-word }\n"
    "td { overflow-wrap: normal; white-space: nowrap }\n"
    "th, td { padding: 0.1em 0.5em }\n"
    "@media screen and (max-width: 700px) { .plot { grid-template-columns: minmax(0, 1fr) }\n"
    "  thead th + th { min-width: 0 } th, td { padding: 0.1em 0.3em } }\n"
    "@media print { body { font-size: 10pt } h2 { margin-top: 1.2em } .table { overflow: visible } thead th "
    "+ th { min-width: 0 }\n"
    "  th, td { padding: 0.1em 0.3em } .wide svg "
    "{ max-width: 24em } }\n";

enum { COLUMNS_BESIDE_MAX = 5 /* that fit beside a plot */ };

static void put_row(FILE *out, const struct report_chart *chart, const struct report_row *row)
{
    markup_between(out, "<tr><th scope=\"row\" dir=\"auto\">", row->label, "</th>");
    /* About so few that there is no number, this stands in the place of all. */
    size_t without = row->few ? report_unknown_columns(chart, row) : 0;
    if (without) {
        fprintf(out, "<td colspan=\"%zu\">", without);
        markup_between(out, "", _("fewer than 5"), "</td>");
    }
    for (size_t c = without; c < chart->n_columns; c++) {
        char *text = report_cell_text(chart, row, c);
        markup_between(out, "<td>", text, "</td>");
        free(text);
    }
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct report_chart *chart)
{
    markup_between(out, "<div class=\"table\"><table><thead><tr><th scope=\"col\">", _(chart->row_heading),
                   "</th>");
    for (size_t c = 0; c < chart->n_columns; c++)
        markup_between(out, "<th scope=\"col\">", chart->columns[c].heading, "</th>");
    fputs("</tr></thead><tbody>\n", out);
    for (size_t r = 0; r < chart->n_rows; r++)
        put_row(out, chart, &chart->rows[r]);
    fputs("</tbody></table></div>\n", out);
}

static void put_chart(FILE *out, const struct report_chart *chart, int number)
{
    char prefix[24];
    snprintf(prefix, sizeof prefix, "plot-%d-", number);
    bool wide = chart->n_columns > COLUMNS_BESIDE_MAX || !report_chart_is_drawn(chart);
    fprintf(out, "<figure%s>\n<figcaption dir=\"auto\">", wide ? " class=\"wide\"" : "");
    if (chart->team)
        markup_between(out, "", chart->team, ": ");
    markup_between(out, "", _(chart->caption), "</figcaption>\n");
    if (!report_chart_tells(chart)) {
        markup_between(out, "<p>", _(report_tells_nothing), "</p>\n</figure>\n");
        return;
    }
    fputs("<div class=\"plot\">\n", out);
    /* A plot of nothing says less than the table. */
    if (report_chart_is_drawn(chart))
        report_svg(out, chart, prefix);
    put_table(out, chart);
    fputs("</div>\n</figure>\n", out);
}

static void put_made(FILE *out, const struct report *report)
{
    const struct {
        const char *name;
        char *text;
    } parts[] = {
        {N_("Municipality"), report_teams(report->figures)},
        {N_("Period"), report_period(report->figures)},
        {N_("Made on"), report_made(report->figures)},
    };
    fputs("<dl>\n", out);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        markup_between(out, "<dt>", _(parts[i].name), "</dt>");
        markup_between(out, "<dd dir=\"auto\">", parts[i].text, "</dd>\n");
        free(parts[i].text);
    }
    fputs("</dl>\n", out);
}

void report_page(FILE *out, const struct report *report)
{
    char *title = report_title(report->figures);
    int number = 0;
    /* Translators: the code of the language of the page, as nl. */
    markup_head(out, _("en"), title, style);
    markup_between(out, "<h1>", title, "</h1>\n");
    free(title);
    put_made(out, report);
    markup_between(out, "<p>", _(report_about_figures), " ");
    markup_between(out, "", _(report_few), "</p>\n");
    for (size_t s = 0; s < REPORT_SECTIONS; s++) {
        const struct report_section *section = &report->sections[s];
        markup_between(out, "<h2>", _(section->title), "</h2>\n");
        markup_between(out, "<p>", _(section->definition), "</p>\n");
        if (!section->n_charts)
            markup_between(out, "<p>", _(section->empty), "</p>\n");
        for (size_t c = 0; c < section->n_charts; c++)
            put_chart(out, &section->charts[c], ++number);
    }
    fputs("</body>\n</html>\n", out);
}
