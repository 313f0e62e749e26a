#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "markup.h"
#include "output.h"
#include "picture.h"

/* The picture is there in two widths, and a reader is shown one of them. */
static const char style[] =
    "figure { margin: 1em 0; break-inside: avoid } svg { display: block; width: 100%; height: auto }\n"
    ".phone { display: none }\n"
    "@media screen and (max-width: 640px) { .page { display: none } .phone { display: block } }\n"
    ".number { color: #444 } ul li { margin: 0 0 0.2em }\n";

static void put_picture(FILE *out, const struct picture *picture)
{
    fputs("<figure>\n<div class=\"page\">\n", out);
    picture_svg(out, picture, PICTURE_PAGE, "page-");
    fputs("</div>\n<div class=\"phone\">\n", out);
    picture_svg(out, picture, PICTURE_PHONE, "phone-");
    markup_between(out, "</div>\n<figcaption>", _("What the picture shows stands in words below it."),
                   "</figcaption>\n</figure>\n");
}

/* The spans of these lanes, under a heading when there are any. */
static void put_spans(FILE *out, const struct picture *picture, const char *heading, int lane_min,
                      int lane_max,
                      char *(*say)(const struct picture *picture, const struct journey_span *span))
{
    const struct journey *journey = picture->journey;
    size_t shown = 0;
    /* In the order of time, which for stages is not that of the lanes. */
    const struct journey_span **spans = calloc(journey->n_spans + 1, sizeof *spans);
    for (size_t i = 0; i < journey->n_spans; i++) {
        if (journey->spans[i].lane < lane_min || journey->spans[i].lane > lane_max)
            continue;
        size_t place = shown++;
        for (; place && spans[place - 1]->since > journey->spans[i].since; place--)
            spans[place] = spans[place - 1];
        spans[place] = &journey->spans[i];
    }
    if (shown)
        markup_between(out, "<h2>", heading, "</h2>\n<ul>\n");
    for (size_t i = 0; i < shown; i++) {
        char *text = say(picture, spans[i]);
        markup_between(out, "<li dir=\"auto\">", text, "</li>\n");
        free(text);
    }
    fputs(shown ? "</ul>\n" : "", out);
    free(spans);
}

static void put_words(FILE *out, const char *before, const char *words)
{
    fputs("<blockquote dir=\"auto\">", out);
    markup_put(out, before);
    markup_between(out, "", words, "</blockquote>\n");
}

static void put_entry(FILE *out, const struct picture *picture, const Traject__V1__TimelineEntry *entry,
                      int64_t at)
{
    char exact[60], *said = picture_sentence(picture, entry);
    when_exact(at, exact, sizeof exact);
    markup_between(out, "<li><time>", exact, "</time> ");
    markup_between(out, "<span dir=\"auto\">", said, "</span>");
    if (picture->for_client) {
        fputs(" <span class=\"number\">(", out);
        char *by;
        /* As the server names who wrote it, when that is the client. */
        bool by_client = strcmp(entry->recorded_by, "the client") == 0;
        long long number = (long long)entry->event_id;
        if ((by_client ? asprintf(&by, _("entry %lld, by you"), number)
                       : asprintf(&by, _("entry %lld, by %s"), number, entry->recorded_by)) < 0)
            abort();
        markup_put(out, by);
        free(by);
        fputs(")</span>", out);
    }
    fputc('\n', out);
    if (entry->_reason_case && *entry->reason)
        put_words(out, _("Reason: "), entry->reason);
    if (entry->_words_case && *entry->words)
        put_words(out, "", entry->words);
    if (entry->_correction_reason_case && *entry->correction_reason)
        put_words(out, _("Why it was corrected: "), entry->correction_reason);
    fputs("</li>\n", out);
    free(said);
}

/* In the order in which it happened, under the stage in which it did. */
static void put_entries(FILE *out, const struct picture *picture)
{
    const struct journey *journey = picture->journey;
    int stage = 0;
    bool list = false;
    markup_between(out, "<h2>", _("What happened"), "</h2>\n");
    for (size_t i = 0; i < journey->n_marks; i++) {
        const Traject__V1__TimelineEntry *entry = journey->marks[i].entry;
        if (entry->_stage_case && (int)entry->stage != stage && entry->stage > 0 &&
            (int)entry->stage <= JOURNEY_STAGES) {
            stage = (int)entry->stage;
            char *name = picture_lane_name(picture, JOURNEY_STAGE + stage - 1);
            fputs(list ? "</ol>\n" : "", out);
            markup_between(out, "<h3>", name, "</h3>\n");
            list = false;
            free(name);
        }
        fputs(list ? "" : "<ol>\n", out);
        list = true;
        put_entry(out, picture, entry, journey->marks[i].at);
    }
    fputs("</ol>\n", out);
}

void picture_page(FILE *out, const struct picture *picture)
{
    char *title = picture_title(picture), *period = picture_period(picture);
    bool own = picture->for_client;
    /* Translators: the code of the language of the page, as nl. */
    markup_head(out, _("en"), title, style);
    markup_between(out, "<h1 dir=\"auto\">", title, "</h1>\n");
    markup_between(out, "<p>", period, "</p>\n");
    markup_between(
        out, "<p>",
        own ? _("This page is about you. It shows what you and the people around you did on your way to "
                "work. Is something not right, or missing? Say so to your coach, with the number of the "
                "entry.")
            : _("For the team: this page also holds what is not meant for the client."),
        "</p>\n");
    put_picture(out, picture);
    put_spans(out, picture, own ? _("Where you were") : _("The stages"), JOURNEY_STAGE,
              JOURNEY_STAGE + JOURNEY_STAGES - 1, picture_span_text);
    put_spans(out, picture, own ? _("Who guides you") : _("Who guides"), JOURNEY_GUIDANCE, JOURNEY_GUIDANCE,
              picture_span_text);
    put_spans(out, picture, _("Longer without contact than agreed"), JOURNEY_CONTACT, JOURNEY_CONTACT,
              picture_span_range);
    put_entries(out, picture);
    fputs("</body>\n</html>\n", out);
    free(title);
    free(period);
}
