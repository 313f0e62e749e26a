-- Makes all that follows from the entries of a trajectory what they say, and returns its state. As its owner, since
-- nobody else writes it. Only what differs is touched; of a `fresh` trajectory nothing was derived yet.
create function internal.derive(municipality bigint, trajectory bigint, fresh boolean default false)
returns traject.trajectory_state language plpgsql security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    state traject.trajectory_state;
    told internal.timeline := internal.timeline(municipality, trajectory);
    spells traject.stage_spell[] := internal.stage_spells(told.path);
    coaches traject.coach_assignment[] := internal.coach_assignments(told.coaching);
    guides traject.guidance[] := internal.guidance_periods(told.guidance);
    handed traject.handover[] := internal.handovers(told.guidance);
    running traject.item[] := internal.items(told.items);
    began traject.event := told.began;
    ended traject.event := told.ended;
    stored_spells traject.stage_spell[] := '{}';
    stored_coaches traject.coach_assignment[] := '{}';
    stored_guides traject.guidance[] := '{}';
    stored_handed traject.handover[] := '{}';
    stored_running traject.item[] := '{}';
    -- A trajectory begins as its first entry says.
    differs boolean := ended.event_id is not null;
begin
    if fresh is not true or exists (select from traject.trajectory_state s
                                     where s.municipality_id = municipality and s.trajectory_id = trajectory) then
        perform internal.check_own_case(municipality, trajectory);
    end if;
    perform internal.check_history(told, running);
    if fresh is not true then
        select array(select p from traject.stage_spell p
                      where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period),
               array(select p from traject.coach_assignment p
                      where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period),
               array(select p from traject.guidance p
                      where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period),
               array(select p from traject.handover p
                      where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.handover_id),
               array(select p from traject.item p
                      where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.item_id),
               (t.kind, t.started_at, t.ended_at, t.outcome) is distinct from
                   (began.trajectory_kind, began.occurred_at, ended.occurred_at, ended.outcome)
          into stored_spells, stored_coaches, stored_guides, stored_handed, stored_running, differs
          from traject.trajectory t where t.municipality_id = municipality and t.trajectory_id = trajectory;
    end if;
    if differs then
        update traject.trajectory t
           set (kind, started_at, ended_at, outcome)
             = (began.trajectory_kind, began.occurred_at, ended.occurred_at, ended.outcome)
         where t.municipality_id = municipality and t.trajectory_id = trajectory;
    end if;
    if spells <> stored_spells then
        if cardinality(stored_spells) > 0 then
            delete from traject.stage_spell p
             where p.municipality_id = municipality and p.trajectory_id = trajectory
               and p = any ((select internal.only_in(stored_spells, spells))::traject.stage_spell[]);
        end if;
        insert into traject.stage_spell select n.* from unnest(internal.only_in(spells, stored_spells)) n;
    end if;
    if coaches <> stored_coaches then
        if cardinality(stored_coaches) > 0 then
            delete from traject.coach_assignment p
             where p.municipality_id = municipality and p.trajectory_id = trajectory
               and p = any ((select internal.only_in(stored_coaches, coaches))::traject.coach_assignment[]);
        end if;
        insert into traject.coach_assignment select n.* from unnest(internal.only_in(coaches, stored_coaches)) n;
    end if;
    if handed <> stored_handed then
        if cardinality(stored_handed) > 0 then
            delete from traject.handover p
             where p.municipality_id = municipality and p.trajectory_id = trajectory
               and p = any ((select internal.only_in(stored_handed, handed))::traject.handover[]);
        end if;
        insert into traject.handover select n.* from unnest(internal.only_in(handed, stored_handed)) n;
    end if;
    if guides <> stored_guides then
        if cardinality(stored_guides) > 0 then
            delete from traject.guidance p
             where p.municipality_id = municipality and p.trajectory_id = trajectory
               and p = any ((select internal.only_in(stored_guides, guides))::traject.guidance[]);
        end if;
        insert into traject.guidance select n.* from unnest(internal.only_in(guides, stored_guides)) n;
    end if;
    if running <> stored_running then
        if cardinality(stored_running) > 0 then
            delete from traject.item p
             where p.municipality_id = municipality and p.trajectory_id = trajectory
               and p = any ((select internal.only_in(stored_running, running))::traject.item[]);
        end if;
        insert into traject.item select n.* from unnest(internal.only_in(running, stored_running)) n;
    end if;

    state := internal.derived_state(told, spells, coaches, guides);
    -- Who a fresh one is with was looked up just now, for this call.
    if fresh is not true then
        perform internal.check_revoked(state);
    end if;
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
    -- Whose case a fresh one is stood nowhere before that.
    if fresh then
        perform internal.check_own_case(municipality, trajectory);
    end if;
    return state;
end
$$;
