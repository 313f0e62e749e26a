#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "markup.h"
#include "output.h"
#include "picture.h"
#include "svg.h"

/* Whole numbers only: a decimal point would follow the user's locale. */
enum {
    EDGE = 16,        /* around all of it */
    NAMES = 190,      /* for the names of lanes, when they stand beside them */
    AFTER = 14,       /* behind the last moment, for what goes on */
    LANE = 38,        /* the height of one, */
    LANE_NARROW = 58, /* and with its name above it */
    BAR = 20,
    RADIUS = 5,    /* the radius of a mark, */
    GROUP = 10,    /* and of a number of them */
    APART = 21,    /* between marks, so that none covers another */
    PADDING = 8,   /* around a name in a bar */
    LETTER = 11,   /* of a step of the handover */
    STEPS_MAX = 4, /* that are shown for one place */
    TOLD_MAX = 8,  /* entries that a group tells of, where the pointer is */
    TEXT = 14,
    NARROW_BELOW = 600,
};

#define BLUE   "#1f4e79"
#define GREEN  "#14532d"
#define BROWN  "#8a3b00"
#define CREAM  "#fdebd8"
#define PURPLE "#5b2a86"
#define OLIVE  "#5c4a00"

/* What lasts: no two alike without their colour, since one is patterned, one is light with a border. */
static const struct {
    const char *fill, *stroke, *ink; /* the fill NULL: hatched */
    const char *legend;
} bars[] = {
    [JOURNEY_IN_STAGE] = {BLUE, BLUE, PAPER, N_("in this stage")},
    [JOURNEY_COACH] = {GREEN, GREEN, PAPER, N_("guided by the coach")},
    [JOURNEY_EMPLOYER] = {CREAM, BROWN, INK, N_("guided by the employer")},
    [JOURNEY_SILENCE] = {NULL, BROWN, INK, N_("longer without contact than agreed")},
};

enum shape { DISC, RING, DIAMOND, DOT, TRIANGLE, SQUARE, NUMBER, SHAPES };

static const struct {
    const char *colour;
    const char *legend;
} shapes[] = {
    [DISC] = {BLUE, N_("contact")},
    [RING] = {PURPLE, N_("no answer")},
    [DIAMOND] = {OLIVE, N_("contact with others")},
    [DOT] = {BLUE, N_("an entry")},
    [TRIANGLE] = {BLUE, N_("another stage")},
    [SQUARE] = {INK, N_("the end")},
    [NUMBER] = {INK, N_("so many at about one time")},
};

struct drawing {
    FILE *out;
    const struct picture *picture;
    const char *prefix;
    int width, plot_x, plot_width;
    bool narrow;
    bool shape_shown[SHAPES], bar_shown[sizeof bars / sizeof *bars];
};

static int x_of(const struct drawing *drawing, int64_t at)
{
    return drawing->plot_x + journey_column(drawing->picture->journey, at, drawing->plot_width);
}

/* ---- marks ---- */

static void put_shape(FILE *out, enum shape shape, int x, int y)
{
    const char *colour = shapes[shape].colour;
    switch (shape) {
    case DISC:
        fprintf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"%s\" stroke=\"" PAPER "\"/>", x, y,
                RADIUS + 1, colour);
        break;
    case RING:
        fprintf(out,
                "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"" PAPER "\" stroke=\"%s\" stroke-width=\"2\" "
                "stroke-dasharray=\"3 2\"/>",
                x, y, RADIUS + 1, colour);
        break;
    case DOT:
        fprintf(out,
                "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"" PAPER "\" stroke=\"%s\" stroke-width=\"2\"/>",
                x, y, RADIUS, colour);
        break;
    case DIAMOND:
        fprintf(out, "<path d=\"M%d %dl6 6l-6 6l-6 -6z\" fill=\"%s\" stroke=\"" PAPER "\"/>", x, y - 6,
                colour);
        break;
    case TRIANGLE:
        fprintf(out,
                "<path d=\"M%d %dl10 7l-10 7z\" fill=\"" PAPER "\" stroke=\"%s\" stroke-width=\"2\" "
                "stroke-linejoin=\"round\"/>",
                x, y - 7, colour);
        break;
    default:
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\" stroke=\"" PAPER "\"/>",
                x - 6, y - 6, colour);
    }
}

