#include "sentence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "template.h"

#define KIND(name) TRAJECT__V1__EVENT_KIND__EVENT_KIND_##name

/* By kind: the sentence, and the one of an attempt that reached nobody or a setting that was taken away. */
static const struct {
    const char *text, *otherwise;
} sentences[] = {
    [KIND(TRAJECTORY_STARTED)] =
        {"Trajectory started: {trajectory_kind}, in stage {stage}; coach {worker}, team {team}", NULL},
    [KIND(STAGE_MOVED)] = {"Stage: {stage}[ (from {from_stage})]", NULL},
    [KIND(CONTACT)] = {"Contact with the {counterpart}: {channel}[, with {network_people}]",
                       "Attempt to reach the {counterpart}, no answer: {channel}"},
    [KIND(COACH_ASSIGNED)] = {"Coach: {worker}, team {team}", NULL},
    [KIND(HANDOVER_FLAGGED)] = {"Handover flagged: to {employer} ({person})[, to move {due_at}]", NULL},
    [KIND(HANDOVER_PREPARED)] =
        {"Handover prepared: to {employer} ({person})[, second person {second_person}][: {checklist}]", NULL},
    [KIND(HANDOVER_ACCEPTED)] = {"Handover accepted: by {person} of {employer}", NULL},
    [KIND(HANDOVER_DECLINED)] = {"Handover declined: by {employer}", NULL},
    [KIND(HANDOVER_WITHDRAWN)] = {"Handover withdrawn: to {employer}", NULL},
    [KIND(
        HANDOVER_COMPLETED)] = {"The employer guides: {employer} ({person}[, second person {second_person}])",
                                NULL},
    [KIND(HANDOVER_RETURNED)] = {"The coach guides: handed back by {employer}", NULL},
    [KIND(RHYTHM_SET)] = {"Contact rhythm: every {rhythm_days} days",
                          "Contact rhythm: no longer one of the client's own"},
    [KIND(TRAJECTORY_ENDED)] = {"Trajectory ended: {outcome}, in stage {stage}", NULL},
    [KIND(FIRST_CONTACT)] = {"First contact[ with {employer}][ ({person})]: {form}, {direction}; the first "
                             "step was that of the {initiator}",
                             NULL},
    [KIND(DAY_ALONG)] = {"A day along at {employer}[ with {person}]", NULL},
    [KIND(TRIAL_PLACEMENT_BEGUN)] =
        {"Trial placement at {employer}[ with {person}][ from {begins_at}], planned until {due_at}", NULL},
    [KIND(TRIAL_PLACEMENT_EXTENDED)] = {"Trial placement at {employer} extended until {due_at}", NULL},
    [KIND(TRIAL_PLACEMENT_ENDED)] = {"Trial placement at {employer} ended: {ending}", NULL},
    [KIND(PROBATION_BEGUN)] = {"Probation at {employer}[ from {begins_at}] until {due_at}", NULL},
    [KIND(PROBATION_ENDED)] = {"Probation at {employer} ended: {ending}", NULL},
    [KIND(CONTRACT_BEGUN)] =
        {"Contract at {employer}: {contract}, {hours} hours a week[, from {begins_at}][, until {due_at}]",
         NULL},
    [KIND(CONTRACT_CHANGED)] =
        {"Contract at {employer} changed[: {contract}][, {hours} hours a week][, until {due_at}]", NULL},
    [KIND(CONTRACT_ENDED)] = {"Contract at {employer} ended: {ending}", NULL},
    [KIND(WAGE_VALUE_MEASURED)] =
        {"Wage value measured by {by_whom}: {percentage}%[, for {employer}]; holds until {due_at}", NULL},
    [KIND(SCHEME_APPLIED)] = {"Scheme applied for: {scheme}[ ({what})][, for {employer}]", NULL},
    [KIND(SCHEME_GRANTED)] = {"Scheme granted: {scheme}[ ({what})][, from {begins_at}][, until {due_at}]",
                              NULL},
    [KIND(SCHEME_REFUSED)] = {"Scheme refused: {scheme}[ ({what})]", NULL},
    [KIND(SCHEME_ENDED)] = {"Scheme ended: {scheme}[ ({what})]", NULL},
    [KIND(TASK_FITTED)] = {"Task fitted to the client: {what}[ ({employer})]", NULL},
    [KIND(TASK_CHANGED)] = {"Task changed: {what}", NULL},
    [KIND(TASK_ENDED)] = {"Task ended: {what}", NULL},
    [KIND(ADAPTATION_AGREED)] = {"Adaptation agreed: {what}[ ({employer})][, in place by {due_at}]", NULL},
    [KIND(ADAPTATION_MADE)] = {"Adaptation in place: {what}", NULL},
    [KIND(ADAPTATION_CHANGED)] = {"Adaptation changed: {what}[, in place by {due_at}]", NULL},
    [KIND(ADAPTATION_ENDED)] = {"Adaptation ended: {what}", NULL},
    [KIND(WORKPLACE_GUIDANCE_ARRANGED)] = {"Guidance at the workplace, by the {guide}[ ({person})]: "
                                           "{guidance_form}[, every {every_days} days][, at {employer}]",
                                           NULL},
    [KIND(WORKPLACE_GUIDANCE_CHANGED)] =
        {"Guidance at the workplace changed[, by the {guide}][ "
         "({person})][: {guidance_form}][, every {every_days} days][, at {employer}]",
         NULL},
    [KIND(WORKPLACE_GUIDANCE_ENDED)] = {"Guidance at the workplace ended[, at {employer}]", NULL},
    [KIND(SUPERVISOR_CHANGED)] = {"At {employer}: supervisor {person}[, second person {second_person}]",
                                  NULL},
    [KIND(SUPERVISOR_LEFT)] = {"{person} is no longer at {employer}: somebody else has to take that place",
                               NULL},
    [KIND(WISH_VOICED)] = {"Wish: {what}[, by {due_at}]", NULL},
    [KIND(GOAL_SET)] = {"Goal: {what}[, by {due_at}]", NULL},
    [KIND(CAREER_STEP_TAKEN)] = {"Step taken: {what}", NULL},
    [KIND(TRAINING_BEGUN)] = {"Training: {what}[, until {due_at}]", NULL},
    [KIND(CAREER_CHANGED)] = {"Changed: {what}[, by {due_at}]", NULL},
    [KIND(CAREER_ACHIEVED)] = {"Achieved: {what}", NULL},
    [KIND(CAREER_DROPPED)] = {"No longer pursued: {what}", NULL},
    [KIND(PRECONDITION_MISSING)] = {"Precondition missing: {theme}[; looked at again {due_at}]", NULL},
    [KIND(PRECONDITION_IN_HAND)] = {"Precondition in hand: {theme}[; looked at again {due_at}]", NULL},
    [KIND(PRECONDITION_MET)] = {"Precondition met: {theme}", NULL},
    [KIND(MOTIVATION_TALKED)] = {"Talked about what matters to the client: {factor}[ ({channel})]", NULL},
    [KIND(AGREEMENT_MADE)] = {"Agreement, by the {party}[ ({by_whom})]: {what}, before {due_at}", NULL},
    [KIND(AGREEMENT_CHANGED)] = {"Agreement changed, by the {party}[ ({by_whom})]: {what}[, before {due_at}]",
                                 NULL},
    [KIND(AGREEMENT_KEPT)] = {"Agreement kept by the {party}: {what}", NULL},
    [KIND(AGREEMENT_NOT_KEPT)] = {"Agreement not kept by the {party}: {what}", NULL},
    [KIND(BOTTLENECK_RAISED)] = {"Bottleneck: {what}[ ({grouped_as})]", NULL},
    [KIND(BOTTLENECK_PUT)] = {"Bottleneck put with {by_whom}: {what}", NULL},
    [KIND(BOTTLENECK_ASKED)] = {"Asked again about the bottleneck: {what}", NULL},
    [KIND(BOTTLENECK_ANSWERED)] = {"Answer on the bottleneck: {what}", NULL},
    [KIND(BOTTLENECK_GROUPED)] = {"Bottleneck of more clients, {grouped_as}: {what}", NULL},
    [KIND(BOTTLENECK_CLOSED)] = {"Bottleneck closed: {what}", NULL},
    [KIND(NETWORK_PERSON_ADDED)] =
        {"Involved at the client's wish: {what}, {relation}; may be told: {may_be_told}", NULL},
    [KIND(NETWORK_PERSON_CHANGED)] =
        {"Involved at the client's wish: {what}[, {relation}][; may be told: {may_be_told}]", NULL},
    [KIND(NETWORK_PERSON_ENDED)] = {"No longer involved: {what}", NULL},
    [KIND(APPOINTMENT_PLANNED)] =
        {"Appointment with the {counterpart}[ ({person})] for {due_at+}: {channel}[, at "
         "{employer}][, with {network_people}]",
         NULL},
    [KIND(APPOINTMENT_MOVED)] = {"Appointment moved to {due_at+}[: {channel}]", NULL},
    [KIND(APPOINTMENT_KEPT)] = {"Appointment kept with the {counterpart}: {channel}", NULL},
    [KIND(APPOINTMENT_NOT_SHOWN_UP)] =
        {NULL, "Appointment with the {counterpart} that did not take place: {channel}"},
    [KIND(APPOINTMENT_CANCELLED)] = {"Appointment cancelled", NULL},
    [KIND(ABSENCE_REPORTED)] = {"Absence reported[, at {employer}][; expected back {due_at}]", NULL},
    [KIND(ABSENCE_CHANGED)] = {"Absence goes on[; expected back {due_at}]", NULL},
    [KIND(ABSENCE_RECOVERED)] = {"Back at work after absence", NULL},
    [KIND(ABSENCE_ENDED)] = {"Absence ended", NULL},
    [KIND(DROPOUT_REPORTED)] = {"Work stopped before it was meant to[, at {employer}]", NULL},
    [KIND(DROPOUT_RESOLVED)] = {"After work stopped: settled what comes next", NULL},
    [KIND(COACH_HANDOVER_PREPARED)] = {"Handover between coaches: {checklist}", NULL},
    [KIND(GLASS_BROKEN)] = {"Seen from outside the caseload, by breaking the glass, until {due_at+}", NULL},
    [KIND(ENTRY_WITHDRAWN)] = {"Entry {supersedes} withdrawn[: {withdrawn_kind}]", NULL},
    [KIND(CLIENT_ENTRY)] = {"Written by the client", NULL},
    [KIND(CORRECTION_ASKED)] = {"The client asks to correct entry {about_id}", NULL},
    [KIND(CORRECTION_MADE)] = {"Answer to the client: it is corrected", NULL},
    [KIND(CORRECTION_DECLINED)] = {"Answer to the client: it stays as it is", NULL},
};

