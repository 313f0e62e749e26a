#include "report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "language.h"
#include "output.h"

/* ---- fields of a figure ---- */

static const void *value_of(const ProtobufCMessage *figure, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(figure->descriptor, name);
    return field && field_count(figure, field) ? field_value(figure, field, 0) : NULL;
}

static const char *team_of(const ProtobufCMessage *figure)
{
    return *(char *const *)value_of(figure, "team");
}

static const Google__Protobuf__Timestamp *moment_of(const ProtobufCMessage *figure)
{
    const void *value = value_of(figure, "at");
    return value ? *(Google__Protobuf__Timestamp *const *)value : NULL;
}

/* One that is withheld and is about people of whom there are too few in all. */
static bool is_few(const ProtobufCMessage *figure)
{
    return !value_of(figure, "clients");
}

/* Told together, being few, of the others. */
static bool is_together(const ProtobufCMessage *figure)
{
    return *(const protobuf_c_boolean *)value_of(figure, "withheld");
}

/* ---- how rows and parts are called ---- */

static char *word_or_together(const ProtobufCMessage *figure, const char *name)
{
    return value_of(figure, name) ? output_value(NULL, figure, name, SHOW_WORD)
                                  : strdup(_("together, being few"));
}

static char *stage_label(const ProtobufCMessage *figure)
{
    return word_or_together(figure, "stage");
}

static char *team_label(const ProtobufCMessage *figure)
{
    return strdup(team_of(figure));
}

static char *coach_label(const ProtobufCMessage *figure)
{
    const void *coach = value_of(figure, "coach");
    return strdup(coach ? *(char *const *)coach : _("together, being few"));
}

static char *coaches_label(const ProtobufCMessage *figure)
{
    const int32_t *coaches = value_of(figure, "coaches");
    char *text;
    if (!coaches)
        return strdup(_("together, being few"));
    if (asprintf(&text, ngettext("%d coach", "%d coaches", (unsigned long)*coaches), *coaches) < 0)
        abort();
    return text;
}

static char *length_label(const ProtobufCMessage *figure)
{
    const int32_t *least = value_of(figure, "days_min"), *most = value_of(figure, "days_max");
    char *text;
    if (!least)
        return strdup(_("together, being few"));
    if ((most ? asprintf(&text, _("%d to %d days"), *least, *most)
              : asprintf(&text, _("%d days or more"), *least)) < 0)
        abort();
    return text;
}

/* The month that ended then, or the date. */
static char *moment_label(const ProtobufCMessage *figure)
{
    char text[40];
    int year, month;
    int64_t at = moment_of(figure)->seconds;
    if (report_month_ending(at, &year, &month) == 0)
        when_month(year, month, text, sizeof text);
    else
        when_date(at, text, sizeof text);
    return strdup(text);
}

/* ---- which of a figure's rows ---- */

static bool is_whole_team(const ProtobufCMessage *figure)
{
    return !value_of(figure, "coach") && (is_few(figure) || !is_together(figure));
}

/* Of the last moment that is told of the team. */
static bool is_latest_of_coach(const ProtobufCMessage *figure, const Traject__V1__Report *figures)
{
    const Google__Protobuf__Timestamp *at = moment_of(figure);
    for (size_t i = 0; i < figures->n_contact; i++) {
        const Traject__V1__ContactFigure *other = figures->contact[i];
        if (other->at->seconds > at->seconds)
            return false;
    }
    return !is_whole_team(figure);
}

static bool is_of_team(const ProtobufCMessage *figure, const Traject__V1__Report *figures)
{
    (void)figures;
    return is_whole_team(figure);
}

/* ---- the charts, as data ---- */

enum { VIEW_COLUMNS_MAX = 8 };

