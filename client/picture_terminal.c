#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "picture.h"

enum style { PLAIN, DIM, STAGE, COACH, EMPLOYER, SILENCE, MARK };
static const char *const styles[] = {
    [PLAIN] = "\033[0m",     [DIM] = "\033[2m",      [STAGE] = "\033[34m", [COACH] = "\033[32m",
    [EMPLOYER] = "\033[35m", [SILENCE] = "\033[33m", [MARK] = "\033[1m",
};

/* Each sign in UTF-8 and in ASCII. No two of them differ by colour alone. */
enum sign {
    STAGE_BAR,
    COACH_BAR,
    EMPLOYER_BAR,
    SILENCE_BAR,
    ENTRY,
    MOVED,
    ENDED,
    CONTACT,
    ATTEMPT,
    OTHERS,
    SEVERAL,
    GOES_ON,
    NOW,
    AXIS,
    TICK,
    CUT,
};
static const char *const signs[][2] = {
    [STAGE_BAR] = {"━", "="},   [COACH_BAR] = {"─", "-"}, [EMPLOYER_BAR] = {"═", "#"},
    [SILENCE_BAR] = {"░", "~"}, [ENTRY] = {"•", "*"},     [MOVED] = {"▶", ">"},
    [ENDED] = {"■", "X"},       [CONTACT] = {"●", "o"},   [ATTEMPT] = {"○", "?"},
    [OTHERS] = {"◆", "@"},      [SEVERAL] = {"+", "%"},   [GOES_ON] = {"›", "}"},
    [NOW] = {"┊", ":"},         [AXIS] = {"─", "-"},      [TICK] = {"┬", "+"},
    [CUT] = {"…", "."},
};

static const struct {
    enum journey_span_kind kind;
    enum sign sign;
    enum style style;
    const char *legend;
} bars[] = {
    [JOURNEY_IN_STAGE] = {JOURNEY_IN_STAGE, STAGE_BAR, STAGE, N_("in this stage")},
    [JOURNEY_COACH] = {JOURNEY_COACH, COACH_BAR, COACH, N_("guided by the coach")},
    [JOURNEY_EMPLOYER] = {JOURNEY_EMPLOYER, EMPLOYER_BAR, EMPLOYER, N_("guided by the employer")},
    [JOURNEY_SILENCE] = {JOURNEY_SILENCE, SILENCE_BAR, SILENCE, N_("longer without contact than agreed")},
};

struct canvas {
    const struct session *session;
    const struct picture *picture;
    int margin, columns; /* of the names of lanes with the space after them; of time */
    int now;             /* the column of now, or -1 when the trajectory has ended */
    bool utf8;
    struct cell {
        char text[8]; /* one character of one column */
        enum style style;
    } * cells; /* of the row that is drawn */
    bool shown[sizeof signs / sizeof *signs];
};

static void put_sign(struct canvas *canvas, int column, enum sign sign, enum style style)
{
    if (column < 0 || column >= canvas->columns)
        return;
    struct cell *cell = &canvas->cells[column];
    snprintf(cell->text, sizeof cell->text, "%s", signs[sign][!canvas->utf8]);
    cell->style = style;
    canvas->shown[sign] = true;
}

static void clear_row(struct canvas *canvas)
{
    for (int i = 0; i < canvas->columns; i++)
        canvas->cells[i] = (struct cell){.text = " "};
    if (canvas->now >= 0)
        put_sign(canvas, canvas->now, NOW, DIM);
}

static void print_row(const struct canvas *canvas, const char *name)
{
    FILE *out = canvas->session->out;
    int used = 0, columns = 0, last = canvas->columns;
    mbstate_t state = {0};
    for (const char *c = name; *c && used < canvas->margin - 2;) {
        size_t length = output_character(c, &state, &columns);
        fwrite(c, 1, length, out);
        c += length;
        used += columns;
    }
    while (last > 0 && strcmp(canvas->cells[last - 1].text, " ") == 0)
        last--;
    fprintf(out, "%*s", last ? canvas->margin - used : 0, "");
    enum style style = PLAIN;
    for (int i = 0; i < last; i++) {
        const struct cell *cell = &canvas->cells[i];
        if (canvas->session->colour && cell->style != style)
            fprintf(out, "%s%s", styles[PLAIN], styles[cell->style]);
        style = cell->style;
        fputs(cell->text, out);
    }
    fprintf(out, "%s\n", canvas->session->colour && style != PLAIN ? styles[PLAIN] : "");
}

