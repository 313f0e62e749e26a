-- Makes all that follows from the entries of a trajectory what they say, and returns its state. As its owner, since
-- nobody else writes it. Only what differs is touched.
create function internal.derive(municipality bigint, trajectory bigint) returns traject.trajectory_state
language plpgsql security definer set search_path = ''
-- It is called at every write, and nearly all that it reads was read once before: planning it anew would be most of the
-- work.
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
    state traject.trajectory_state;
    began traject.event;
    ended traject.event;
    entries traject.event[] := internal.entries(municipality, trajectory);
    spells traject.stage_spell[] := array(select s from internal.stage_spells(entries) s);
    coaches traject.coach_assignment[] := array(select c from internal.coach_assignments(entries) c);
    guides traject.guidance[] := array(select g from internal.guidance_periods(entries) g);
    handed traject.handover[] := array(select h from internal.handovers(entries) h);
    running traject.item[] := array(select i from internal.items(entries) i);
begin
    perform internal.check_own_case(municipality, trajectory);
    perform internal.check_history(entries, running);
    select * into began from unnest(entries) e where e.kind = 'trajectory_started';
    select * into ended from unnest(entries) e where e.kind = 'trajectory_ended';
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
    delete from traject.handover p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (handed);
    insert into traject.handover select n.* from unnest(handed) n
        on conflict (municipality_id, handover_id) do nothing;
    delete from traject.guidance p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (guides);
    insert into traject.guidance select n.* from unnest(guides) n
        on conflict (municipality_id, trajectory_id, period) do nothing;
    delete from traject.item p
     where p.municipality_id = municipality and p.trajectory_id = trajectory and p <> all (running);
    insert into traject.item select n.* from unnest(running) n
     where not exists (select from traject.item p
                        where p.municipality_id = municipality and p.item_id = n.item_id);

    state := internal.derived_state(entries);
    perform internal.check_revoked(state);
    state.version := state.version + 1;
    insert into traject.trajectory_state as s select state.*
        on conflict (municipality_id, trajectory_id) do update
       set (client_id, open, version, started_at, stage, stage_since, working_since, team_id, coach_id, coach_since,
            guided_by, guided_since, employer_id, last_contact_at, last_attempt_at, unanswered_attempts, rhythm_days,
            due_at, corrected_at)
         = (excluded.client_id, excluded.open, excluded.version, excluded.started_at, excluded.stage, excluded.stage_since,
            excluded.working_since, excluded.team_id, excluded.coach_id, excluded.coach_since, excluded.guided_by,
            excluded.guided_since, excluded.employer_id, excluded.last_contact_at, excluded.last_attempt_at,
            excluded.unanswered_attempts, excluded.rhythm_days, excluded.due_at, excluded.corrected_at);
    return state;
end
$$;