static void put_number(FILE *out, size_t count, int x, int y)
{
    char text[24];
    snprintf(text, sizeof text, count > 99 ? "99+" : "%zu", count);
    fprintf(out,
            "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"" PAPER "\" stroke=\"" INK "\" stroke-width=\"2\"/>",
            x, y, GROUP - 1);
    svg_text(out, x, y + 4, count > 99 ? 9 : 11,
             "font-weight=\"bold\" text-anchor=\"middle\" fill=\"" INK "\"", text);
}

static enum shape shape_of(const struct journey_mark *mark)
{
    switch (mark->lane) {
    case JOURNEY_CONTACT:
        return DISC;
    case JOURNEY_ATTEMPT:
        return RING;
    case JOURNEY_OTHERS:
        return DIAMOND;
    default:
        break;
    }
    switch (mark->entry->kind) {
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_STARTED:
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_STAGE_MOVED:
        return TRIANGLE;
    case TRAJECT__V1__EVENT_KIND__EVENT_KIND_TRAJECTORY_ENDED:
        return SQUARE;
    default:
        return DOT;
    }
}

/* What a pointer that rests on it is told. */
static void put_told(const struct drawing *drawing, const struct journey_group *group,
                     const struct journey_mark *const *marks)
{
    fputs("<title>", drawing->out);
    for (size_t i = 0; i < group->count && i < TOLD_MAX; i++) {
        const Traject__V1__TimelineEntry *entry = marks[group->first + i]->entry;
        char date[40], *said = picture_sentence(drawing->picture, entry);
        when_date(marks[group->first + i]->at, date, sizeof date);
        markup_between(drawing->out, i ? "\n" : "", date, ": ");
        markup_put(drawing->out, said);
        free(said);
    }
    if (group->count > TOLD_MAX)
        fputs("\n…", drawing->out);
    fputs("</title>", drawing->out);
}

/* The letters of the steps at one place, each once when it was taken again; of more than fit the last. */
static void put_steps(FILE *out, const struct journey_group *group, const struct journey_mark *const *marks,
                      int x, int y)
{
    const char *steps[STEPS_MAX];
    int shown = 0;
    for (size_t i = 0; i < group->count; i++) {
        const char *step = picture_step(marks[group->first + i]->entry);
        if (shown && strcmp(steps[shown - 1], step) == 0)
            continue;
        if (shown == STEPS_MAX)
            memmove(steps, steps + 1, (size_t)--shown * sizeof *steps);
        steps[shown++] = step;
    }
    fprintf(out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" rx=\"4\" fill=\"" PAPER "\" stroke=\"" INK
            "\" stroke-width=\"2\"/>",
            x, y - 10, shown * LETTER + 8);
    for (int i = 0; i < shown; i++) {
        char *letter = strndup(steps[i], strcspn(steps[i], " "));
        svg_text(out, x + 4 + i * LETTER + LETTER / 2, y + 5, 13,
                 "font-weight=\"bold\" text-anchor=\"middle\" fill=\"" INK "\"", letter);
        free(letter);
    }
}

static void put_group(struct drawing *drawing, const struct journey_group *group,
                      const struct journey_mark *const *marks, int y)
{
    const struct journey_mark *mark = marks[group->first];
    int x = drawing->plot_x + group->column;
    fputs("<g>", drawing->out);
    put_told(drawing, group, marks);
    if (mark->lane == JOURNEY_HANDOVER) {
        put_steps(drawing->out, group, marks, x, y);
    } else if (group->count > 1) {
        put_number(drawing->out, group->count, x, y);
        drawing->shape_shown[NUMBER] = true;
    } else {
        put_shape(drawing->out, shape_of(mark), x, y);
        drawing->shape_shown[shape_of(mark)] = true;
    }
    fputs("</g>\n", drawing->out);
}

