#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "field.h"
#include "items.h"
#include "output.h"
#include "sentence.h"
#include "template.h"

static const char style[] =
    "@page { size: A4; margin: 18mm 16mm }\n"
    "body { font: 11pt/1.45 sans-serif; color: #111; max-width: 46em; margin: 2em auto; padding: 0 1em }\n"
    "h1 { font-size: 1.6em } h2 { font-size: 1.25em; margin-top: 1.8em } h3 { font-size: 1.05em }\n"
    "h1, h2, h3 { break-after: avoid }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { border: 1px solid #999; padding: 0.25em 0.5em; text-align: left; vertical-align: top }\n"
    "thead { display: table-header-group } tr, li { break-inside: avoid }\n"
    "td, li, p { overflow-wrap: anywhere }\n"
    "ol { list-style: none; padding: 0 } li { margin: 0 0 0.8em }\n"
    "time { font-weight: bold } blockquote { margin: 0.2em 0 0.2em 1.5em; white-space: pre-wrap }\n"
    "@media print { body { margin: 0; padding: 0; max-width: none } }\n";

/* Text from outside: nothing in it is markup, nor a control character but the end of a line. */
static void put(FILE *out, const char *text)
{
    static const char *const entities[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < sizeof entities / sizeof *entities && entities[*c]) {
            fputs(entities[*c], out);
        } else if ((*c < ' ' && *c != '\n') || *c == 0x7f) {
            fputc(' ', out);
        } else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) { /* U+0080 to U+009F */
            fputc(' ', out);
            c++;
        } else {
            fputc(*c, out);
        }
    }
}

static void put_between(FILE *out, const char *before, const char *text, const char *after)
{
    fputs(before, out);
    put(out, text);
    fputs(after, out);
}

/* ---- tables ---- */

static char *date_range(const ProtobufCMessage *row)
{
    return template_text("{since} – [{until}]", row);
}

static char *guide(const ProtobufCMessage *row)
{
    return template_text("the {guided_by}[: {employer}][ ({person})][, second person {second_person}]", row);
}

static char *handover_checklist(const ProtobufCMessage *row)
{
    const Traject__V1__Handover *h = (const Traject__V1__Handover *)row;
    char *text;
    if (asprintf(&text, "%s%s%s%s", h->talked_through_with_client ? "talked through with the client; " : "",
                 h->guidance_needs_shared ? "guidance needs shared; " : "",
                 h->absence_and_dropout_discussed ? "absence and dropout discussed; " : "",
                 h->fallback_agreed ? "fallback agreed; " : "") < 0)
        abort();
    if (*text)
        text[strlen(text) - 2] = '\0';
    return text;
}

