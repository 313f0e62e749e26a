/* A journey drawn: in a terminal, as SVG, as a page. */
#ifndef TRAJECT_PICTURE_H
#define TRAJECT_PICTURE_H

#include "command.h"
#include "journey.h"

struct picture {
    const struct journey *journey;
    const char *client_number;
    const char *full_name; /* or NULL */
    bool for_client;       /* speaks to the client */
    bool earlier;          /* `journey->now` is not today */
};

/* Runs a command that asks for a timeline, with the options of PICTURE_OPTIONS. */
enum exit_code picture_timeline(struct session *session, const struct command *command, int argc,
                                char **argv);

/* clang-format off */
#define PICTURE_OPTIONS \
    {"picture", NULL, NULL, NULL, N_("draw the journey above it also where the output is no terminal"), 0}, \
    {"trajectory", N_("NUMBER"), NULL, NULL, N_("of which trajectory the picture is (the newest)"), 0}, \
    {"svg", N_("FILE"), NULL, NULL, N_("write the picture to a new file instead, as SVG"), 0}, \
    {"html", N_("FILE"), NULL, NULL, N_("write a page with the picture and the entries to a new file instead"), 0}
/* clang-format on */

/* ---- what all drawings say alike ---- */

/* "First contact", "Who guides", ...: to free. */
char *picture_lane_name(const struct picture *picture, int lane);

/* By which letter a step of the handover is drawn, and what it means: "F flagged". NULL for other entries. */
const char *picture_step(const Traject__V1__TimelineEntry *entry);

/* "Journey of Fatima Bakker", and "Trajectory 2: work experience, 2 Nov 2025 to today": to free. */
char *picture_title(const struct picture *picture);
char *picture_period(const struct picture *picture);

/* When it was, "2 Nov 2025 to 3 Jan 2026", and what it says, "Work content: 2 Nov 2025 to 3 Jan 2026": to
 * free. */
char *picture_span_range(const struct picture *picture, const struct journey_span *span);
char *picture_span_text(const struct picture *picture, const struct journey_span *span);

/* All of the picture in a few sentences, for who does not see it: to free. */
char *picture_description(const struct picture *picture);

/* The entry in a sentence, to the client when the picture is for the client: to free. */
char *picture_sentence(const struct picture *picture, const Traject__V1__TimelineEntry *entry);

/* ---- the drawings ---- */

/* With so many columns, of UTF-8 or of ASCII alone. */
void picture_terminal(const struct session *session, const struct picture *picture, int columns, bool utf8);
/* Whether the terminal is to be drawn on in UTF-8, by what the environment says of it. */
bool picture_shows_utf8(void);

/* One <svg> element: a file of its own (A4 landscape), or with a `prefix` for its ids one of those of a page
 * (its column, a phone), which has said whose journey it is. On a phone the names of lanes stand above them.
 */
enum { PICTURE_FILE = 1120, PICTURE_PAGE = 760, PICTURE_PHONE = 380 };
void picture_svg(FILE *out, const struct picture *picture, int width, const char *prefix);

void picture_page(FILE *out, const struct picture *picture);

#endif