/* ---- lanes ---- */

static void put_bar(const struct drawing *drawing, enum journey_span_kind kind, int x, int y, int width)
{
    fprintf(drawing->out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" stroke=\"%s\" stroke-width=\"2\" "
            "fill=\"",
            x, y - BAR / 2, width, BAR, bars[kind].stroke);
    if (bars[kind].fill)
        fprintf(drawing->out, "%s\"/>", bars[kind].fill);
    else
        fprintf(drawing->out, "url(#%ssilence)\"/>", drawing->prefix);
}

/* As much of the name as there is room for. */
static void put_name(const struct drawing *drawing, const struct journey_span *span, int x, int y, int width)
{
    int room = (width - 2 * PADDING) / svg_text_width("m", TEXT), columns, used = 0;
    mbstate_t state = {0};
    char how[80], *shown;
    /* Nothing of a name is better than a letter or two. */
    bool whole = span->name && output_width(span->name) <= room;
    if (!span->name || (!whole && room < 6))
        return;
    const char *end = span->name;
    while (*end && used < (whole ? room : room - 1)) {
        end += output_character(end, &state, &columns);
        used += columns;
    }
    if (asprintf(&shown, "%.*s%s", (int)(end - span->name), span->name, whole ? "" : "…") < 0)
        abort();
    snprintf(how, sizeof how, "font-weight=\"bold\" fill=\"%s\"", bars[span->kind].ink);
    svg_text(drawing->out, x + PADDING, y + 5, TEXT, how, shown);
    free(shown);
}

static void put_span(struct drawing *drawing, const struct journey_span *span, int y)
{
    FILE *out = drawing->out;
    int x = x_of(drawing, span->since), width = x_of(drawing, span->until) - x;
    char *told = picture_span_text(drawing->picture, span);
    if (width < 2)
        width = 2;
    markup_between(out, "<g><title>", told, "</title>");
    put_bar(drawing, span->kind, x, y, width);
    /* What goes on has an arrow behind its end. */
    if (span->lasts)
        fprintf(out, "<path d=\"M%d %dl8 %dl-8 %dz\" fill=\"%s\"/>", x + width + 2, y - BAR / 2, BAR / 2,
                BAR / 2, bars[span->kind].stroke);
    put_name(drawing, span, x, y, width);
    fputs("</g>\n", out);
    drawing->bar_shown[span->kind] = true;
    free(told);
}

static void put_lane_name(const struct drawing *drawing, int lane, int y)
{
    char *name = picture_lane_name(drawing->picture, lane);
    const char *how = "font-weight=\"bold\" fill=\"" INK "\"";
    int size = TEXT + 1;
    while (!drawing->narrow && size > TEXT - 3 && svg_text_width(name, size) > NAMES)
        size--;
    svg_text(drawing->out, EDGE, drawing->narrow ? y + 18 : y + LANE / 2 + 5, size, how, name);
    free(name);
}

static void put_lane(struct drawing *drawing, int lane, int y)
{
    const struct journey *journey = drawing->picture->journey;
    int middle = drawing->narrow ? y + 39 : y + LANE / 2;
    int apart = lane == JOURNEY_HANDOVER ? STEPS_MAX * LETTER + 12 : APART;
    put_lane_name(drawing, lane, y);
    for (size_t i = 0; i < journey->n_spans; i++) {
        if (journey->spans[i].lane == lane)
            put_span(drawing, &journey->spans[i], middle);
    }
    const struct journey_mark **marks = calloc(journey->n_marks, sizeof *marks);
    struct journey_group *groups = calloc(journey->n_marks, sizeof *groups);
    size_t n = journey_groups(journey, lane, drawing->plot_width, apart, marks, groups);
    /* Below the names that stand in the bars. */
    int at = lane == JOURNEY_GUIDANCE ? middle + BAR / 2 : middle;
    for (size_t i = 0; i < n; i++)
        put_group(drawing, &groups[i], marks, at);
    free(marks);
    free(groups);
}

