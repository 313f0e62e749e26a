-- Makes all that follows from the entries of a trajectory what they say, and returns its state. As its owner, since
-- nobody else writes it. Only what differs is touched.
create function internal.derive(municipality bigint, trajectory bigint) returns traject.trajectory_state
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    state traject.trajectory_state;
    began traject.event;
    ended traject.event;
    spells traject.stage_spell[] := array(select s from internal.stage_spells(municipality, trajectory) s);
    coaches traject.coach_assignment[] := array(select c from internal.coach_assignments(municipality, trajectory) c);
    guides traject.guidance[] := array(select g from internal.guidance_periods(municipality, trajectory) g);
    handed traject.handover[] := array(select h from internal.handovers(municipality, trajectory) h);
    running traject.item[] := array(select i from internal.items(municipality, trajectory) i);
begin
    perform internal.check_history(municipality, trajectory);
    select * into began from internal.history(municipality, trajectory) e where e.kind = 'trajectory_started';
    select * into ended from internal.history(municipality, trajectory) e where e.kind = 'trajectory_ended';
    update traject.trajectory t
       set (kind, started_at, ended_at, outcome) = (began.trajectory_kind, began.occurred_at, ended.occurred_at, ended.outcome)
     where t.municipality_id = municipality and t.trajectory_id = trajectory
       and (t.kind, t.started_at, t.ended_at, t.outcome)
           is distinct from (began.trajectory_kind, began.occurred_at, ended.occurred_at, ended.outcome);

    delete from traject.stage_spell p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (spells);
    insert into traject.stage_spell select n.* from unnest(spells) n
        on conflict (municipality_id, trajectory_id, period) do nothing;
    delete from traject.coach_assignment p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (coaches);
    insert into traject.coach_assignment select n.* from unnest(coaches) n
        on conflict (municipality_id, trajectory_id, period) do nothing;
    delete from traject.guidance p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (guides);
    insert into traject.guidance select n.* from unnest(guides) n
        on conflict (municipality_id, trajectory_id, period) do nothing;
    delete from traject.handover p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (handed);
    insert into traject.handover select n.* from unnest(handed) n
        on conflict (municipality_id, handover_id) do nothing;
    delete from traject.item p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (running);
    insert into traject.item select n.* from unnest(running) n
        on conflict (municipality_id, item_id) do nothing;

    -- While set_rhythm holds the rhythms of the municipality, the new one is waited for.
    perform pg_advisory_xact_lock_shared(municipality);
    state := internal.derived_state(municipality, trajectory);
    state.version := state.version + 1;
    update traject.trajectory_state s
       set (open, version, started_at, stage, stage_since, working_since, team_id, coach_id, coach_since, guided_by,
            guided_since, employer_id, last_contact_at, last_attempt_at, unanswered_attempts, rhythm_days, due_at,
            corrected_at)
         = (state.open, state.version, state.started_at, state.stage, state.stage_since, state.working_since,
            state.team_id, state.coach_id, state.coach_since, state.guided_by, state.guided_since, state.employer_id,
            state.last_contact_at, state.last_attempt_at, state.unanswered_attempts, state.rhythm_days, state.due_at,
            state.corrected_at)
     where s.municipality_id = state.municipality_id and s.trajectory_id = state.trajectory_id;
    return state;
end
$$;
