-- Where the client is, who guides and when the last contact was, now or at an earlier moment.
create function internal.client_as_of(client bigint, as_of timestamptz, known_at timestamptz)
returns setof api.get_client_reply language plpgsql stable as $$
#variable_conflict use_column
declare
    moment timestamptz := coalesce(internal.as_of(as_of), clock_timestamp());
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    -- Corrections count from when they were made, unless it is said what was known.
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    municipality bigint := session.municipality_id();
    for_now boolean := num_nonnulls(as_of, known_at) = 0;
    y traject.trajectory;
    s traject.trajectory_state;
    told internal.timeline;
    coached traject.coach_assignment[];
    handovers traject.handover[];
    h traject.handover;
    items traject.item[];
    number integer;
    coaches integer;
    guide_left boolean := false;
    work record;
    access record;
begin
    if for_now then
        select t.* into y from traject.trajectory t
         where t.municipality_id = municipality and t.client_id = client
         order by t.started_at desc limit 1;
        select n.* into s from traject.trajectory_state n
         where n.municipality_id = municipality and n.trajectory_id = y.trajectory_id;
        -- Each has its steps before the next one's.
        select n.* into h from traject.handover n
         where n.municipality_id = municipality and n.trajectory_id = y.trajectory_id
         order by n.last_step_at desc, n.handover_id desc limit 1;
        items := array(select i from traject.item i
                        where i.municipality_id = municipality and i.trajectory_id = y.trajectory_id);
        coaches := (select count(distinct a.coach_id) from traject.coach_assignment a
                     where a.municipality_id = municipality and a.trajectory_id = y.trajectory_id);
        number := (select count(*) from traject.trajectory t
                    where t.municipality_id = municipality and t.client_id = client);
    else
        select t.* into y
          from traject.trajectory t
         cross join lateral internal.history(t.municipality_id, t.trajectory_id, moment, known, corrected) e
         where t.municipality_id = municipality and t.client_id = client and e.kind = 'trajectory_started'
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
                    where t.municipality_id = municipality and t.client_id = client and b.kind = 'trajectory_started');
    end if;
    if s.open and h.state in ('flagged', 'prepared', 'accepted', 'completed') then
        guide_left := exists (select from traject.employer_person l
                               where l.municipality_id = municipality and l.employer_id = h.employer_id
                                 and l.person_id in (h.supervisor_id, h.second_person_id) and l.revoked_at <= moment);
    end if;
    select i.kind, (select m.name from traject.employer m
                     where m.municipality_id = municipality and m.employer_id = i.employer_id) as employer, i.due_at
      into work
      from unnest(items) i
     where i.kind in ('contract', 'trial_placement') and i.open and s.open
       and coalesce(i.begins_at, i.opened_at) <= moment
     order by coalesce(i.begins_at, i.opened_at) desc, i.item_id desc limit 1;
    -- As it is now, whatever moment is asked about.
    select max(o.expires_at) as until, array_agg(distinct g.name) filter (where g.name is not null) as given_by into access
      from traject.worker a
      join session.token o on o.municipality_id = a.municipality_id and o.worker_id = a.worker_id
      left join traject.worker g on g.municipality_id = o.municipality_id and g.worker_id = o.given_by
     where a.municipality_id = municipality and a.client_id = client and a.revoked_at is null
       and o.revoked_at is null and o.expires_at > now();
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
           coalesce(coaches, 0), (select count(*) from unnest(items) i where i.story_retold)::integer,
           (select coalesce(min(i.due_at) filter (where i.due_at >= moment), max(i.due_at))
              from unnest(items) i where i.kind = 'appointment' and i.open and s.open),
           (select min(i.opened_at) from unnest(items) i where i.kind = 'absence' and i.open and s.open),
           guide_left, s.open and exists (select from unnest(items) i where internal.proposes_return(i, s)),
           work.kind, work.employer, work.due_at, access.until, access.given_by
      from traject.client c
     where c.municipality_id = municipality and c.client_id = client;
end
$$;
