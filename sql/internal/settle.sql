-- Writes the state back after a change, with what follows from it: rhythm, due moment, version.
create function internal.settle(state traject.trajectory_state, event bigint)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
begin
    state.rhythm_days := internal.rhythm_days(state.client_id, state.team_id, state.stage, clock_timestamp());
    state.due_at := internal.due_at(state.started_at, state.last_contact_at, state.rhythm_days);
    state.version := state.version + 1;
    update traject.trajectory_state s
       set (open, version, started_at, stage, stage_since, working_since, team_id, coach_id, coach_since, guided_by,
            guided_since, employer_id, last_contact_at, last_attempt_at, unanswered_attempts, rhythm_days, due_at)
         = (state.open, state.version, state.started_at, state.stage, state.stage_since, state.working_since,
            state.team_id, state.coach_id, state.coach_since, state.guided_by, state.guided_since, state.employer_id,
            state.last_contact_at, state.last_attempt_at, state.unanswered_attempts, state.rhythm_days, state.due_at)
     where s.municipality_id = state.municipality_id and s.trajectory_id = state.trajectory_id;
    return query select event, state.version, case when state.open then state.due_at end;
end
$$;
