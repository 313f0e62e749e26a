#include "sentence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "template.h"

#define KIND(name) TRAJECT__V1__EVENT_KIND__EVENT_KIND_##name

/* By kind: the sentence, and the one of an attempt that reached nobody or a setting that was taken away. */
static const struct {
    const char *text, *otherwise;
} sentences[] = {
    [KIND(TRAJECTORY_STARTED)] =
        {N_("Trajectory started: {trajectory_kind}, in stage {stage}; coach {worker}, team {team}"), NULL},
    [KIND(STAGE_MOVED)] = {N_("Stage: {stage}[ (from {from_stage})]"), NULL},
    [KIND(CONTACT)] = {N_("Contact with the {counterpart}: {channel}[, with {network_people}]"),
                       N_("Attempt to reach the {counterpart}, no answer: {channel}")},
    [KIND(COACH_ASSIGNED)] = {N_("Coach: {worker}, team {team}"), NULL},
    [KIND(HANDOVER_FLAGGED)] = {N_("Handover flagged: to {employer} ({person})[, to move {due_at}]"), NULL},
    [KIND(HANDOVER_PREPARED)] =
        {N_("Handover prepared: to {employer} ({person})[, second person {second_person}][: {checklist}]"),
         NULL},
    [KIND(HANDOVER_ACCEPTED)] = {N_("Handover accepted: by {person} of {employer}"), NULL},
    [KIND(HANDOVER_DECLINED)] = {N_("Handover declined: by {employer}"), NULL},
    [KIND(HANDOVER_WITHDRAWN)] = {N_("Handover withdrawn: to {employer}"), NULL},
    [KIND(HANDOVER_COMPLETED)] =
        {N_("The employer guides: {employer} ({person}[, second person {second_person}])"), NULL},
    [KIND(HANDOVER_RETURNED)] = {N_("The coach guides: handed back by {employer}"), NULL},
    [KIND(RHYTHM_SET)] = {N_("Contact rhythm: every {rhythm_days} days"),
                          N_("Contact rhythm: no longer one of the client's own")},
    [KIND(TRAJECTORY_ENDED)] = {N_("Trajectory ended: {outcome}, in stage {stage}"), NULL},
    [KIND(
        FIRST_CONTACT)] = {N_("First contact[ with {employer}][ ({person})]: {form}, {direction}; the first "
                              "step was that of the {initiator}"),
                           NULL},
    [KIND(DAY_ALONG)] = {N_("A day along at {employer}[ with {person}]"), NULL},
    [KIND(TRIAL_PLACEMENT_BEGUN)] =
        {N_("Trial placement at {employer}[ with {person}][ from {begins_at}], planned until {due_at}"),
         NULL},
    [KIND(TRIAL_PLACEMENT_EXTENDED)] = {N_("Trial placement at {employer} extended until {due_at}"), NULL},
    [KIND(TRIAL_PLACEMENT_ENDED)] = {N_("Trial placement at {employer} ended: {ending}"), NULL},
    [KIND(PROBATION_BEGUN)] = {N_("Probation at {employer}[ from {begins_at}] until {due_at}"), NULL},
    [KIND(PROBATION_ENDED)] = {N_("Probation at {employer} ended: {ending}"), NULL},
    [KIND(CONTRACT_BEGUN)] =
        {N_("Contract at {employer}: {contract}, {hours} hours a week[, from {begins_at}][, until {due_at}]"),
         NULL},
    [KIND(CONTRACT_CHANGED)] =
        {N_("Contract at {employer} changed[: {contract}][, {hours} hours a week][, until {due_at}]"), NULL},
    [KIND(CONTRACT_ENDED)] = {N_("Contract at {employer} ended: {ending}"), NULL},
    [KIND(WAGE_VALUE_MEASURED)] =
        {N_("Wage value measured by {by_whom}: {percentage}%[, for {employer}]; holds until {due_at}"), NULL},
    [KIND(SCHEME_APPLIED)] = {N_("Scheme applied for: {scheme}[ ({what})][, for {employer}]"), NULL},
    [KIND(SCHEME_GRANTED)] = {N_("Scheme granted: {scheme}[ ({what})][, from {begins_at}][, until {due_at}]"),
                              NULL},
    [KIND(SCHEME_REFUSED)] = {N_("Scheme refused: {scheme}[ ({what})]"), NULL},
    [KIND(SCHEME_ENDED)] = {N_("Scheme ended: {scheme}[ ({what})]"), NULL},
    [KIND(TASK_FITTED)] = {N_("Task fitted to the client: {what}[ ({employer})]"), NULL},
    [KIND(TASK_CHANGED)] = {N_("Task changed: {what}"), NULL},
    [KIND(TASK_ENDED)] = {N_("Task ended: {what}"), NULL},
    [KIND(ADAPTATION_AGREED)] = {N_("Adaptation agreed: {what}[ ({employer})][, in place by {due_at}]"),
                                 NULL},
    [KIND(ADAPTATION_MADE)] = {N_("Adaptation in place: {what}"), NULL},
    [KIND(ADAPTATION_CHANGED)] = {N_("Adaptation changed: {what}[, in place by {due_at}]"), NULL},
    [KIND(ADAPTATION_ENDED)] = {N_("Adaptation ended: {what}"), NULL},
    [KIND(WORKPLACE_GUIDANCE_ARRANGED)] = {N_("Guidance at the workplace, by the {guide}[ ({person})]: "
                                              "{guidance_form}[, every {every_days} days][, at {employer}]"),
                                           NULL},
    [KIND(WORKPLACE_GUIDANCE_CHANGED)] =
        {N_("Guidance at the workplace changed[, by the {guide}][ "
            "({person})][: {guidance_form}][, every {every_days} days][, at {employer}]"),
         NULL},
    [KIND(WORKPLACE_GUIDANCE_ENDED)] = {N_("Guidance at the workplace ended[, at {employer}]"), NULL},
    [KIND(SUPERVISOR_CHANGED)] = {N_("At {employer}[: supervisor {person}][, second person {second_person}]"),
                                  NULL},
    [KIND(
        SUPERVISOR_LEFT)] = {N_("{person} is no longer at {employer}: somebody else has to take that place"),
                             NULL},
    [KIND(WISH_VOICED)] = {N_("Wish: {what}[, by {due_at}]"), NULL},
    [KIND(GOAL_SET)] = {N_("Goal: {what}[, by {due_at}]"), NULL},
    [KIND(CAREER_STEP_TAKEN)] = {N_("Step taken: {what}"), NULL},
    [KIND(TRAINING_BEGUN)] = {N_("Training: {what}[, until {due_at}]"), NULL},
    [KIND(CAREER_CHANGED)] = {N_("Changed: {what}[, by {due_at}]"), NULL},
    [KIND(CAREER_ACHIEVED)] = {N_("Achieved: {what}"), NULL},
    [KIND(CAREER_DROPPED)] = {N_("No longer pursued: {what}"), NULL},
    [KIND(PRECONDITION_MISSING)] = {N_("Precondition missing: {theme}[; looked at again {due_at}]"), NULL},
    [KIND(PRECONDITION_IN_HAND)] = {N_("Precondition in hand: {theme}[; looked at again {due_at}]"), NULL},
    [KIND(PRECONDITION_MET)] = {N_("Precondition met: {theme}"), NULL},
    [KIND(MOTIVATION_TALKED)] = {N_("Talked about what matters to the client: {factor}[ ({channel})]"), NULL},
    [KIND(AGREEMENT_MADE)] = {N_("Agreement, by the {party}[ ({by_whom})]: {what}, before {due_at}"), NULL},
    [KIND(AGREEMENT_CHANGED)] =
        {N_("Agreement changed, by the {party}[ ({by_whom})]: {what}[, before {due_at}]"), NULL},
    [KIND(AGREEMENT_KEPT)] = {N_("Agreement kept by the {party}: {what}"), NULL},
    [KIND(AGREEMENT_NOT_KEPT)] = {N_("Agreement not kept by the {party}: {what}"), NULL},
    [KIND(BOTTLENECK_RAISED)] = {N_("Bottleneck: {what}[ ({grouped_as})]"), NULL},
    [KIND(BOTTLENECK_PUT)] = {N_("Bottleneck put with {by_whom}: {what}"), NULL},
    [KIND(BOTTLENECK_ASKED)] = {N_("Asked again about the bottleneck: {what}"), NULL},
    [KIND(BOTTLENECK_ANSWERED)] = {N_("Answer on the bottleneck: {what}"), NULL},
    [KIND(BOTTLENECK_GROUPED)] = {N_("Bottleneck of more clients, {grouped_as}: {what}"), NULL},
    [KIND(BOTTLENECK_CLOSED)] = {N_("Bottleneck closed: {what}"), NULL},
    [KIND(NETWORK_PERSON_ADDED)] =
        {N_("Involved at the client's wish: {what}, {relation}; may be told: {may_be_told}"), NULL},
    [KIND(NETWORK_PERSON_CHANGED)] =
        {N_("Involved at the client's wish: {what}[, {relation}][; may be told: {may_be_told}]"), NULL},
    [KIND(NETWORK_PERSON_ENDED)] = {N_("No longer involved: {what}"), NULL},
    [KIND(APPOINTMENT_PLANNED)] =
        {N_("Appointment with the {counterpart}[ ({person})] for {due_at+}: {channel}[, at "
            "{employer}][, with {network_people}]"),
         NULL},
    [KIND(APPOINTMENT_MOVED)] = {N_("Appointment moved to {due_at+}[: {channel}]"), NULL},
    [KIND(APPOINTMENT_KEPT)] = {N_("Appointment kept with the {counterpart}: {channel}"), NULL},
    [KIND(APPOINTMENT_NOT_SHOWN_UP)] =
        {NULL, N_("Appointment with the {counterpart} that did not take place: {channel}")},
    [KIND(APPOINTMENT_CANCELLED)] = {N_("Appointment cancelled"), NULL},
    [KIND(ABSENCE_REPORTED)] = {N_("Absence reported[, at {employer}][; expected back {due_at}]"), NULL},
    [KIND(ABSENCE_CHANGED)] = {N_("Absence goes on[; expected back {due_at}]"), NULL},
    [KIND(ABSENCE_RECOVERED)] = {N_("Back at work after absence"), NULL},
    [KIND(ABSENCE_ENDED)] = {N_("Absence ended"), NULL},
    [KIND(DROPOUT_REPORTED)] = {N_("Work stopped before it was meant to[, at {employer}]"), NULL},
    [KIND(DROPOUT_RESOLVED)] = {N_("After work stopped: settled what comes next"), NULL},
    [KIND(COACH_HANDOVER_PREPARED)] = {N_("Handover between coaches: {checklist}"), NULL},
    [KIND(GLASS_BROKEN)] = {N_("Seen from outside the caseload, by breaking the glass, until {due_at+}"),
                            NULL},
    [KIND(ENTRY_WITHDRAWN)] = {N_("Entry {supersedes} withdrawn[: {withdrawn_kind}]"), NULL},
    [KIND(CLIENT_ENTRY)] = {N_("Written by the client"), NULL},
    [KIND(CORRECTION_ASKED)] = {N_("The client asks to correct entry {about_id}"), NULL},
    [KIND(CORRECTION_MADE)] = {N_("Answer to the client: it is corrected"), NULL},
    [KIND(CORRECTION_DECLINED)] = {N_("Answer to the client: it stays as it is"), NULL},
};

