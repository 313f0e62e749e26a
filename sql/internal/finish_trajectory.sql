-- Ends the trajectory; a handover still open is withdrawn with it.
create function internal.finish_trajectory(state traject.trajectory_state, moment timestamptz, outcome traject.outcome,
                                           words text)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
#variable_conflict use_column
declare
    handover traject.handover;
    entry traject.event;
    last_entry timestamptz := (select max(e.occurred_at) from internal.history(state.municipality_id, state.trajectory_id) e);
begin
    if moment < last_entry or moment <= greatest(state.stage_since, state.coach_since, state.guided_since) then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and the trajectory has an entry of %s; give a later moment',
                   internal.shown(moment), internal.shown(last_entry)));
    end if;
    select * into handover from traject.handover h
     where h.municipality_id = state.municipality_id and h.trajectory_id = state.trajectory_id
       and h.state in ('flagged', 'prepared', 'accepted');
    if handover.handover_id is not null then
        perform internal.record(state, internal.handover_entry(state, handover, 'handover_withdrawn', moment, null,
                                                               'the trajectory ended', handover.supervisor_id));
    end if;
    entry := internal.begin_entry(state, 'trajectory_ended', moment, words);
    entry.outcome := outcome;
    return query select * from internal.record(state, entry);
end
$$;
