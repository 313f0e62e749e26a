-- Moves guidance at that moment: to the employer of the handover, or to the coach when it is null.
create function internal.guide(state traject.trajectory_state, occurred_at timestamptz, handover traject.handover)
returns traject.trajectory_state language plpgsql as $$
begin
    if occurred_at <= state.guided_since then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and guidance last moved at %s; give a later moment',
                   internal.shown(occurred_at), internal.shown(state.guided_since)));
    end if;
    update traject.guidance g set period = tstzrange(lower(g.period), occurred_at)
     where g.municipality_id = state.municipality_id and g.trajectory_id = state.trajectory_id and upper_inf(g.period);
    state.guided_by := case when handover.handover_id is null then 'coach' else 'employer' end;
    state.guided_since := occurred_at;
    state.employer_id := handover.employer_id;
    insert into traject.guidance (municipality_id, trajectory_id, period, party, employer_id, person_id, second_person_id)
    values (state.municipality_id, state.trajectory_id, tstzrange(occurred_at, null), state.guided_by,
            handover.employer_id, handover.supervisor_id, handover.second_person_id);
    return state;
end
$$;
