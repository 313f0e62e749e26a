#include "timeline.h"

#include <stddef.h>

Traject__V1__TimelineEntry timeline_entries[TIMELINE_MAX];
Traject__V1__GetTimelineReply timeline_told;
Traject__V1__Silence timeline_silence_rows[TIMELINE_SILENCES_MAX];
Traject__V1__ListSilencesReply timeline_silences;

static Traject__V1__TimelineEntry *entries[TIMELINE_MAX];
static Traject__V1__Silence *silences[TIMELINE_SILENCES_MAX];
static Google__Protobuf__Timestamp moments[TIMELINE_MAX], silence_moments[TIMELINE_SILENCES_MAX][2];

int timeline_begin(void **state)
{
    (void)state;
    traject__v1__get_timeline_reply__init(&timeline_told);
    timeline_told.entries = entries;
    traject__v1__list_silences_reply__init(&timeline_silences);
    timeline_silences.silences = silences;
    return 0;
}

static Google__Protobuf__Timestamp *set_moment(Google__Protobuf__Timestamp *moment, int64_t at)
{
    google__protobuf__timestamp__init(moment);
    moment->seconds = at;
    return moment;
}

Traject__V1__TimelineEntry *timeline_add(Traject__V1__EventKind kind, int64_t at, Traject__V1__Stage stage)
{
    size_t i = timeline_told.n_entries++;
    Traject__V1__TimelineEntry *entry = entries[i] = &timeline_entries[i];
    traject__v1__timeline_entry__init(entry);
    entry->occurred_at = set_moment(&moments[i], at);
    entry->event_id = (int64_t)i + 1;
    entry->trajectory = 1;
    entry->kind = kind;
    if (stage) {
        entry->_stage_case = TRAJECT__V1__TIMELINE_ENTRY___STAGE_STAGE;
        entry->stage = stage;
    }
    return entry;
}

void timeline_contact(int64_t at, Traject__V1__Stage stage, Traject__V1__Counterpart counterpart,
                      bool reached)
{
    Traject__V1__TimelineEntry *entry = timeline_add(KIND(CONTACT), at, stage);
    entry->_reached_case = TRAJECT__V1__TIMELINE_ENTRY___REACHED_REACHED;
    entry->reached = reached;
    entry->_counterpart_case = TRAJECT__V1__TIMELINE_ENTRY___COUNTERPART_COUNTERPART;
    entry->counterpart = counterpart;
    entry->_channel_case = TRAJECT__V1__TIMELINE_ENTRY___CHANNEL_CHANNEL;
    entry->channel = TRAJECT__V1__CHANNEL__CHANNEL_PHONE;
}

void timeline_worker(Traject__V1__TimelineEntry *entry, char *name)
{
    entry->_worker_case = TRAJECT__V1__TIMELINE_ENTRY___WORKER_WORKER;
    entry->worker = name;
}

void timeline_employer(Traject__V1__TimelineEntry *entry, char *employer, char *person)
{
    entry->_employer_case = TRAJECT__V1__TIMELINE_ENTRY___EMPLOYER_EMPLOYER;
    entry->employer = employer;
    if (person) {
        entry->_person_case = TRAJECT__V1__TIMELINE_ENTRY___PERSON_PERSON;
        entry->person = person;
    }
}

void timeline_silence(int64_t since, int64_t until)
{
    size_t i = timeline_silences.n_silences++;
    Traject__V1__Silence *row = silences[i] = &timeline_silence_rows[i];
    traject__v1__silence__init(row);
    row->trajectory = 1;
    row->since = set_moment(&silence_moments[i][0], since);
    row->until = until ? set_moment(&silence_moments[i][1], until) : NULL;
}
