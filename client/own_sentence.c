#include "own_sentence.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "template.h"

#define KIND(name) TRAJECT__V1__EVENT_KIND__EVENT_KIND_##name

/* clang-format off */
/* By kind: the sentence; the one of what reached nobody, or was taken away; and the one of what was with somebody else.
 * {worker} is who did it, also when that is who recorded it. */
static const struct {
    const char *text, *otherwise, *with_others;
} sentences[] = {
    [KIND(TRAJECTORY_STARTED)] = {N_("Your way to work began: {trajectory_kind}. Your coach was {worker}"), NULL, NULL},
    [KIND(STAGE_MOVED)] = {N_("You went on to: {stage}"), NULL, NULL},
    [KIND(CONTACT)] = {N_("You had contact with {worker}: {channel}[, with {network_people}]"),
                       N_("{worker} tried to reach you: {channel}"),
                       N_("{worker} had contact about you with the {counterpart}: {channel}")},
    [KIND(COACH_ASSIGNED)] = {N_("{worker} became your coach"), NULL, NULL},
    [KIND(HANDOVER_FLAGGED)] =
        {N_("The plan: later your employer guides you, {employer} ({person})[, from {due_at}]"), NULL, NULL},
    [KIND(HANDOVER_PREPARED)] =
        {N_("The change of guidance to {employer} was prepared[. Your second person there is {second_person}]"), NULL, NULL},
    [KIND(HANDOVER_ACCEPTED)] = {N_("{person} of {employer} said yes to guiding you"), NULL, NULL},
    [KIND(HANDOVER_DECLINED)] = {N_("{employer} cannot guide you now. Your coach guides you"), NULL, NULL},
    [KIND(HANDOVER_WITHDRAWN)] = {N_("Your coach goes on guiding you. The plan with {employer} does not go on"), NULL, NULL},
    [KIND(HANDOVER_COMPLETED)] =
        {N_("Your employer guides you now: {employer} ({person}[, and as second person {second_person}])"), NULL, NULL},
    [KIND(HANDOVER_RETURNED)] = {N_("Your coach guides you again, after {employer}"), NULL, NULL},
    [KIND(RHYTHM_SET)] = {N_("You agreed on contact every {rhythm_days} days"),
                          N_("The usual time between contacts holds for you again"), NULL},
    [KIND(TRAJECTORY_ENDED)] = {N_("This way to work ended: {outcome}"), NULL, NULL},
    [KIND(FIRST_CONTACT)] = {N_("Your first contact[ with {employer}][ ({person})]: {form}"), NULL, NULL},
    [KIND(DAY_ALONG)] = {N_("You spent a day along at {employer}[ with {person}]"), NULL, NULL},
    [KIND(TRIAL_PLACEMENT_BEGUN)] =
        {N_("You try out the work at {employer}[ with {person}][ from {begins_at}], until {due_at}"), NULL, NULL},
    [KIND(TRIAL_PLACEMENT_EXTENDED)] = {N_("You try out the work at {employer} longer, until {due_at}"), NULL, NULL},
    [KIND(TRIAL_PLACEMENT_ENDED)] = {N_("Trying out the work at {employer} ended: {ending}"), NULL, NULL},
    [KIND(PROBATION_BEGUN)] = {N_("Your probation at {employer} began[ on {begins_at}]; it lasts until {due_at}"), NULL, NULL},
    [KIND(PROBATION_ENDED)] = {N_("Your probation at {employer} ended: {ending}"), NULL, NULL},
    [KIND(CONTRACT_BEGUN)] =
        {N_("You have a contract at {employer}: {contract}, {hours} hours a week[, from {begins_at}][, until {due_at}]"),
         NULL, NULL},
    [KIND(CONTRACT_CHANGED)] =
        {N_("Your contract at {employer} changed[: {contract}][, {hours} hours a week][, until {due_at}]"), NULL, NULL},
    [KIND(CONTRACT_ENDED)] = {N_("Your contract at {employer} ended: {ending}"), NULL, NULL},
    [KIND(WAGE_VALUE_MEASURED)] = {N_("Your work was measured: {percentage}%. It holds until {due_at}"), NULL, NULL},
    [KIND(SCHEME_APPLIED)] = {N_("Help for your work was asked for: {scheme}[ ({what})]"), NULL, NULL},
    [KIND(SCHEME_GRANTED)] = {N_("Help for your work was granted: {scheme}[ ({what})][, until {due_at}]"), NULL, NULL},
    [KIND(SCHEME_REFUSED)] = {N_("Help for your work was not granted: {scheme}[ ({what})]"), NULL, NULL},
    [KIND(SCHEME_ENDED)] = {N_("Help for your work ended: {scheme}[ ({what})]"), NULL, NULL},
    [KIND(TASK_FITTED)] = {N_("Work that fits you: {what}[ ({employer})]"), NULL, NULL},
    [KIND(TASK_CHANGED)] = {N_("Your work changed: {what}"), NULL, NULL},
    [KIND(TASK_ENDED)] = {N_("You no longer have this task: {what}"), NULL, NULL},
    [KIND(ADAPTATION_AGREED)] = {N_("It was agreed to change something at work for you: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(ADAPTATION_MADE)] = {N_("Something at work was changed for you: {what}"), NULL, NULL},
    [KIND(ADAPTATION_CHANGED)] = {N_("What changes at work for you became: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(ADAPTATION_ENDED)] = {N_("No longer needed at work for you: {what}"), NULL, NULL},
    [KIND(WORKPLACE_GUIDANCE_ARRANGED)] =
        {N_("You get help at work from the {guide}[ ({person})]: {guidance_form}[, every {every_days} days][, at {employer}]"),
         NULL, NULL},
    [KIND(WORKPLACE_GUIDANCE_CHANGED)] =
        {N_("Your help at work changed[, from the {guide}][ ({person})][: {guidance_form}][, every {every_days} days]"),
         NULL, NULL},
    [KIND(WORKPLACE_GUIDANCE_ENDED)] = {N_("Your help at work ended[, at {employer}]"), NULL, NULL},
    [KIND(SUPERVISOR_CHANGED)] =
        {N_("At {employer} you now have {person} as supervisor[ and {second_person} as second person]"), NULL, NULL},
    [KIND(SUPERVISOR_LEFT)] = {N_("{person} no longer works at {employer}. Somebody else will guide you"), NULL, NULL},
    [KIND(WISH_VOICED)] = {N_("Your wish: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(GOAL_SET)] = {N_("Your goal: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(CAREER_STEP_TAKEN)] = {N_("You took a step: {what}"), NULL, NULL},
    [KIND(TRAINING_BEGUN)] = {N_("You began to learn: {what}[, until {due_at}]"), NULL, NULL},
    [KIND(CAREER_CHANGED)] = {N_("Your plan changed: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(CAREER_ACHIEVED)] = {N_("You achieved: {what}"), NULL, NULL},
    [KIND(CAREER_DROPPED)] = {N_("You chose not to go on with: {what}"), NULL, NULL},
    [KIND(PRECONDITION_MISSING)] = {N_("Still needed for you: {theme}"), NULL, NULL},
    [KIND(PRECONDITION_IN_HAND)] = {N_("Being worked on for you: {theme}"), NULL, NULL},
    [KIND(PRECONDITION_MET)] = {N_("Settled for you: {theme}"), NULL, NULL},
    [KIND(MOTIVATION_TALKED)] = {N_("You talked with {worker} about what matters to you: {factor}[ ({channel})]"), NULL, NULL},
    [KIND(AGREEMENT_MADE)] = {N_("Agreed: {what}, before {due_at}"), NULL, NULL},
    [KIND(AGREEMENT_CHANGED)] =
        {N_("The agreement changed: {what}[, before {due_at}]"), NULL, NULL},
    [KIND(AGREEMENT_KEPT)] = {N_("Done as agreed: {what}"), NULL, NULL},
    [KIND(AGREEMENT_NOT_KEPT)] = {N_("Agreed, and not done: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_RAISED)] = {N_("Something stands in the way: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_PUT)] = {N_("Asked of {by_whom} to solve: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_ASKED)] = {N_("Asked again about what stands in the way: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_ANSWERED)] = {N_("An answer about what stood in the way: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_GROUPED)] = {N_("This stands in the way of more people: {what}"), NULL, NULL},
    [KIND(BOTTLENECK_CLOSED)] = {N_("No longer followed: {what}"), NULL, NULL},
    [KIND(NETWORK_PERSON_ADDED)] =
        {N_("You want {what} involved, {relation}. May be told: {may_be_told}"), NULL, NULL},
    [KIND(NETWORK_PERSON_CHANGED)] =
        {N_("You want {what} involved[, {relation}][. May be told: {may_be_told}]"), NULL, NULL},
    [KIND(NETWORK_PERSON_ENDED)] = {N_("No longer involved: {what}"), NULL, NULL},
    [KIND(APPOINTMENT_PLANNED)] =
        {N_("You have an appointment on {due_at+}: {channel}[, with {person}][, at {employer}][, with {network_people}]"),
         NULL, N_("{worker} has an appointment about you with the {counterpart} on {due_at+}: {channel}")},
    [KIND(APPOINTMENT_MOVED)] = {N_("The appointment moved to {due_at+}[: {channel}]"), NULL, NULL},
    [KIND(APPOINTMENT_KEPT)] = {N_("You had an appointment with {worker}: {channel}"), NULL,
                                N_("{worker} had an appointment about you with the {counterpart}: {channel}")},
    [KIND(APPOINTMENT_NOT_SHOWN_UP)] = {NULL, N_("An appointment did not take place: {channel}"), NULL},
    [KIND(APPOINTMENT_CANCELLED)] = {N_("An appointment was cancelled"), NULL, NULL},
    [KIND(ABSENCE_REPORTED)] = {N_("You were reported absent[, at {employer}][; expected back {due_at}]"), NULL, NULL},
    [KIND(ABSENCE_CHANGED)] = {N_("You were absent longer[; expected back {due_at}]"), NULL, NULL},
    [KIND(ABSENCE_RECOVERED)] = {N_("You were back at work"), NULL, NULL},
    [KIND(ABSENCE_ENDED)] = {N_("Your absence ended"), NULL, NULL},
    [KIND(DROPOUT_REPORTED)] = {N_("Your work stopped earlier than planned[, at {employer}]"), NULL, NULL},
    [KIND(DROPOUT_RESOLVED)] = {N_("After your work stopped it was settled what comes next"), NULL, NULL},
    [KIND(COACH_HANDOVER_PREPARED)] = {N_("Your coaches passed on: {checklist}"), NULL, NULL},
    [KIND(GLASS_BROKEN)] = {N_("{worker}, who is not your coach, looked at your record, until {due_at+}"), NULL, NULL},
    [KIND(CLIENT_ENTRY)] = {N_("You wrote"), NULL, NULL},
    [KIND(CORRECTION_ASKED)] = {N_("You asked to correct entry {about_id}"), NULL, NULL},
    [KIND(CORRECTION_MADE)] = {N_("The answer to you: it is corrected"), NULL, NULL},
    [KIND(CORRECTION_DECLINED)] = {N_("The answer to you: it stays as it is"), NULL, NULL},
};
/* clang-format on */

/* Who does, or did, what was agreed. */
static const char *const parties[] = {
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_CLIENT] = N_("by you"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_COACH] = N_("by your coach"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_EMPLOYER] = N_("by your employer"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_NETWORK] = N_("by somebody close to you"),
    [TRAJECT__V1__AGREEMENT_PARTY__AGREEMENT_PARTY_MUNICIPALITY] = N_("by the municipality"),
};

char *own_sentence(const Traject__V1__TimelineEntry *entry)
{
    /* Who did it is said in either field; the template names one. */
    Traject__V1__TimelineEntry told = *entry;
    if (!told._worker_case) {
        told._worker_case = TRAJECT__V1__TIMELINE_ENTRY___WORKER_WORKER;
        told.worker = told.recorded_by;
    }
    const char *pattern = NULL;
    if ((unsigned)told.kind < sizeof sentences / sizeof *sentences) {
        bool otherwise = (told._reached_case && !told.reached) ||
                         (told.kind == KIND(RHYTHM_SET) && !told._rhythm_days_case);
        bool with_others =
            told._counterpart_case && told.counterpart != TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT;
        const char *choices[] = {with_others ? sentences[told.kind].with_others : NULL,
                                 otherwise ? sentences[told.kind].otherwise : NULL, sentences[told.kind].text,
                                 sentences[told.kind].otherwise};
        for (size_t i = 0; i < sizeof choices / sizeof *choices && !pattern; i++)
            pattern = choices[i];
    }
    char *said = pattern ? template_text(_(pattern), &told.base) : strdup("");
    const char *activity = told._activity_case ? told.activity : "";
    unsigned party = told._party_case ? (unsigned)told.party : 0;
    const char *by = party < sizeof parties / sizeof *parties ? parties[party] : NULL;
    char *text;
    if (asprintf(&text, "%s%s%s%s%s%s", said, by ? " (" : "", by ? _(by) : "", by ? ")" : "",
                 *said && *activity ? " · " : "", activity) < 0)
        abort();
    free(said);
    output_tame(text);
    return text;
}
