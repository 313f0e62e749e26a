-- Ends the trajectory: closes its periods; a handover still open is withdrawn with it.
create function internal.finish_trajectory(state traject.trajectory_state, moment timestamptz, outcome traject.outcome,
                                           words text)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
#variable_conflict use_column
declare
    handover traject.handover;
    event bigint;
    last_boundary timestamptz := greatest(state.stage_since, state.coach_since, state.guided_since,
        (select max(e.occurred_at) from traject.event e
          where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id));
begin
    if moment < last_boundary or moment <= greatest(state.stage_since, state.coach_since, state.guided_since) then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and the trajectory has an entry of %s; give a later moment',
                   internal.shown(moment), internal.shown(last_boundary)));
    end if;
    update traject.handover h set state = 'withdrawn', last_step_at = moment
     where h.municipality_id = state.municipality_id and h.trajectory_id = state.trajectory_id
       and h.state in ('flagged', 'prepared', 'accepted')
    returning * into handover;
    if handover.handover_id is not null then
        perform internal.handover_event(state, handover, 'handover_withdrawn', moment, null, 'the trajectory ended',
                                        handover.supervisor_id);
    end if;
    update traject.trajectory t set ended_at = moment, outcome = finish_trajectory.outcome
     where t.municipality_id = state.municipality_id and t.trajectory_id = state.trajectory_id;
    update traject.stage_spell p set period = tstzrange(lower(p.period), moment)
     where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id and upper_inf(p.period);
    update traject.coach_assignment p set period = tstzrange(lower(p.period), moment)
     where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id and upper_inf(p.period);
    update traject.guidance p set period = tstzrange(lower(p.period), moment)
     where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id and upper_inf(p.period);
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, stage, outcome, words)
    values (state.municipality_id, state.trajectory_id, 'trajectory_ended', moment, session.worker_id(), state.stage,
            finish_trajectory.outcome, finish_trajectory.words)
    returning event_id into event;
    state.open := false;
    return query select * from internal.settle(state, event);
end
$$;