static bool has_marks(const struct journey *journey, int lane)
{
    for (size_t i = 0; i < journey->n_marks; i++) {
        if (journey->marks[i].lane == lane)
            return true;
    }
    return false;
}

/* The stages, who guides and contact always: so it is seen where the client has not been. */
static bool is_shown(const struct journey *journey, int lane)
{
    return lane <= JOURNEY_GUIDANCE || lane == JOURNEY_CONTACT || has_marks(journey, lane);
}

/* ---- the axis ---- */

static void put_axis(const struct drawing *drawing, int top, int bottom)
{
    FILE *out = drawing->out;
    const struct journey *journey = drawing->picture->journey;
    struct journey_tick ticks[JOURNEY_TICKS_MAX];
    size_t n = journey_ticks(journey, drawing->plot_width, 84, ticks);
    for (size_t i = 0; i < n; i++) {
        int x = x_of(drawing, ticks[i].at), half = svg_text_width(ticks[i].label, TEXT) / 2, middle = x;
        if (middle + half > drawing->width - 4)
            middle = drawing->width - 4 - half;
        if (middle - half < 4)
            middle = 4 + half;
        fprintf(out, "<path d=\"M%d %dV%d\" stroke=\"" GRID "\" stroke-dasharray=\"1 4\"/>\n", x, top,
                bottom);
        svg_text(out, middle, bottom + 18, TEXT, "text-anchor=\"middle\" fill=\"" INK "\"", ticks[i].label);
    }
    fprintf(out, "<path d=\"M%d %dH%d\" stroke=\"" INK "\"/>\n", drawing->plot_x, bottom,
            drawing->plot_x + drawing->plot_width);
}

static void put_now(const struct drawing *drawing, int top, int bottom)
{
    const struct picture *picture = drawing->picture;
    if (picture->journey->ended)
        return;
    int x = x_of(drawing, picture->journey->now);
    fprintf(drawing->out,
            "<path d=\"M%d %dV%d\" stroke=\"" INK "\" stroke-width=\"2\" stroke-dasharray=\"6 4\"/>\n", x,
            top, bottom);
    bool left = x < drawing->plot_x + drawing->plot_width / 2;
    svg_text(drawing->out, left ? x : drawing->width - 4, bottom + 36, TEXT,
             left ? "font-weight=\"bold\" fill=\"" INK "\""
                  : "font-weight=\"bold\" text-anchor=\"end\" fill=\"" INK "\"",
             picture->earlier ? _("then") : _("today"));
}

/* ---- what the signs mean ---- */

struct legend {
    struct drawing *drawing;
    int x, y; /* of the next one; y is the middle of its line */
};

/* Makes room for a sign of that width and its meaning, and writes the meaning. Returns where the sign begins.
 */
static int legend_place(struct legend *legend, int sign_width, const char *meaning)
{
    int width = sign_width + 8 + svg_text_width(meaning, TEXT) + 22;
    if (legend->x > EDGE && legend->x + width > legend->drawing->width) {
        legend->x = EDGE;
        legend->y += 28;
    }
    int x = legend->x;
    svg_text(legend->drawing->out, x + sign_width + 8, legend->y + 5, TEXT, "fill=\"" INK "\"", meaning);
    legend->x += width;
    return x;
}

static int put_legend(struct drawing *drawing, int y)
{
    struct legend legend = {.drawing = drawing, .x = EDGE, .y = y + 14};
    const struct journey *journey = drawing->picture->journey;
    for (size_t kind = 0; kind < sizeof bars / sizeof *bars; kind++) {
        if (!drawing->bar_shown[kind])
            continue;
        int x = legend_place(&legend, 34, _(bars[kind].legend));
        put_bar(drawing, (enum journey_span_kind)kind, x, legend.y, 34);
    }
    for (size_t shape = 0; shape < SHAPES; shape++) {
        if (!drawing->shape_shown[shape])
            continue;
        int x = legend_place(&legend, 18, _(shapes[shape].legend)) + 9;
        if (shape == NUMBER)
            put_number(drawing->out, 3, x, legend.y);
        else
            put_shape(drawing->out, (enum shape)shape, x, legend.y);
    }
    const char *told[JOURNEY_LANES] = {0};
    size_t n = 0;
    for (size_t i = 0; i < journey->n_marks; i++) {
        const char *step = picture_step(journey->marks[i].entry);
        size_t k = 0;
        while (step && k < n && strcmp(told[k], step) != 0)
            k++;
        if (!step || k < n || n == JOURNEY_LANES)
            continue;
        told[n++] = step;
        struct journey_group one = {.count = 1};
        const struct journey_mark *mark = &journey->marks[i];
        const char *space = strchr(step, ' ');
        int x = legend_place(&legend, LETTER + 8, space ? space + 1 : step);
        put_steps(drawing->out, &one, &mark, x, legend.y);
    }
    return legend.y + 24;
}