/* Text over the cells of a row, cut where there is no more room. */
static void put_text(struct canvas *canvas, int from, int until, const char *text, enum style style)
{
    mbstate_t state = {0};
    int columns;
    for (const char *c = text; *c;) {
        size_t length = output_character(c, &state, &columns);
        bool fits = columns == 1 && length < sizeof canvas->cells->text;
        if (columns > 0 && from < until) {
            struct cell *cell = &canvas->cells[from++];
            snprintf(cell->text, sizeof cell->text, "%.*s", fits ? (int)length : 1, fits ? c : "?");
            cell->style = style;
        }
        c += length;
    }
}

/* ---- rows ---- */

static void put_name(struct canvas *canvas, int from, int until, const char *name, enum style style)
{
    put_text(canvas, from, until, name, style);
    if (output_width(name) > until - from)
        put_sign(canvas, until - 1, CUT, style);
}

/* Each span has one cell at least. */
static void draw_spans(struct canvas *canvas, int lane)
{
    const struct journey *journey = canvas->picture->journey;
    for (size_t i = 0; i < journey->n_spans; i++) {
        const struct journey_span *span = &journey->spans[i];
        if (span->lane != lane)
            continue;
        int from = journey_column(journey, span->since, canvas->columns),
            until = journey_column(journey, span->until, canvas->columns);
        enum style style = bars[span->kind].style;
        for (int column = from; column < until || column == from; column++)
            put_sign(canvas, column, bars[span->kind].sign, style);
        if (span->lasts)
            put_sign(canvas, until, GOES_ON, style);
        char *name = span->name ? strdup(span->name) : NULL;
        if (name) {
            output_tame(name);
            /* Nothing of a name is better than a letter or two. */
            if (until - from >= 7)
                put_name(canvas, from + 2, until - 1, name, style);
        }
        free(name);
    }
}

static enum sign sign_of(const struct journey_mark *mark)
{
    switch (mark->lane) {
    case JOURNEY_CONTACT:
        return CONTACT;
    case JOURNEY_ATTEMPT:
        return ATTEMPT;
    case JOURNEY_OTHERS:
        return OTHERS;
    default:
        break;
    }
    switch (mark->entry->kind) {
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_STARTED:
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_STAGE_MOVED:
        return MOVED;
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_ENDED:
        return ENDED;
    default:
        return ENTRY;
    }
}

static void draw_group(struct canvas *canvas, const struct journey_group *group,
                       const struct journey_mark *const *marks)
{
    const struct journey_mark *last = marks[group->first + group->count - 1];
    struct cell *cell = &canvas->cells[group->column];
    const char *step = picture_step(last->entry);
    if (step) {
        /* Of steps at one moment the last one: it says where the handover is. */
        put_text(canvas, group->column, group->column + 1, step, MARK);
    } else if (group->count == 1) {
        put_sign(canvas, group->column, sign_of(last), MARK);
    } else {
        put_sign(canvas, group->column, SEVERAL, MARK);
        if (group->count < 10)
            snprintf(cell->text, sizeof cell->text, "%zu", group->count);
    }
}

/* Returns how many marks the lane has. */
static size_t draw_lane(struct canvas *canvas, int lane)
{
    const struct journey *journey = canvas->picture->journey;
    const struct journey_mark **marks = calloc(journey->n_marks, sizeof *marks);
    struct journey_group *groups = calloc(journey->n_marks, sizeof *groups);
    clear_row(canvas);
    draw_spans(canvas, lane);
    size_t n = journey_groups(journey, lane, canvas->columns, 1, marks, groups);
    for (size_t i = 0; i < n; i++)
        draw_group(canvas, &groups[i], marks);
    free(marks);
    free(groups);
    return n;
}

static void draw_axis(struct canvas *canvas)
{
    struct journey_tick ticks[JOURNEY_TICKS_MAX];
    const struct journey *journey = canvas->picture->journey;
    size_t n = journey_ticks(journey, canvas->columns, 10, ticks);
    clear_row(canvas);
    for (int column = 0; column < canvas->columns; column++)
        put_sign(canvas, column, AXIS, DIM);
    for (size_t i = 0; i < n; i++)
        put_sign(canvas, journey_column(journey, ticks[i].at, canvas->columns), TICK, DIM);
    print_row(canvas, "");
    canvas->now = -1;
    clear_row(canvas);
    for (size_t i = 0; i < n; i++) {
        int column = journey_column(journey, ticks[i].at, canvas->columns),
            width = output_width(ticks[i].label);
        /* At the edge before its tick rather than cut. */
        if (column + width > canvas->columns)
            column = canvas->columns - width;
        put_text(canvas, column < 0 ? 0 : column, canvas->columns, ticks[i].label, DIM);
    }
    print_row(canvas, "");
}