static const struct view {
    const char *title; /* of the section that begins with it; NULL: of the section before */
    const char *definition, *empty;
    const char *caption, *unit;
    const char *figure; /* the report's field */
    bool (*is_shown)(const ProtobufCMessage *figure, const Traject__V1__Report *figures); /* NULL: all are */
    bool teams_together;                                                                  /* in one chart */
    const char *row_heading;
    char *(*row)(const ProtobufCMessage *figure);
    const char *part; /* the field by which the parts of a bar differ; NULL: a figure is a row */
    char *(*part_label)(const ProtobufCMessage *figure);
    struct {
        const char *field, *heading;
        enum report_role role;
    } columns[VIEW_COLUMNS_MAX];
} views[] = {
    {.title = N_("Stages over time"),
     .definition = N_("How many clients were in which stage at the end of each month. Going back to a stage, "
                      "or skipping one, is part of the way and no mistake."),
     .empty = N_("There was no open trajectory."),
     .caption = N_("Clients by stage"),
     .unit = N_("clients"),
     .figure = "stages",
     .row_heading = N_("End of"),
     .row = moment_label,
     .part = "stage",
     .part_label = stage_label},
    {.title = N_("Time in stage"),
     .definition =
         N_("How many days clients spent in a stage, of all times that ran in the period. Half of them "
            "took no more days than the median, and 9 in 10 no more than the last number. Of who was "
            "still there at the end, the days until then count."),
     .empty = N_("There was no open trajectory."),
     .caption = N_("Days in a stage: median, and what 9 in 10 stay under"),
     .unit = N_("days"),
     .figure = "times",
     .row_heading = N_("Stage"),
     .row = stage_label,
     .columns = {{"clients", N_("clients"), REPORT_NUMBER},
                 {"spells", N_("times"), REPORT_NUMBER},
                 {"running", N_("still there"), REPORT_NUMBER},
                 {"median_days", N_("median"), REPORT_BAR},
                 {"p90_days", N_("9 in 10"), REPORT_LIMIT}}},
    {.title = N_("Contact within the rhythm"),
     .definition =
         N_("The share of clients who had been reached within the agreed rhythm: at the end of the "
            "month their next contact was not yet due. An attempt that nobody answered is no contact."),
     .empty = N_("There was no open trajectory."),
     .caption = N_("Clients reached within the agreed rhythm, month by month"),
     .unit = N_("percent of clients"),
     .figure = "contact",
     .is_shown = is_of_team,
     .row_heading = N_("End of"),
     .row = moment_label,
     .columns = {{"clients", N_("clients"), REPORT_NUMBER},
                 {"within", N_("within"), REPORT_NUMBER},
                 {"percent", N_("share"), REPORT_BAR}}},
    {.caption = N_("Clients reached within the agreed rhythm, by coach, at the end of the period"),
     .unit = N_("percent of clients"),
     .figure = "contact",
     .is_shown = is_latest_of_coach,
     .row_heading = N_("Coach"),
     .row = coach_label,
     .columns = {{"clients", N_("clients"), REPORT_NUMBER},
                 {"within", N_("within"), REPORT_NUMBER},
                 {"percent", N_("share"), REPORT_BAR}}},
    {.title = N_("Gone without contact"),
     .definition = N_("How many clients were past the agreed rhythm at the end of each month, and for how "
                      "long: the whole days "
                      "since their contact was due. Until somebody has been reached for the first time, "
                      "contact is due from the "
                      "start. This report names no clients; \"traject quiet\" shows a team who they are."),
     .empty = N_("Nobody was past the agreed rhythm."),
     .caption = N_("Clients past the rhythm, by how long"),
     .unit = N_("clients"),
     .figure = "silence",
     .row_heading = N_("End of"),
     .row = moment_label,
     .part = "days_min",
     .part_label = length_label},
    {.title = N_("Handovers of guidance to the employer"),
     .definition =
         N_("The handovers that were flagged in the period, and how far they have come by now. The time "
            "from first work to handover is that of the completed ones. \"Nobody guided\" counts the "
            "times that neither coach nor employer guided somebody."),
     .empty = N_("There was no open trajectory."),
     .caption = N_("Days from first work to a completed handover: median, and what 9 in 10 stay under"),
     .unit = N_("days"),
     .figure = "handovers",
     .teams_together = true,
     .row_heading = N_("Team"),
     .row = team_label,
     .columns = {{"clients", N_("clients"), REPORT_NUMBER},
                 {"median_days", N_("median"), REPORT_BAR},
                 {"p90_days", N_("9 in 10"), REPORT_LIMIT},
                 {"gaps_in_guidance", N_("nobody guided"), REPORT_NUMBER}}},
    {.caption = N_("What became of the handovers"),
     .unit = N_("handovers"),
     .figure = "handovers",
     .teams_together = true,
     .row_heading = N_("Team"),
     .row = team_label,
     .columns = {{"flagged", N_("flagged"), REPORT_BAR},
                 {"accepted", N_("accepted"), REPORT_NUMBER},
                 {"declined", N_("declined"), REPORT_NUMBER},
                 {"withdrawn", N_("withdrawn"), REPORT_NUMBER},
                 {"completed", N_("completed"), REPORT_NUMBER},
                 {"returned", N_("returned"), REPORT_NUMBER}}},
    {.title = N_("Coaches"),
     .definition =
         N_("How many coaches clients had in the period, and how often somebody had to tell the own story "
            "anew to another coach."),
     .empty = N_("There was no open trajectory."),
     .caption = N_("Clients by the number of coaches they had"),
     .unit = N_("clients"),
     .figure = "coaches",
     .row_heading = N_("Coaches"),
     .row = coaches_label,
     .columns = {{"clients", N_("clients"), REPORT_BAR},
                 {"stories_retold", N_("story told anew"), REPORT_NUMBER}}},
};

