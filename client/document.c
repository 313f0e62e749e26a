#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "field.h"
#include "items.h"
#include "language.h"
#include "markup.h"
#include "output.h"
#include "sentence.h"
#include "template.h"

static void put_template(FILE *out, const char *before, const char *pattern, const ProtobufCMessage *message,
                         const char *after)
{
    char *text = template_text(pattern, message);
    markup_between(out, before, text, after);
    free(text);
}

/* ---- tables ---- */

static char *date_range(const ProtobufCMessage *row)
{
    return template_text("{since} – [{until}]", row);
}

static char *guide(const ProtobufCMessage *row)
{
    return template_text(_("the {guided_by}[: {employer}][ ({person})][, second person {second_person}]"),
                         row);
}

static char *handover_checklist(const ProtobufCMessage *row)
{
    const Traject__V1__Handover *h = (const Traject__V1__Handover *)row;
    const struct {
        bool done;
        const char *what;
    } items[] = {
        {h->talked_through_with_client, N_("talked through with the client")},
        {h->guidance_needs_shared, N_("guidance needs shared")},
        {h->absence_and_dropout_discussed, N_("absence and dropout discussed")},
        {h->fallback_agreed, N_("fallback agreed")},
    };
    char *text = NULL;
    size_t size;
    bool any = false;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        if (items[i].done)
            fprintf(out, "%s%s", any ? "; " : "", _(items[i].what));
        any = any || items[i].done;
    }
    fclose(out);
    return text;
}

static const struct column client_columns[] = {
    {"client_number", N_("Number"), SHOW_TEXT, NULL, NULL},
    {"full_name", N_("Name"), SHOW_TEXT, NULL, NULL},
    {"trajectory_kind", N_("Kind of trajectory"), SHOW_WORD, NULL, NULL},
    {"started_at", N_("Started"), SHOW_DATE, NULL, NULL},
    {"ended_at", N_("Ended"), SHOW_DATE, NULL, NULL},
    {"outcome", N_("Outcome"), SHOW_WORD, NULL, NULL},
    {"stage", N_("Stage"), SHOW_WORD, NULL, NULL},
    {"coach", N_("Coach"), SHOW_TEXT, NULL, NULL},
    {"team", N_("Team"), SHOW_TEXT, NULL, NULL},
    {"guided_by", N_("Who guides"), SHOW_WORD, NULL, NULL},
    {"employer", N_("Employer of the last handover"), SHOW_TEXT, NULL, NULL},
    {"supervisor", N_("Supervisor there"), SHOW_TEXT, NULL, NULL},
    {"second_person", N_("Second person there"), SHOW_TEXT, NULL, NULL},
    {"last_contact_at", N_("Last contact"), SHOW_DATE, NULL, NULL},
    {"unanswered_attempts", N_("Attempts without answer since"), SHOW_NUMBER, NULL, NULL},
    {"rhythm_days", N_("Agreed contact, once every"), SHOW_DAYS, NULL, NULL},
    {"contact_due_at", N_("Next contact due"), SHOW_DATE, NULL, NULL},
    {"next_appointment_at", N_("Next appointment"), SHOW_DATE, NULL, NULL},
    {"absent_since", N_("Absent since"), SHOW_DATE, NULL, NULL},
    {"coaches", N_("Coaches in this trajectory"), SHOW_NUMBER, NULL, NULL},
    {"stories_retold", N_("Times the story was told anew"), SHOW_NUMBER, NULL, NULL},
    {0},
};
static const struct column trajectory_columns[] = {
    {"trajectory", N_("Trajectory"), SHOW_NUMBER, NULL, NULL},
    {NULL, N_("When"), SHOW_TEXT, NULL, date_range},
    {"trajectory_kind", N_("Kind"), SHOW_WORD, NULL, NULL},
    {"outcome", N_("Outcome"), SHOW_WORD, NULL, NULL},
    {0},
};
static const struct column stage_columns[] = {
    {"trajectory", N_("Trajectory"), SHOW_NUMBER, NULL, NULL},
    {NULL, N_("When"), SHOW_TEXT, NULL, date_range},
    {"stage", N_("Stage"), SHOW_WORD, NULL, NULL},
    {0},
};
static const struct column coach_columns[] = {
    {"trajectory", N_("Trajectory"), SHOW_NUMBER, NULL, NULL},
    {NULL, N_("When"), SHOW_TEXT, NULL, date_range},
    {"coach", N_("Coach"), SHOW_TEXT, NULL, NULL},
    {"team", N_("Team"), SHOW_TEXT, NULL, NULL},
    {0},
};
static const struct column guide_columns[] = {
    {"trajectory", N_("Trajectory"), SHOW_NUMBER, NULL, NULL},
    {NULL, N_("When"), SHOW_TEXT, NULL, date_range},
    {NULL, N_("Who guided"), SHOW_TEXT, NULL, guide},
    {0},
};
static const struct column handover_columns[] = {
    {"employer", N_("Employer"), SHOW_TEXT, NULL, NULL},
    {"supervisor", N_("Supervisor"), SHOW_TEXT, NULL, NULL},
    {"second_person", N_("Second person"), SHOW_TEXT, NULL, NULL},
    {"state", N_("State"), SHOW_WORD, NULL, NULL},
    {"state_since", N_("Since"), SHOW_DATE, NULL, NULL},
    {"planned_at", N_("Planned"), SHOW_DATE, NULL, NULL},
    {NULL, N_("Done"), SHOW_TEXT, NULL, handover_checklist},
    {0},
};
static const struct column rhythm_columns[] = {
    {NULL, N_("When"), SHOW_TEXT, NULL, date_range},
    {"days", N_("A contact every"), SHOW_DAYS, NULL, NULL},
    {0},
};
static const struct column item_document_columns[] = {
    {"kind", N_("Kind"), SHOW_WORD, NULL, NULL},         {NULL, N_("About"), SHOW_TEXT, NULL, item_about},
    {"state", N_("State"), SHOW_WORD, NULL, NULL},       {"opened_at", N_("From"), SHOW_DATE, NULL, NULL},
    {"state_since", N_("Since"), SHOW_DATE, NULL, NULL}, {"due_at", N_("Term"), SHOW_DATE, NULL, NULL},
    {"coach", N_("Coach"), SHOW_TEXT, NULL, NULL},       {0},
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
        markup_between(out, "<td>", text, "</td>");
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
    markup_between(out, "<h2>", heading, "</h2>\n");
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field =
            having ? protobuf_c_message_descriptor_get_field_by_name(rows[i]->descriptor, having) : NULL;
        if (field && !field_count(rows[i], field))
            continue;
        if (!shown++) {
            fputs("<table><thead><tr>", out);
            for (const struct column *c = columns; c->heading; c++)
                markup_between(out, "<th scope=\"col\">", _(c->heading), "</th>");
            fputs("</tr></thead><tbody>\n", out);
        }
        put_row(out, session, columns, rows[i]);
    }
    if (shown)
        fputs("</tbody></table>\n", out);
    else
        markup_between(out, "<p>", _("None."), "</p>\n");
}