/* As many in a line as the picture is wide. */
struct legend {
    const struct canvas *canvas;
    int used;
};

static void add_legend(struct legend *legend, const char *sign, const char *meaning)
{
    const struct canvas *canvas = legend->canvas;
    int width = output_width(sign) + 1 + output_width(meaning);
    if (legend->used && legend->used + 3 + width > canvas->columns) {
        fputc('\n', canvas->session->out);
        legend->used = 0;
    }
    fprintf(canvas->session->out, "%*s%s %s", legend->used ? 3 : canvas->margin, "", sign, meaning);
    legend->used += width + (legend->used ? 3 : 0);
}

/* What the signs mean that are there. */
static void draw_legend(const struct canvas *canvas)
{
    static const struct {
        enum sign sign;
        const char *meaning;
    } meanings[] = {{MOVED, N_("another stage")},
                    {ENTRY, N_("an entry")},
                    {CONTACT, N_("contact")},
                    {ATTEMPT, N_("no answer")},
                    {OTHERS, N_("contact with others")},
                    {ENDED, N_("the end")},
                    {GOES_ON, N_("goes on")}};
    const struct journey *journey = canvas->picture->journey;
    struct legend legend = {.canvas = canvas};
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (canvas->shown[meanings[i].sign])
            add_legend(&legend, signs[meanings[i].sign][!canvas->utf8], _(meanings[i].meaning));
    }
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
        if (canvas->shown[bars[i].sign])
            add_legend(&legend, signs[bars[i].sign][!canvas->utf8], _(bars[i].legend));
    }
    if (canvas->shown[SEVERAL])
        add_legend(&legend, signs[SEVERAL][!canvas->utf8], _("many at once (2 to 9: so many)"));
    const char *told[JOURNEY_LANES] = {0};
    size_t n = 0;
    for (size_t i = 0; i < journey->n_marks; i++) {
        const char *step = picture_step(journey->marks[i].entry);
        bool seen = !step;
        for (size_t k = 0; k < n && !seen; k++)
            seen = told[k] == step;
        if (!seen && n < JOURNEY_LANES)
            told[n++] = step;
    }
    for (size_t i = 0; i < n; i++) {
        size_t first = strcspn(told[i], " ");
        char *sign = strndup(told[i], first);
        add_legend(&legend, sign, told[i] + first + (told[i][first] == ' '));
        free(sign);
    }
    if (canvas->now >= 0 || canvas->shown[NOW])
        add_legend(&legend, signs[NOW][!canvas->utf8], canvas->picture->earlier ? _("then") : _("today"));
    fputc('\n', canvas->session->out);
}

void picture_terminal(const struct session *session, const struct picture *picture, int columns, bool utf8)
{
    struct canvas canvas = {.session = session, .picture = picture, .utf8 = utf8};
    char *names[JOURNEY_LANES], *title = picture_title(picture), *period = picture_period(picture);
    for (int lane = 0; lane < JOURNEY_LANES; lane++) {
        names[lane] = picture_lane_name(picture, lane);
        int width = output_width(names[lane]) + 2;
        canvas.margin = width > canvas.margin ? width : canvas.margin;
    }
    if (canvas.margin > columns / 3)
        canvas.margin = columns / 3;
    canvas.columns = columns - canvas.margin;
    canvas.cells = calloc((size_t)canvas.columns, sizeof *canvas.cells);
    const struct journey *journey = picture->journey;
    canvas.now = journey->ended ? -1 : journey_column(journey, journey->now, canvas.columns);
    output_hanging(session, "", 0, title);
    output_hanging(session, "", 0, period);
    fputc('\n', session->out);
    for (int lane = 0; lane < JOURNEY_LANES; lane++) {
        size_t n = draw_lane(&canvas, lane);
        /* The lanes of the stages and who guides stand there always: so it is seen where the client has not
         * been. */
        if (n || lane <= JOURNEY_GUIDANCE || lane == JOURNEY_CONTACT)
            print_row(&canvas, names[lane]);
        free(names[lane]);
    }
    draw_axis(&canvas);
    draw_legend(&canvas);
    free(canvas.cells);
    free(title);
    free(period);
}