static const struct column client_columns[] = {
    {"client_number", "Number", SHOW_TEXT, NULL, NULL},
    {"full_name", "Name", SHOW_TEXT, NULL, NULL},
    {"trajectory_kind", "Kind of trajectory", SHOW_WORD, NULL, NULL},
    {"started_at", "Started", SHOW_DATE, NULL, NULL},
    {"ended_at", "Ended", SHOW_DATE, NULL, NULL},
    {"outcome", "Outcome", SHOW_WORD, NULL, NULL},
    {"stage", "Stage", SHOW_WORD, NULL, NULL},
    {"coach", "Coach", SHOW_TEXT, NULL, NULL},
    {"team", "Team", SHOW_TEXT, NULL, NULL},
    {"guided_by", "Who guides", SHOW_WORD, NULL, NULL},
    {"employer", "Employer of the last handover", SHOW_TEXT, NULL, NULL},
    {"supervisor", "Supervisor there", SHOW_TEXT, NULL, NULL},
    {"second_person", "Second person there", SHOW_TEXT, NULL, NULL},
    {"last_contact_at", "Last contact", SHOW_DATE, NULL, NULL},
    {"unanswered_attempts", "Attempts without answer since", SHOW_NUMBER, NULL, NULL},
    {"rhythm_days", "Agreed contact, once every", SHOW_DAYS, NULL, NULL},
    {"contact_due_at", "Next contact due", SHOW_DATE, NULL, NULL},
    {"next_appointment_at", "Next appointment", SHOW_DATE, NULL, NULL},
    {"absent_since", "Absent since", SHOW_DATE, NULL, NULL},
    {"coaches", "Coaches in this trajectory", SHOW_NUMBER, NULL, NULL},
    {"stories_retold", "Times the story was told anew", SHOW_NUMBER, NULL, NULL},
    {0},
};
static const struct column trajectory_columns[] = {
    {"trajectory", "Trajectory", SHOW_NUMBER, NULL, NULL},
    {NULL, "When", SHOW_TEXT, NULL, date_range},
    {"trajectory_kind", "Kind", SHOW_WORD, NULL, NULL},
    {"outcome", "Outcome", SHOW_WORD, NULL, NULL},
    {0},
};
static const struct column stage_columns[] = {
    {"trajectory", "Trajectory", SHOW_NUMBER, NULL, NULL},
    {NULL, "When", SHOW_TEXT, NULL, date_range},
    {"stage", "Stage", SHOW_WORD, NULL, NULL},
    {0},
};
static const struct column coach_columns[] = {
    {"trajectory", "Trajectory", SHOW_NUMBER, NULL, NULL},
    {NULL, "When", SHOW_TEXT, NULL, date_range},
    {"coach", "Coach", SHOW_TEXT, NULL, NULL},
    {"team", "Team", SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column guide_columns[] = {
    {"trajectory", "Trajectory", SHOW_NUMBER, NULL, NULL},
    {NULL, "When", SHOW_TEXT, NULL, date_range},
    {NULL, "Who guided", SHOW_TEXT, NULL, guide},
    {0},
};
static const struct column handover_columns[] = {
    {"employer", "Employer", SHOW_TEXT, NULL, NULL},
    {"supervisor", "Supervisor", SHOW_TEXT, NULL, NULL},
    {"second_person", "Second person", SHOW_TEXT, NULL, NULL},
    {"state", "State", SHOW_WORD, NULL, NULL},
    {"state_since", "Since", SHOW_DATE, NULL, NULL},
    {"planned_at", "Planned", SHOW_DATE, NULL, NULL},
    {NULL, "Done", SHOW_TEXT, NULL, handover_checklist},
    {0},
};
static const struct column rhythm_columns[] = {
    {NULL, "When", SHOW_TEXT, NULL, date_range},
    {"days", "A contact every", SHOW_DAYS, NULL, NULL},
    {0},
};
static const struct column item_document_columns[] = {
    {"kind", "Kind", SHOW_WORD, NULL, NULL},         {NULL, "About", SHOW_TEXT, NULL, item_about},
    {"state", "State", SHOW_WORD, NULL, NULL},       {"opened_at", "From", SHOW_DATE, NULL, NULL},
    {"state_since", "Since", SHOW_DATE, NULL, NULL}, {"due_at", "Term", SHOW_DATE, NULL, NULL},
    {"coach", "Coach", SHOW_TEXT, NULL, NULL},       {0},
};

static char *cell(const struct session *session, const struct column *column, const ProtobufCMessage *row)
{
    return column->cell ? column->cell(row) : output_value(session, row, column->field, column->format);
}

static void put_row(FILE *out, const struct session *session, const struct column *columns,
                    const ProtobufCMessage *row)
{
    fputs("<tr>", out);
    for (const struct column *c = columns; c->heading; c++) {
        char *text = cell(session, c, row);
        put_between(out, "<td>", text, "</td>");
        free(text);
    }
    fputs("</tr>\n", out);
}

/* The rows of a list that have the field, or all. */
static void put_table(FILE *out, const struct session *session, const char *heading,
                      const struct column *columns, ProtobufCMessage *const *rows, size_t count,
                      const char *having)
{
    size_t shown = 0;
    put_between(out, "<h2>", heading, "</h2>\n");
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field =
            having ? protobuf_c_message_descriptor_get_field_by_name(rows[i]->descriptor, having) : NULL;
        if (field && !field_count(rows[i], field))
            continue;
        if (!shown++) {
            fputs("<table><thead><tr>", out);
            for (const struct column *c = columns; c->heading; c++)
                put_between(out, "<th scope=\"col\">", c->heading, "</th>");
            fputs("</tr></thead><tbody>\n", out);
        }
        put_row(out, session, columns, rows[i]);
    }
    fputs(shown ? "</tbody></table>\n" : "<p>None.</p>\n", out);
}

/* ---- the parts that are no list ---- */

static void put_client(FILE *out, const struct session *session, const Traject__V1__GetClientReply *client)
{
    fputs("<h2>As it is now</h2>\n<table><tbody>\n", out);
    for (const struct column *c = client_columns; c->heading; c++) {
        char *text = cell(session, c, &client->base);
        if (*text) {
            put_between(out, "<tr><th scope=\"row\">", c->heading, "</th>");
            put_between(out, "<td>", text, "</td></tr>\n");
        }
        free(text);
    }
    fputs("</tbody></table>\n", out);
}

static void put_entry(FILE *out, const Traject__V1__TimelineEntry *e)
{
    char exact[60], *said = sentence(e);
    when_exact(e->occurred_at->seconds, exact, sizeof exact);
    put_between(out, "<li><time>", exact, "</time> ");
    put(out, said);
    if (e->_external_id_case)
        put_between(out, " (from a log, where it is ", e->external_id, ")");
    if (e->_reason_case)
        put_between(out, "<blockquote>Reason: ", e->reason, "</blockquote>");
    if (e->_words_case)
        put_between(out, "<blockquote>", e->words, "</blockquote>");
    if (e->_correction_reason_case)
        put_between(out, "<blockquote>Why: ", e->correction_reason, "</blockquote>");
    fputs("</li>\n", out);
    free(said);
}

static void put_timeline(FILE *out, const Traject__V1__ClientExport *export)
{
    int trajectory = 0;
    fputs("<h2>All that was recorded, in the order in which it happened</h2>\n", out);
    fputs("<p>After the dash stands who recorded it, and the number of the entry. What was corrected or "
          "withdrawn "
          "since is there as it was, and marked so.</p>\n",
          out);
    for (size_t i = 0; i < export->n_timeline; i++) {
        const Traject__V1__TimelineEntry *e = export->timeline[i];
        if (e->trajectory != trajectory)
            fprintf(out, "%s<h3>Trajectory %d</h3>\n<ol>\n", i ? "</ol>\n" : "", e->trajectory);
        trajectory = e->trajectory;
        put_entry(out, e);
    }
    fputs(export->n_timeline ? "</ol>\n" : "<p>Nothing.</p>\n", out);
}

void document_write(FILE *out, const struct session *session, const Traject__V1__ClientExport *export)
{
    const Traject__V1__GetClientReply *client = export->client;
    char exact[60];
    when_exact(export->exported_at->seconds, exact, sizeof exact);
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n",
          out);
    put_between(out, "<title>Record of client ", client->client_number, "</title>\n");
    fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style);
    put_between(out, "<h1>Record of ", client->_full_name_case ? client->full_name : "client ", "");
    put_between(out, client->_full_name_case ? ", client " : "", client->client_number, "</h1>\n");
    put_between(out, "<p>All that the municipality of ", export->municipality, "");
    put_between(out, " has recorded about this person in traject, as it was on ", exact, ".</p>\n");
    put_client(out, session, client);
#define TABLE(heading, columns, list, having)                                                                \
    put_table(out, session, heading, columns, (ProtobufCMessage *const *)export->list, export->n_##list,     \
              having)
    TABLE("Trajectories", trajectory_columns, periods, "trajectory_kind");
    TABLE("Stages", stage_columns, periods, "stage");
    TABLE("Coaches", coach_columns, periods, "team");
    TABLE("Who guided", guide_columns, periods, "guided_by");
    TABLE("Handovers of guidance to an employer", handover_columns, handovers, NULL);
    TABLE("Contact rhythms of the client's own", rhythm_columns, rhythms, NULL);
    TABLE("What was agreed, was planned, or ran", item_document_columns, items, NULL);
#undef TABLE
    put_timeline(out, export);
    fputs("</body>\n</html>\n", out);
}