/* For whom the words of an entry are, when they are not for the team alone. */
static const char *const meant_for[] = {
    [TRAJECT__V1__AUDIENCE__AUDIENCE_CLIENT] = N_("; for the client"),
    [TRAJECT__V1__AUDIENCE__AUDIENCE_EMPLOYER] = N_("; for the employer"),
    [TRAJECT__V1__AUDIENCE__AUDIENCE_EVERYONE] = N_("; for client and employer"),
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
    char *said = pattern ? template_text(_(pattern), &e->base) : NULL;
    /* Of a coach's change it says itself who the worker is. */
    bool by_worker =
        e->_worker_case && e->kind != KIND(TRAJECTORY_STARTED) && e->kind != KIND(COACH_ASSIGNED);
    const char *activity = e->_activity_case ? e->activity : "";
    unsigned audience = (unsigned)e->words_audience;
    const char *meant = audience < sizeof meant_for / sizeof *meant_for ? meant_for[audience] : NULL;
    const char *mark = !e->superseded_by ? "" : e->withdrawn ? _("[withdrawn] ") : _("[corrected] ");
    char *corrected = template_text(_("[, corrected by {corrected_by}]"), &e->base), *text = NULL;
    /* The server names a client as "the client"; no worker's name has a space in it. */
    const char *name = by_worker ? e->worker : e->recorded_by;
    char *signed_by = strchr(name, ' ') ? traject_said(name) : strdup(name);
    if (asprintf(&text, "%s%s%s%s — %s #%lld%s%s", mark, said ? said : "", said && *activity ? " · " : "",
                 activity, signed_by, (long long)e->event_id, corrected, meant ? _(meant) : "") < 0)
        text = NULL;
    free(signed_by);
    free(corrected);
    free(said);
    return text;
}
