#include "journey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "template.h"
#include "when.h"

enum { DAY = 24 * 60 * 60 };

#define KIND(name) TRAJECT__V1__EVENT_KIND__EVENT_KIND_##name

/* ---- entries into lanes ---- */

static int lane_of(const Traject__V1__TimelineEntry *entry, int stage_lane)
{
    switch (entry->kind) {
    case KIND(COACH_ASSIGNED):
    case KIND(COACH_HANDOVER_PREPARED):
    case KIND(SUPERVISOR_CHANGED):
    case KIND(SUPERVISOR_LEFT):
        return JOURNEY_GUIDANCE;
    case KIND(HANDOVER_FLAGGED):
    case KIND(HANDOVER_PREPARED):
    case KIND(HANDOVER_ACCEPTED):
    case KIND(HANDOVER_DECLINED):
    case KIND(HANDOVER_WITHDRAWN):
    case KIND(HANDOVER_COMPLETED):
    case KIND(HANDOVER_RETURNED):
        return JOURNEY_HANDOVER;
    default:
        break;
    }
    if (!entry->_reached_case)
        return stage_lane;
    if (!entry->reached)
        return JOURNEY_ATTEMPT;
    return entry->counterpart == TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT ? JOURNEY_CONTACT
                                                                              : JOURNEY_OTHERS;
}

/* Within what protobuf's Timestamp may say, years 1 to 9999, whatever a server sends. */
static int64_t within(int64_t seconds)
{
    static const int64_t earliest = -62135596800, latest = 253402300799;
    return seconds < earliest ? earliest : seconds > latest ? latest : seconds;
}

static int64_t happened(const Traject__V1__TimelineEntry *entry)
{
    return entry->occurred_at ? within(entry->occurred_at->seconds) : 0;
}

/* As the server has them: the end comes after all else that happened at its moment, and what was corrected
 * where it was. */
static int by_moment(const void *a, const void *b)
{
    const Traject__V1__TimelineEntry *one = ((const struct journey_mark *)a)->entry,
                                     *other = ((const struct journey_mark *)b)->entry;
    int64_t keys[][2] = {
        {happened(one), happened(other)},
        {one->occurred_at ? one->occurred_at->nanos : 0, other->occurred_at ? other->occurred_at->nanos : 0},
        {one->kind == KIND(TRAJECTORY_ENDED), other->kind == KIND(TRAJECTORY_ENDED)},
        {one->event_id, other->event_id},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    }
    return 0;
}

/* ---- what lasts ---- */

static struct journey_span *add_span(struct journey *journey, int lane, enum journey_span_kind kind,
                                     int64_t since)
{
    struct journey_span *spans = realloc(journey->spans, (journey->n_spans + 1) * sizeof *spans);
    if (!spans)
        abort();
    journey->spans = spans;
    spans[journey->n_spans] =
        (struct journey_span){.lane = lane, .kind = kind, .since = since, .lasts = true};
    return &spans[journey->n_spans++];
}

/* Ends the one that runs in these lanes. */
static void end_span(struct journey *journey, int lane_min, int lane_max, int64_t until)
{
    for (size_t i = 0; i < journey->n_spans; i++) {
        struct journey_span *span = &journey->spans[i];
        if (span->lasts && span->lane >= lane_min && span->lane <= lane_max) {
            span->until = until;
            span->lasts = false;
        }
    }
}

static bool is_stage(const Traject__V1__TimelineEntry *entry)
{
    return entry->_stage_case && entry->stage > 0 && (int)entry->stage <= JOURNEY_STAGES;
}

static void begin_guidance(struct journey *journey, enum journey_span_kind kind, int64_t at, char *name)
{
    end_span(journey, JOURNEY_GUIDANCE, JOURNEY_GUIDANCE, at);
    add_span(journey, JOURNEY_GUIDANCE, kind, at)->name = name;
}

/* Who guides from this entry on, when it says so: as internal.guidance_periods on the server. */
static void follow_guidance(struct journey *journey, const Traject__V1__TimelineEntry *entry,
                            const char **coach, bool *employer)
{
    static const char employer_name[] = "{employer}[ ({person})]";
    int64_t at = happened(entry);
    bool another_coach = entry->kind == KIND(TRAJECTORY_STARTED) || entry->kind == KIND(COACH_ASSIGNED);
    if (another_coach && entry->_worker_case)
        *coach = entry->worker;
    switch (entry->kind) {
    case KIND(HANDOVER_COMPLETED):
        *employer = true;
        begin_guidance(journey, JOURNEY_EMPLOYER, at, template_text(employer_name, &entry->base));
        break;
    case KIND(SUPERVISOR_CHANGED):
        if (*employer && entry->_person_case)
            begin_guidance(journey, JOURNEY_EMPLOYER, at, template_text(employer_name, &entry->base));
        break;
    case KIND(HANDOVER_RETURNED):
    case KIND(HANDOVER_FLAGGED):
        if (*employer)
            begin_guidance(journey, JOURNEY_COACH, at, *coach ? strdup(*coach) : NULL);
        *employer = false;
        break;
    default:
        if (another_coach && !*employer)
            begin_guidance(journey, JOURNEY_COACH, at, *coach ? strdup(*coach) : NULL);
    }
}