bool report_is_drawn(enum report_role role)
{
    return role != REPORT_NUMBER;
}

static bool is_part(enum report_role role)
{
    return role == REPORT_PART || role == REPORT_TOGETHER;
}

bool report_has_parts(const struct report_chart *chart)
{
    return chart->n_columns && is_part(chart->columns[0].role);
}

size_t report_unknown_columns(const struct report_chart *chart, const struct report_row *row)
{
    size_t unknown = 0;
    while (unknown < chart->n_columns && !row->known[unknown])
        unknown++;
    return unknown;
}

bool report_row_is_drawn(const struct report_chart *chart, const struct report_row *row)
{
    for (size_t c = 0; c < chart->n_columns; c++) {
        if (row->known[c] && report_is_drawn(chart->columns[c].role))
            return true;
    }
    return false;
}

bool report_chart_tells(const struct report_chart *chart)
{
    for (size_t r = 0; r < chart->n_rows; r++) {
        for (size_t c = 0; c < chart->n_columns; c++) {
            if (chart->rows[r].known[c])
                return true;
        }
    }
    return false;
}

bool report_chart_is_drawn(const struct report_chart *chart)
{
    for (size_t r = 0; r < chart->n_rows; r++) {
        if (report_row_is_drawn(chart, &chart->rows[r]))
            return true;
    }
    return false;
}

char *report_cell_text(const struct report_chart *chart, const struct report_row *row, size_t column)
{
    char *text;
    if (!row->known[column])
        return strdup("–");
    if (asprintf(&text, chart->columns[column].percent ? "%d%%" : "%d", row->values[column]) < 0)
        abort();
    return text;
}

/* ---- making them ---- */

struct figures {
    const ProtobufCMessage **rows;
    size_t count;
};

static struct figures figures_of(const Traject__V1__Report *report, const char *name,
                                 bool (*is_shown)(const ProtobufCMessage *, const Traject__V1__Report *))
{
    const ProtobufCFieldDescriptor *list =
        protobuf_c_message_descriptor_get_field_by_name(report->base.descriptor, name);
    size_t count = field_count(&report->base, list);
    struct figures figures = {.rows = calloc(count + 1, sizeof *figures.rows)};
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *row = *(ProtobufCMessage *const *)field_value(&report->base, list, i);
        if (!is_shown || is_shown(row, report))
            figures.rows[figures.count++] = row;
    }
    return figures;
}

static struct report_chart *add_chart(struct report_section *section, const struct view *view,
                                      const char *team)
{
    section->charts = reallocarray(section->charts, section->n_charts + 1, sizeof *section->charts);
    struct report_chart *chart = &section->charts[section->n_charts++];
    *chart = (struct report_chart){.team = team ? strdup(team) : NULL,
                                   .caption = view->caption,
                                   .row_heading = view->row_heading,
                                   .unit = view->unit};
    return chart;
}