/* ---- the whole ---- */

static void put_silence_pattern(const struct drawing *drawing)
{
    fprintf(drawing->out,
            "<defs><pattern id=\"%ssilence\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
            "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"" PAPER "\"/>"
            "<path d=\"M0 0V7\" stroke=\"" BROWN "\" stroke-width=\"4\"/></pattern></defs>\n",
            drawing->prefix);
}

/* In one line each, smaller when they are long. */
static int put_heading(const struct drawing *drawing)
{
    char *lines[] = {picture_title(drawing->picture), picture_period(drawing->picture)};
    int y = 36;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        int size = i ? TEXT + 1 : 22;
        while (size > 8 && svg_text_width(lines[i], size) > drawing->width - 2 * EDGE)
            size--;
        svg_text(drawing->out, EDGE, y, size,
                 i ? "fill=\"" INK "\"" : "font-weight=\"bold\" fill=\"" INK "\"", lines[i]);
        y += 24;
        free(lines[i]);
    }
    return y;
}

/* All but the <svg> itself, whose height it tells. */
static int put_picture(struct drawing *drawing)
{
    FILE *out = drawing->out;
    const struct journey *journey = drawing->picture->journey;
    int y = EDGE / 2, lane_height = drawing->narrow ? LANE_NARROW : LANE, band = 0;
    fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"" PAPER "\"/>\n");
    if (!*drawing->prefix)
        y = put_heading(drawing);
    int top = y;
    for (int lane = 0; lane < JOURNEY_LANES; lane++) {
        if (!is_shown(journey, lane))
            continue;
        if (band++ % 2 == 0)
            fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"" BAND "\"/>\n", EDGE / 2,
                    y, drawing->width - EDGE, lane_height);
        y += lane_height;
    }
    put_axis(drawing, top, y + 4);
    y = top;
    for (int lane = 0; lane < JOURNEY_LANES; lane++) {
        if (is_shown(journey, lane)) {
            put_lane(drawing, lane, y);
            y += lane_height;
        }
    }
    put_now(drawing, top, y + 4);
    return put_legend(drawing, y + 50);
}

void picture_svg(FILE *out, const struct picture *picture, int width, const char *prefix)
{
    char *body = NULL, *title = picture_title(picture), *description = picture_description(picture);
    size_t size;
    struct drawing drawing = {
        .picture = picture, .prefix = prefix, .width = width, .narrow = width < NARROW_BELOW};
    drawing.plot_x = drawing.narrow ? EDGE : EDGE + NAMES + 10;
    drawing.plot_width = width - drawing.plot_x - AFTER - EDGE / 2;
    drawing.out = open_memstream(&body, &size);
    int height = put_picture(&drawing);
    fclose(drawing.out);
    drawing.out = out;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-labelledby=\"%stitle %sdescription\" font-family=\"sans-serif\">\n",
            width, height, prefix, prefix);
    fprintf(out, "<title id=\"%stitle\"", prefix);
    markup_between(out, ">", title, "</title>\n");
    fprintf(out, "<desc id=\"%sdescription\"", prefix);
    markup_between(out, ">", description, "</desc>\n");
    put_silence_pattern(&drawing);
    fputs(body, out);
    fputs("</svg>\n", out);
    free(body);
    free(title);
    free(description);
}