/* Gives each mark its lane, and makes the spans of stages and of who guides. In which stage the client was,
 * every entry says: so a move that is not told is still seen. */
static void follow(struct journey *journey)
{
    const char *coach = NULL;
    bool employer = false;
    int stage_lane = JOURNEY_STAGE;
    /* Of what is told of somebody who may not know it all, the beginning may be left out. */
    bool in_stage = false;
    for (size_t i = 0; i < journey->n_marks; i++) {
        struct journey_mark *mark = &journey->marks[i];
        const Traject__V1__TimelineEntry *entry = mark->entry;
        if (is_stage(entry) && !journey->ended &&
            (!in_stage || stage_lane != JOURNEY_STAGE + (int)entry->stage - 1)) {
            end_span(journey, JOURNEY_STAGE, JOURNEY_STAGE + JOURNEY_STAGES - 1, mark->at);
            stage_lane = JOURNEY_STAGE + (int)entry->stage - 1;
            add_span(journey, stage_lane, JOURNEY_IN_STAGE, mark->at);
            in_stage = true;
        }
        mark->lane = lane_of(entry, stage_lane);
        if (!journey->ended)
            follow_guidance(journey, entry, &coach, &employer);
        if (entry->kind == KIND(TRAJECTORY_ENDED)) {
            end_span(journey, JOURNEY_STAGE, JOURNEY_GUIDANCE, mark->at);
            journey->ended = true;
        }
    }
}

static void add_silences(struct journey *journey, const Traject__V1__ListSilencesReply *silences)
{
    for (size_t i = 0; i < silences->n_silences; i++) {
        const Traject__V1__Silence *silence = silences->silences[i];
        if (silence->trajectory != journey->trajectory || !silence->since ||
            silence->since->seconds >= journey->now)
            continue;
        struct journey_span *span =
            add_span(journey, JOURNEY_CONTACT, JOURNEY_SILENCE, within(silence->since->seconds));
        if (span->since < journey->since)
            span->since = journey->since;
        if (silence->until && silence->until->seconds < journey->now)
            end_span(journey, JOURNEY_CONTACT, JOURNEY_CONTACT, within(silence->until->seconds));
    }
}

/* Spans in the order of the lanes, within the journey, none of them empty. */
static int by_lane(const void *a, const void *b)
{
    const struct journey_span *one = a, *other = b;
    if (one->lane != other->lane)
        return one->lane < other->lane ? -1 : 1;
    return one->since < other->since ? -1 : one->since > other->since;
}

static void settle_spans(struct journey *journey)
{
    size_t kept = 0;
    for (size_t i = 0; i < journey->n_spans; i++) {
        struct journey_span *span = &journey->spans[i];
        if (span->lasts)
            span->until = journey->now > span->since ? journey->now : span->since;
        /* Past due counts in whole days. */
        int64_t shortest = span->kind == JOURNEY_SILENCE ? DAY : span->lasts ? 0 : 1;
        if (span->until - span->since >= shortest)
            journey->spans[kept++] = *span;
        else
            free(span->name);
    }
    journey->n_spans = kept;
    if (kept)
        qsort(journey->spans, kept, sizeof *journey->spans, by_lane);
}

struct journey *journey_new(const Traject__V1__GetTimelineReply *told,
                            const Traject__V1__ListSilencesReply *silences, int trajectory, int64_t now)
{
    struct journey *journey = calloc(1, sizeof *journey);
    journey->trajectory = trajectory;
    for (size_t i = 0; !trajectory && i < told->n_entries; i++) {
        if (told->entries[i]->trajectory > journey->trajectory)
            journey->trajectory = told->entries[i]->trajectory;
    }
    journey->marks = calloc(told->n_entries + 1, sizeof *journey->marks);
    for (size_t i = 0; i < told->n_entries; i++) {
        const Traject__V1__TimelineEntry *entry = told->entries[i];
        if (entry->trajectory == journey->trajectory)
            journey->marks[journey->n_marks++] = (struct journey_mark){.at = happened(entry), .entry = entry};
    }
    if (!journey->n_marks) {
        journey_free(journey);
        return NULL;
    }
    qsort(journey->marks, journey->n_marks, sizeof *journey->marks, by_moment);
    int64_t first = journey->marks[0].at, last = journey->marks[journey->n_marks - 1].at;
    journey->since = first;
    journey->now = now > first ? now : first;
    follow(journey);
    if (silences)
        add_silences(journey, silences);
    settle_spans(journey);
    journey->until = journey->ended || last > journey->now ? last : journey->now;
    if (journey->until < journey->since + DAY)
        journey->until = journey->since + DAY;
    return journey;
}