/* For whom the words of an entry are, when they are not for the team alone. */
static const char *const meant_for[] = {
    [TRAJECT__V1__AUDIENCE__AUDIENCE_CLIENT] = "; for the client",
    [TRAJECT__V1__AUDIENCE__AUDIENCE_EMPLOYER] = "; for the employer",
    [TRAJECT__V1__AUDIENCE__AUDIENCE_EVERYONE] = "; for client and employer",
};

char *sentence(const Traject__V1__TimelineEntry *e)
{
    bool otherwise =
        (e->_reached_case && !e->reached) || (e->kind == KIND(RHYTHM_SET) && !e->_rhythm_days_case);
    const char *pattern = NULL;
    if ((unsigned)e->kind < sizeof sentences / sizeof *sentences) {
        pattern = otherwise ? sentences[e->kind].otherwise : sentences[e->kind].text;
        /* A correction can say that nobody was reached of a kind that has one sentence. */
        if (!pattern)
            pattern = otherwise ? sentences[e->kind].text : sentences[e->kind].otherwise;
    }
    char *said = pattern ? template_text(pattern, &e->base) : NULL;
    /* Of a coach's change it says itself who the worker is. */
    bool by_worker =
        e->_worker_case && e->kind != KIND(TRAJECTORY_STARTED) && e->kind != KIND(COACH_ASSIGNED);
    const char *activity = e->_activity_case ? e->activity : "";
    unsigned audience = (unsigned)e->words_audience;
    const char *meant = audience < sizeof meant_for / sizeof *meant_for ? meant_for[audience] : NULL;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s%s — %s #%lld%s%s%s",
                 e->superseded_by ? e->withdrawn ? "[withdrawn] " : "[corrected] " : "", said ? said : "",
                 said && *activity ? " · " : "", activity, by_worker ? e->worker : e->recorded_by,
                 (long long)e->event_id, e->_corrected_by_case ? ", corrected by " : "",
                 e->_corrected_by_case ? e->corrected_by : "", meant ? meant : "") < 0)
        text = NULL;
    free(said);
    return text;
}
