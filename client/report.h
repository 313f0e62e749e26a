/* The report for a manager: figures as charts, which the text, the page and its plots show alike. */
#ifndef TRAJECT_REPORT_H
#define TRAJECT_REPORT_H

#include "command.h"

/* ---- what is shown; names are as the server has them, so that each form is to make them harmless ---- */

enum report_role {
    REPORT_NUMBER,   /* told, and not drawn */
    REPORT_BAR,      /* the bar of its row */
    REPORT_LIMIT,    /* a line that goes on from the bar up to there */
    REPORT_PART,     /* a part of the bar, after those of the columns before it */
    REPORT_TOGETHER, /* the same, of those who are told together, being few */
};

struct report_column {
    char *heading;
    enum report_role role;
    bool percent;
    size_t place; /* among all columns, also those that this chart has nothing of */
};

struct report_row {
    char *label;
    bool few;        /* about fewer than five people, of whom no number is told */
    bool *known;     /* of each column: there is a number */
    int32_t *values; /* and which */
};

/* A table with a bar for each row. */
struct report_chart {
    char *team; /* NULL when it is about all of them */
    const char *caption;
    const char *row_heading; /* of the labels */
    const char *unit;        /* of the axis */
    struct report_column *columns;
    size_t n_columns, n_parts;
    struct report_row *rows;
    size_t n_rows;
    int64_t largest; /* that is drawn, of all teams alike, so that these can be compared; 100 for a share */
};

struct report_section {
    const char *title, *definition;
    const char *empty; /* what is said when there are no charts */
    struct report_chart *charts;
    size_t n_charts;
};

enum { REPORT_SECTIONS = 6 };

struct report {
    const Traject__V1__Report *figures; /* the caller's */
    struct report_section sections[REPORT_SECTIONS];
};

/* Makes charts of the figures, which must outlive them. */
struct report *report_new(const Traject__V1__Report *figures);
void report_free(struct report *report);

/* The number of a cell in words, "12", "83%", or "–" where there is none: to free. */
char *report_cell_text(const struct report_chart *chart, const struct report_row *row, size_t column);
bool report_is_drawn(enum report_role role);
bool report_has_parts(const struct report_chart *chart);

/* How many columns from the first on have no number in this row. */
size_t report_unknown_columns(const struct report_chart *chart, const struct report_row *row);

/* There is a number to draw: in the row, in any row. */
bool report_row_is_drawn(const struct report_chart *chart, const struct report_row *row);
bool report_chart_is_drawn(const struct report_chart *chart);

/* There is a number to tell. */
bool report_chart_tells(const struct report_chart *chart);

/* "Report of Nov 2026"; "1 Nov 2026 up to 1 Dec 2026", and such: to free. */
char *report_title(const Traject__V1__Report *figures);
char *report_period(const Traject__V1__Report *figures);
char *report_teams(const Traject__V1__Report *figures);
char *report_made(const Traject__V1__Report *figures);

/* What holds of all its figures. */
extern const char report_about_figures[], report_few[], report_tells_nothing[];

/* ---- months, as people in the Netherlands count them ---- */

/* The moment at which the month begins; month 13 is January of the next year, month 0 December of the one
 * before. */
int64_t report_month_start(int year, int month);

/* Which month ends at that moment. Returns 0, or -1 when none does. */
int report_month_ending(int64_t at, int *year, int *month);

/* ---- axes ---- */

/* The distance between ticks from 0 up to the first that is not below `largest`, of which there are no more
 * than `intervals` (1 or more): 1, 2 or 5 times a power of ten. */
int64_t report_axis_step(int64_t largest, int intervals);

/* Where an axis of that step ends. */
int64_t report_axis_end(int64_t largest, int64_t step);

/* How far along an axis of `length` the value is, rounded. */
int report_axis_at(int64_t value, int64_t end, int length);

/* ---- the forms ---- */

void report_terminal(FILE *out, const struct report *report, int columns, bool utf8);
void report_page(FILE *out, const struct report *report);

/* One <svg> element; the prefix makes its ids differ from those of others on the page. */
void report_svg(FILE *out, const struct report_chart *chart, const char *prefix);

/* One table: a row for each of a figure, with the columns of all. */
void report_csv(FILE *out, const Traject__V1__Report *figures);

#endif
