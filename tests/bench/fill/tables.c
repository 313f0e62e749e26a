#include "tables.h"

const char event_columns[] =
    "municipality_id,event_id,trajectory_id,kind,occurred_at,recorded_at,recorded_by,worker_id,team_id,stage,"
    "channel,"
    "counterpart,reached,words,reason,trajectory_kind,outcome,employer_id,person_id,second_person_id,item_id,"
    "what,by_whom,"
    "theme,factor,party,due_at,grouped_as,record_read,introduced_to_client,agreements_passed_on,talked_"
    "through_with_client,"
    "guidance_needs_shared,absence_and_dropout_discussed,fallback_agreed,sequence,chained";

static const struct {
    const char *name, *columns;
} given[TABLES] = {
    [TABLE_MUNICIPALITY] = {"traject.municipality", "municipality_id,name,next_client_number"},
    [TABLE_RHYTHM] = {"traject.rhythm", "municipality_id,days,period"},
    [TABLE_TEAM] = {"traject.team", "municipality_id,team_id,name"},
    [TABLE_WORKER] = {"traject.worker", "municipality_id,worker_id,name,full_name,role"},
    [TABLE_TEAM_MEMBER] = {"traject.team_member", "municipality_id,team_id,worker_id"},
    [TABLE_EMPLOYER] = {"traject.employer", "municipality_id,employer_id,name"},
    [TABLE_EMPLOYER_PERSON] = {"traject.employer_person", "municipality_id,employer_id,person_id,name"},
    [TABLE_TOKEN] = {"session.token", "municipality_id,token_id,worker_id,token_sha256,label,expires_at"},
    [TABLE_PERSON_KEY] = {"traject.person_key", "municipality_id,key_id,wrapped,data_subject_id"},
    [TABLE_CLIENT] = {"traject.client",
                      "municipality_id,client_id,client_number,full_name,trajectories,key_id,added_at"},
    [TABLE_TRAJECTORY] = {"traject.trajectory",
                          "municipality_id,trajectory_id,client_id,ordinal,kind,started_at,ended_at,outcome"},
    [TABLE_EVENT] = {"traject.event", event_columns},
    [TABLE_CHAIN_HEAD] = {"traject.chain_head", "municipality_id,trajectory_id,sequence,chained"},
    [TABLE_STAGE_SPELL] = {"traject.stage_spell",
                           "municipality_id,trajectory_id,period,stage,from_stage,reason"},
    [TABLE_COACH_ASSIGNMENT] = {"traject.coach_assignment",
                                "municipality_id,trajectory_id,period,team_id,coach_id"},
    [TABLE_GUIDANCE] = {"traject.guidance",
                        "municipality_id,trajectory_id,period,party,employer_id,person_id,second_person_id"},
    [TABLE_HANDOVER] =
        {"traject.handover",
         "municipality_id,handover_id,trajectory_id,state,last_step_at,state_since,employer_id,"
         "supervisor_id,second_person_id,talked_through_with_client,guidance_needs_shared,"
         "absence_and_dropout_discussed,fallback_agreed,planned_at"},
    [TABLE_ITEM] =
        {"traject.item",
         "municipality_id,item_id,trajectory_id,kind,state,open,opened_at,state_since,changed_at,what,"
         "worker_id,channel,counterpart,by_whom,theme,factor,party,due_at,grouped_as,record_read,"
         "introduced_to_client,agreements_passed_on"},
    [TABLE_STATE] =
        {"traject.trajectory_state",
         "municipality_id,trajectory_id,client_id,open,version,started_at,stage,stage_since,working_since,"
         "team_id,coach_id,coach_since,guided_by,guided_since,employer_id,last_contact_at,last_attempt_at,"
         "unanswered_attempts,rhythm_days,due_at"},
    [TABLE_CONTACT_DUE] = {"traject.contact_due", "municipality_id,trajectory_id,due_at"},
    [TABLE_RHYTHM_PASSING] =
        {"traject.rhythm_passing",
         "municipality_id,passing_id,trajectory_id,due_at,last_contact_at,rhythm_days,team_id,"
         "coach_id"},
    [TABLE_SEALED_WORDS] = {"bench.sealed_words", "municipality_id,client_number,words"},
};

void tables_begin(struct tables *tables, const char *conninfo)
{
    for (int i = 0; i < TABLES; i++)
        tables->copies[i] = copy_begin(conninfo, given[i].name, given[i].columns);
}

void tables_end(struct tables *tables)
{
    for (int i = 0; i < TABLES; i++)
        copy_end(tables->copies[i]);
}
