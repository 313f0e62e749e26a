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
    y traject.trajectory;
    s traject.trajectory_state;
    told internal.timeline;
    coaches traject.coach_assignment[];
    handovers traject.handover[];
    h traject.handover;
    items traject.item[];
begin
    select t.* into y
      from traject.trajectory t
     cross join lateral internal.history(t.municipality_id, t.trajectory_id, moment, known, corrected) e
     where t.municipality_id = municipality and t.client_id = client and e.kind = 'trajectory_started'
     order by e.occurred_at desc limit 1;
    if y.trajectory_id is not null then
        told := internal.timeline(municipality, y.trajectory_id, moment, known, corrected);
        coaches := internal.coach_assignments(told.coaching);
        s := internal.derived_state(told, internal.stage_spells(told.path), coaches,
                                    internal.guidance_periods(told.guidance), moment, known, corrected);
        handovers := internal.handovers(told.guidance);
        h := handovers[cardinality(handovers)];
        items := internal.items(told.items);
    end if;
    return query
    select c.client_number, c.full_name,
           (told.began).trajectory_kind, s.started_at, (told.ended).occurred_at, (told.ended).outcome, s.stage, s.stage_since,
           (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = s.team_id),
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = s.coach_id),
           s.coach_since, s.guided_by, s.guided_since, e.name, p.name, p2.name, h.state, h.state_since,
           case when h.state in ('flagged', 'prepared', 'accepted') then h.planned_at end,
           s.last_contact_at, s.unanswered_attempts, s.last_attempt_at, s.rhythm_days,
           case when s.open then s.due_at end,
           (select count(*)
              from traject.trajectory t
             cross join lateral internal.history(municipality, t.trajectory_id, moment, known, corrected) b
             where t.municipality_id = municipality and t.client_id = client and b.kind = 'trajectory_started')::integer,
           s.version, case when h.state in ('flagged', 'prepared', 'accepted') then internal.handover_needs(h, moment) end,
           (select count(distinct a.coach_id) from unnest(coaches) a)::integer,
           (select count(*) from unnest(items) i where i.story_retold)::integer,
           (select coalesce(min(i.due_at) filter (where i.due_at >= moment), max(i.due_at))
              from unnest(items) i where i.kind = 'appointment' and i.open and s.open),
           (select min(i.opened_at) from unnest(items) i where i.kind = 'absence' and i.open and s.open),
           s.open and h.state in ('flagged', 'prepared', 'accepted', 'completed')
               and exists (select from traject.employer_person l
                            where l.municipality_id = municipality and l.employer_id = h.employer_id
                              and l.person_id in (h.supervisor_id, h.second_person_id) and l.revoked_at <= moment),
           s.open and exists (select from unnest(items) i where internal.proposes_return(i, s)),
           work.kind, work.employer, work.due_at,
           access.until, access.given_by
      from traject.client c
      left join traject.employer e on e.municipality_id = municipality and e.employer_id = h.employer_id
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = h.employer_id
           and p.person_id = h.supervisor_id
      left join traject.employer_person p2 on p2.municipality_id = municipality and p2.employer_id = h.employer_id
           and p2.person_id = h.second_person_id
      left join lateral (select i.kind, m.name as employer, i.due_at
                           from unnest(items) i
                           join traject.employer m on m.municipality_id = municipality and m.employer_id = i.employer_id
                          where i.kind in ('contract', 'trial_placement') and i.open and s.open
                            and coalesce(i.begins_at, i.opened_at) <= moment
                          order by coalesce(i.begins_at, i.opened_at) desc, i.item_id desc limit 1) work on true
     -- As it is now, whatever moment is asked about.
     cross join lateral (select max(o.expires_at) as until,
                                array_agg(distinct g.name) filter (where g.name is not null) as given_by
                           from traject.worker a
                           join session.token o on o.municipality_id = a.municipality_id and o.worker_id = a.worker_id
                           left join traject.worker g on g.municipality_id = o.municipality_id
                                and g.worker_id = o.given_by
                          where a.municipality_id = municipality and a.client_id = client and a.revoked_at is null
                            and o.revoked_at is null and o.expires_at > now()) access
     where c.municipality_id = municipality and c.client_id = client;
end
$$;