void journey_free(struct journey *journey)
{
    for (size_t i = 0; i < journey->n_spans; i++)
        free(journey->spans[i].name);
    free(journey->spans);
    free(journey->marks);
    free(journey);
}

/* ---- time into columns ---- */

int journey_column(const struct journey *journey, int64_t at, int columns)
{
    if (at <= journey->since)
        return 0;
    if (at >= journey->until)
        return columns - 1;
    return (int)((double)(at - journey->since) / (double)(journey->until - journey->since) * columns);
}

size_t journey_groups(const struct journey *journey, int lane, int columns, int apart,
                      const struct journey_mark **marks, struct journey_group *groups)
{
    size_t count = 0, n = 0;
    for (size_t i = 0; i < journey->n_marks; i++) {
        const struct journey_mark *mark = &journey->marks[i];
        if (mark->lane != lane)
            continue;
        int column = journey_column(journey, mark->at, columns);
        if (!n || column - groups[n - 1].column >= apart)
            groups[n++] = (struct journey_group){.column = column, .first = count};
        groups[n - 1].count++;
        marks[count++] = mark;
    }
    return n;
}

/* ---- the axis ---- */

enum tick_form { TICK_DAY, TICK_MONTH, TICK_YEAR };

static const struct tick_unit {
    int days, months;
    enum tick_form form;
} tick_units[] = {
    {1, 0, TICK_DAY},    {7, 0, TICK_DAY},     {0, 1, TICK_MONTH},    {0, 2, TICK_MONTH}, {0, 3, TICK_MONTH},
    {0, 6, TICK_MONTH},  {0, 12, TICK_YEAR},   {0, 24, TICK_YEAR},    {0, 60, TICK_YEAR}, {0, 120, TICK_YEAR},
    {0, 600, TICK_YEAR}, {0, 1200, TICK_YEAR}, {0, 12000, TICK_YEAR},
};

/* The last such moment of the calendar that is not after this one: of days Mondays or each, of months those
 * that begin one of so many. */
static struct tm tick_before(const struct tick_unit *unit, int64_t at)
{
    time_t moment = (time_t)at;
    struct tm tm;
    localtime_r(&moment, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    if (unit->days) {
        tm.tm_mday -= unit->days == 7 ? (tm.tm_wday + 6) % 7 : 0;
    } else {
        int month = (tm.tm_year + 1900) * 12 + tm.tm_mon;
        month -= month % unit->months;
        tm.tm_year = month / 12 - 1900;
        tm.tm_mon = month % 12;
        tm.tm_mday = 1;
    }
    return tm;
}

static void label_tick(struct journey_tick *tick, enum tick_form form)
{
    char date[sizeof tick->label]; /* "2 Nov 2026", in the order of day, month, year in every language here */
    when_date(tick->at, date, sizeof date);
    char *after_day = strchr(date, ' '), *after_month = strrchr(date, ' ');
    const char *from = date;
    if (form == TICK_DAY && after_month)
        *after_month = '\0';
    else if (form == TICK_MONTH && after_day)
        from = after_day + 1;
    else if (form == TICK_YEAR && after_month)
        from = after_month + 1;
    snprintf(tick->label, sizeof tick->label, "%s", from);
}

size_t journey_ticks(const struct journey *journey, int columns, int apart,
                     struct journey_tick ticks[JOURNEY_TICKS_MAX])
{
    const size_t units = sizeof tick_units / sizeof *tick_units;
    double days = (double)(journey->until - journey->since) / DAY;
    size_t u = 0;
    for (; u + 1 < units; u++) {
        double each = tick_units[u].days ? tick_units[u].days : tick_units[u].months * 28.0;
        if (days / each * apart <= columns && days / each < JOURNEY_TICKS_MAX)
            break;
    }
    size_t n = 0;
    for (struct tm tm = tick_before(&tick_units[u], journey->since); n < JOURNEY_TICKS_MAX;) {
        struct tm made = tm;
        int64_t at = mktime(&made);
        if (at > journey->until)
            break;
        /* The beginning by its whole date, when the first tick leaves room for that. */
        if (at >= journey->since && !n && journey_column(journey, at, columns) >= apart + apart / 2) {
            ticks[n].at = journey->since;
            when_date(journey->since, ticks[n].label, sizeof ticks[n].label);
            n++;
        }
        if (at >= journey->since && n < JOURNEY_TICKS_MAX) {
            ticks[n].at = at;
            label_tick(&ticks[n++], tick_units[u].form);
        }
        tm.tm_mday += tick_units[u].days;
        tm.tm_mon += tick_units[u].months;
    }
    if (!n) {
        ticks[n].at = journey->since;
        when_date(journey->since, ticks[n].label, sizeof ticks[n].label);
        n++;
    }
    return n;
}