static void add_column(struct report_chart *chart, char *heading, enum report_role role, bool percent)
{
    chart->columns = reallocarray(chart->columns, chart->n_columns + 1, sizeof *chart->columns);
    chart->columns[chart->n_columns] = (struct report_column){heading, role, percent, chart->n_columns};
    chart->n_columns++;
    chart->n_parts += role == REPORT_PART;
}

/* A row without numbers yet; the columns are there. */
static struct report_row *add_row(struct report_chart *chart, char *label)
{
    chart->rows = reallocarray(chart->rows, chart->n_rows + 1, sizeof *chart->rows);
    struct report_row *row = &chart->rows[chart->n_rows++];
    *row = (struct report_row){.label = label,
                               .known = calloc(chart->n_columns + 1, sizeof *row->known),
                               .values = calloc(chart->n_columns + 1, sizeof *row->values)};
    return row;
}

static void set_value(struct report_row *row, size_t column, const int32_t *value)
{
    row->known[column] = value != NULL;
    row->values[column] = value ? *value : 0;
}

/* Each figure is a row. */
static void add_plain(struct report_section *section, const struct view *view,
                      const Traject__V1__Report *report)
{
    struct figures figures = figures_of(report, view->figure, view->is_shown);
    struct report_chart *chart = NULL;
    for (size_t i = 0; i < figures.count; i++) {
        const ProtobufCMessage *figure = figures.rows[i];
        if (!chart || (!view->teams_together && strcmp(team_of(figures.rows[i - 1]), team_of(figure)) != 0)) {
            chart = add_chart(section, view, view->teams_together ? NULL : team_of(figure));
            for (size_t c = 0; view->columns[c].field; c++)
                add_column(chart, strdup(_(view->columns[c].heading)), view->columns[c].role,
                           strcmp(view->columns[c].field, "percent") == 0);
        }
        struct report_row *row = add_row(chart, view->row(figure));
        row->few = is_few(figure);
        for (size_t c = 0; c < chart->n_columns; c++)
            set_value(row, c, value_of(figure, view->columns[c].field));
    }
    free(figures.rows);
}

/* What tells one part from another; of those who are told together more than of any. */
static int64_t part_key(const struct view *view, const ProtobufCMessage *figure)
{
    const int32_t *key = value_of(figure, view->part);
    return key ? *key : INT64_MAX;
}

static const struct view *sorted_by;

static int by_part(const void *one, const void *other)
{
    int64_t a = part_key(sorted_by, *(const ProtobufCMessage *const *)one),
            b = part_key(sorted_by, *(const ProtobufCMessage *const *)other);
    return (a > b) - (a < b);
}

/* One figure of each part that there is, of all teams, so that a part looks the same in each chart. */
static struct figures parts_of(const struct view *view, const Traject__V1__Report *report)
{
    struct figures parts = figures_of(report, view->figure, view->is_shown);
    size_t count = 0;
    sorted_by = view;
    qsort(parts.rows, parts.count, sizeof *parts.rows, by_part);
    for (size_t i = 0; i < parts.count; i++) {
        if (count == 0 || part_key(view, parts.rows[i]) != part_key(view, parts.rows[count - 1]))
            parts.rows[count++] = parts.rows[i];
    }
    parts.count = count;
    return parts;
}

static bool same_moment(const ProtobufCMessage *one, const ProtobufCMessage *other)
{
    const Google__Protobuf__Timestamp *a = moment_of(one), *b = moment_of(other);
    return strcmp(team_of(one), team_of(other)) == 0 && a->seconds == b->seconds && a->nanos == b->nanos;
}

/* Leaves out the parts of which a chart has nothing. */
static void drop_empty(struct report_chart *chart)
{
    assert(chart);
    size_t kept = 0;
    for (size_t c = 0; c < chart->n_columns; c++) {
        bool known = false;
        for (size_t r = 0; r < chart->n_rows; r++)
            known = known || chart->rows[r].known[c];
        if (!known) {
            free(chart->columns[c].heading);
            continue;
        }
        for (size_t r = 0; r < chart->n_rows; r++) {
            chart->rows[r].known[kept] = chart->rows[r].known[c];
            chart->rows[r].values[kept] = chart->rows[r].values[c];
        }
        chart->columns[kept++] = chart->columns[c];
    }
    chart->n_columns = kept;
}

