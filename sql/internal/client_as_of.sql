-- Where the client is, who guides and when the last contact was, of these trajectories, now or at an earlier moment. As the
-- owner: the caller has seen that they may be looked at, and so what hangs on them.
create function internal.client_as_of(municipality bigint, client bigint, trajectories bigint[], as_of timestamptz,
                                      known_at timestamptz)
returns setof api.get_client_reply language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    moment timestamptz := coalesce(internal.as_of(as_of), clock_timestamp());
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    -- Corrections count from when they were made, unless it is said what was known.
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    y traject.trajectory;
    s traject.trajectory_state;
    kept record;
    told internal.timeline;
    coached traject.coach_assignment[];
    handovers traject.handover[];
    h traject.handover;
    items traject.item[];
    number integer;
    coaches integer;
    guide_left boolean := false;
    i traject.item;
    work traject.item;
    appointment timestamptz;
    absent_since timestamptz;
    retold integer := 0;
    may_return boolean := false;
begin
    if num_nonnulls(as_of, known_at) = 0 then
        select t as trajectory, n as state,
               -- Each has its steps before the next one's.
               (select o from traject.handover o
                 where o.municipality_id = municipality and o.trajectory_id = t.trajectory_id
                 order by o.last_step_at desc, o.handover_id desc limit 1) as handover,
               array(select o from traject.item o
                      where o.municipality_id = municipality and o.trajectory_id = t.trajectory_id) as items,
               (select count(distinct o.coach_id) from traject.coach_assignment o
                 where o.municipality_id = municipality and o.trajectory_id = t.trajectory_id) as coaches
          into kept
          from traject.trajectory t
          join traject.trajectory_state n on n.municipality_id = municipality and n.trajectory_id = t.trajectory_id
         where t.municipality_id = municipality and t.trajectory_id = any (trajectories)
         order by t.started_at desc limit 1;
        y := kept.trajectory;
        s := kept.state;
        h := kept.handover;
        items := kept.items;
        coaches := kept.coaches;
        number := cardinality(trajectories);
    else
        select t.* into y
          from traject.trajectory t
         cross join lateral internal.history(municipality, t.trajectory_id, moment, known, corrected) e
         where t.municipality_id = municipality and t.trajectory_id = any (trajectories) and e.kind = 'trajectory_started'
         order by e.occurred_at desc limit 1;
        if y.trajectory_id is not null then
            told := internal.timeline(municipality, y.trajectory_id, moment, known, corrected);
            coached := internal.coach_assignments(told.coaching);
            s := internal.derived_state(told, internal.stage_spells(told.path), coached,
                                        internal.guidance_periods(told.guidance), moment, known, corrected);
            y.kind := (told.began).trajectory_kind;
            y.ended_at := (told.ended).occurred_at;
            y.outcome := (told.ended).outcome;
            handovers := internal.handovers(told.guidance);
            h := handovers[cardinality(handovers)];
            items := internal.items(told.items);
            coaches := (select count(distinct a.coach_id) from unnest(coached) a);
        end if;
        number := (select count(*)
                     from traject.trajectory t
                    cross join lateral internal.history(municipality, t.trajectory_id, moment, known, corrected) b
                    where t.municipality_id = municipality and t.trajectory_id = any (trajectories) and b.kind = 'trajectory_started');
    end if;
    if s.open and h.state in ('flagged', 'prepared', 'accepted', 'completed') then
        guide_left := exists (select from traject.employer_person l
                               where l.municipality_id = municipality and l.employer_id = h.employer_id
                                 and l.person_id in (h.supervisor_id, h.second_person_id) and l.revoked_at <= moment);
    end if;
    foreach i in array coalesce(items, '{}') loop
        retold := retold + coalesce(i.story_retold, false)::integer;
        continue when not coalesce(i.open and s.open, false);
        if i.kind in ('contract', 'trial_placement') and coalesce(i.begins_at, i.opened_at) <= moment
           and (work is null
                or (coalesce(i.begins_at, i.opened_at), i.item_id) > (coalesce(work.begins_at, work.opened_at), work.item_id)) then
            work := i;
        elsif i.kind = 'appointment' then
            -- The next one, or else the last that has passed.
            appointment := case when i.due_at >= moment and appointment >= moment then least(i.due_at, appointment)
                                else greatest(i.due_at, appointment) end;
        elsif i.kind = 'absence' then
            absent_since := least(i.opened_at, absent_since);
        end if;
        may_return := may_return or coalesce(internal.proposes_return(i, s), false);
    end loop;
    return query
    select c.client_number, c.full_name, case when s.trajectory_id is not null then y.kind end,
           s.started_at, y.ended_at, y.outcome, s.stage, s.stage_since,
           (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = s.team_id),
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = s.coach_id),
           s.coach_since, s.guided_by, s.guided_since,
           case when h.employer_id is not null then
               (select e.name from traject.employer e
                 where e.municipality_id = municipality and e.employer_id = h.employer_id) end,
           case when h.supervisor_id is not null then
               internal.person_name(municipality, h.employer_id, h.supervisor_id) end,
           case when h.second_person_id is not null then
               internal.person_name(municipality, h.employer_id, h.second_person_id) end,
           h.state, h.state_since, case when h.state in ('flagged', 'prepared', 'accepted') then h.planned_at end,
           s.last_contact_at, s.unanswered_attempts, s.last_attempt_at, s.rhythm_days,
           case when s.open then s.due_at end, number, s.version,
           case when h.state in ('flagged', 'prepared', 'accepted') then internal.handover_needs(h, moment) end,
           coalesce(coaches, 0), retold, appointment, absent_since, guide_left, coalesce(may_return, false), work.kind,
           case when work.employer_id is not null then
               (select m.name from traject.employer m
                 where m.municipality_id = municipality and m.employer_id = work.employer_id) end,
           work.due_at, access.until, access.given_by
      from traject.client c
     -- As it is now, whatever moment is asked about.
     cross join lateral (
           select max(o.expires_at) as until, array_agg(distinct g.name) filter (where g.name is not null) as given_by
             from traject.worker a
             join session.token o on o.municipality_id = a.municipality_id and o.worker_id = a.worker_id
             left join traject.worker g on g.municipality_id = o.municipality_id and g.worker_id = o.given_by
            where a.municipality_id = municipality and a.client_id = client and a.revoked_at is null
              and o.revoked_at is null and o.expires_at > now()) access
     where c.municipality_id = municipality and c.client_id = client;
end
$$;