/* ---- the parts that are no list ---- */

static void put_client(FILE *out, const struct session *session, const Traject__V1__GetClientReply *client)
{
    markup_between(out, "<h2>", _("As it is now"), "</h2>\n<table><tbody>\n");
    for (const struct column *c = client_columns; c->heading; c++) {
        char *text = cell(session, c, &client->base);
        if (*text) {
            markup_between(out, "<tr><th scope=\"row\">", _(c->heading), "</th>");
            markup_between(out, "<td>", text, "</td></tr>\n");
        }
        free(text);
    }
    fputs("</tbody></table>\n", out);
}

static void put_entry(FILE *out, const Traject__V1__TimelineEntry *e)
{
    char exact[60], *said = sentence(e);
    when_exact(e->occurred_at->seconds, exact, sizeof exact);
    markup_between(out, "<li><time>", exact, "</time> ");
    markup_put(out, said);
    if (e->_external_id_case)
        put_template(out, "", _(" (from a log, where it is {external_id})"), &e->base, "");
    if (e->_reason_case) {
        markup_between(out, "<blockquote>", _("Reason: "), "");
        markup_between(out, "", e->reason, "</blockquote>");
    }
    if (e->_words_case)
        markup_between(out, "<blockquote>", e->words, "</blockquote>");
    if (e->_correction_reason_case) {
        markup_between(out, "<blockquote>", _("Why: "), "");
        markup_between(out, "", e->correction_reason, "</blockquote>");
    }
    fputs("</li>\n", out);
    free(said);
}

static void put_timeline(FILE *out, const Traject__V1__ClientExport *export)
{
    int trajectory = 0;
    markup_between(out, "<h2>", _("All that was recorded, in the order in which it happened"), "</h2>\n");
    markup_between(
        out, "<p>",
        _("After the dash stands who recorded it, and the number of the entry. What was corrected or "
          "withdrawn since is there as it was, and marked so."),
        "</p>\n");
    for (size_t i = 0; i < export->n_timeline; i++) {
        const Traject__V1__TimelineEntry *e = export->timeline[i];
        if (e->trajectory != trajectory) {
            fputs(i ? "</ol>\n" : "", out);
            put_template(out, "<h3>", _("Trajectory {trajectory}"), &e->base, "</h3>\n<ol>\n");
        }
        trajectory = e->trajectory;
        put_entry(out, e);
    }
    if (export->n_timeline)
        fputs("</ol>\n", out);
    else
        markup_between(out, "<p>", _("Nothing."), "</p>\n");
}

void document_write(FILE *out, const struct session *session, const void *copy)
{
    const Traject__V1__ClientExport *export = copy;
    const Traject__V1__GetClientReply *client = export->client;
    char *title = template_text(_("Record of client {client_number}"), &client->base);
    /* Translators: the code of the language itself, for whoever reads the document aloud. */
    markup_head(out, _("en"), title, "");
    free(title);
    put_template(out, "<h1>",
                 client->_full_name_case ? _("Record of {full_name}, client {client_number}")
                                         : _("Record of client {client_number}"),
                 &client->base, "</h1>\n");
    put_template(
        out, "<p>",
        _("All that the municipality of {municipality} has recorded about this person in traject, as it was "
          "on {exported_at+}."),
        &export->base, "</p>\n");
    put_client(out, session, client);
#define TABLE(heading, columns, list, having)                                                                \
    put_table(out, session, heading, columns, (ProtobufCMessage *const *)export->list, export->n_##list,     \
              having)
    TABLE(_("Trajectories"), trajectory_columns, periods, "trajectory_kind");
    TABLE(_("Stages"), stage_columns, periods, "stage");
    TABLE(_("Coaches"), coach_columns, periods, "team");
    TABLE(_("Who guided"), guide_columns, periods, "guided_by");
    TABLE(_("Handovers of guidance to an employer"), handover_columns, handovers, NULL);
    TABLE(_("Contact rhythms of the client's own"), rhythm_columns, rhythms, NULL);
    TABLE(_("What was agreed, was planned, or ran"), item_document_columns, items, NULL);
#undef TABLE
    put_timeline(out, export);
    fputs("</body>\n</html>\n", out);
}