/* The figures of a team and a moment are one row, each in the column of its part. There is a row for every
 * moment at which the team had clients, so that one at which there is nothing to count is seen. */
static void add_parts(struct report_section *section, const struct view *view,
                      const Traject__V1__Report *report)
{
    struct figures figures = figures_of(report, view->figure, view->is_shown),
                   moments = figures_of(report, "stages", NULL), parts = parts_of(view, report);
    struct report_chart *chart = NULL;
    for (size_t i = 0; figures.count && i < moments.count; i++) {
        const ProtobufCMessage *moment = moments.rows[i];
        if (chart && same_moment(moments.rows[i - 1], moment))
            continue;
        if (!chart || strcmp(team_of(moments.rows[i - 1]), team_of(moment)) != 0) {
            if (chart)
                drop_empty(chart);
            chart = add_chart(section, view, team_of(moment));
            for (size_t p = 0; p < parts.count; p++)
                add_column(chart, view->part_label(parts.rows[p]),
                           is_together(parts.rows[p]) ? REPORT_TOGETHER : REPORT_PART, false);
        }
        struct report_row *row = add_row(chart, view->row(moment));
        for (size_t f = 0; f < figures.count; f++) {
            if (!same_moment(figures.rows[f], moment))
                continue;
            size_t p = 0;
            while (part_key(view, parts.rows[p]) != part_key(view, figures.rows[f]))
                p++;
            row->few = row->few || is_few(figures.rows[f]);
            set_value(row, p, value_of(figures.rows[f], "clients"));
        }
    }
    if (chart)
        drop_empty(chart);
    free(figures.rows);
    free(moments.rows);
    free(parts.rows);
}

/* What of a row is drawn, up to its end. */
static int64_t drawn(const struct report_chart *chart, const struct report_row *row)
{
    int64_t sum = 0, largest = 0;
    for (size_t c = 0; c < chart->n_columns; c++) {
        enum report_role role = chart->columns[c].role;
        if (is_part(role))
            sum += row->values[c];
        else if (report_is_drawn(role) && row->values[c] > largest)
            largest = row->values[c];
    }
    return sum > largest ? sum : largest;
}

/* The charts of one view, from the first on, have one axis. */
static void set_largest(struct report_chart *charts, size_t count)
{
    int64_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < charts[i].n_rows; r++) {
            int64_t of_row = drawn(&charts[i], &charts[i].rows[r]);
            largest = of_row > largest ? of_row : largest;
        }
        for (size_t c = 0; c < charts[i].n_columns; c++)
            largest = charts[i].columns[c].percent ? 100 : largest;
    }
    for (size_t i = 0; i < count; i++)
        charts[i].largest = largest;
}

struct report *report_new(const Traject__V1__Report *figures)
{
    struct report *report = calloc(1, sizeof *report);
    size_t sections = 0;
    report->figures = figures;
    for (size_t v = 0; v < sizeof views / sizeof *views; v++) {
        const struct view *view = &views[v];
        if (view->title)
            report->sections[sections++] =
                (struct report_section){view->title, view->definition, view->empty, NULL, 0};
        struct report_section *section = &report->sections[sections - 1];
        size_t first = section->n_charts;
        (view->part ? add_parts : add_plain)(section, view, figures);
        if (section->n_charts > first)
            set_largest(&section->charts[first], section->n_charts - first);
    }
    return report;
}

static void free_chart(struct report_chart *chart)
{
    for (size_t c = 0; c < chart->n_columns; c++)
        free(chart->columns[c].heading);
    for (size_t r = 0; r < chart->n_rows; r++) {
        free(chart->rows[r].label);
        free(chart->rows[r].known);
        free(chart->rows[r].values);
    }
    free(chart->columns);
    free(chart->rows);
    free(chart->team);
}

void report_free(struct report *report)
{
    for (size_t s = 0; s < REPORT_SECTIONS; s++) {
        for (size_t c = 0; c < report->sections[s].n_charts; c++)
            free_chart(&report->sections[s].charts[c]);
        free(report->sections[s].charts);
    }
    free(report);
}
