-- The state after a move to another stage, its period begun and the one before closed.
create function internal.after_move(state traject.trajectory_state, stage traject.stage, occurred_at timestamptz)
returns traject.trajectory_state language plpgsql as $$
begin
    update traject.stage_spell s set period = tstzrange(lower(s.period), occurred_at)
     where s.municipality_id = state.municipality_id and s.trajectory_id = state.trajectory_id and upper_inf(s.period);
    insert into traject.stage_spell (municipality_id, trajectory_id, period, stage)
    values (state.municipality_id, state.trajectory_id, tstzrange(occurred_at, null), stage);
    state.stage := stage;
    state.stage_since := occurred_at;
    state.working_since := internal.working_since(state.working_since, stage, occurred_at);
    return state;
end
$$;
