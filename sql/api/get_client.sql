-- Where the client is, who guides and when the last contact was, now or at an earlier moment.
create function api.get_client(
    client_number text, as_of timestamptz default null)
returns setof api.get_client_reply language plpgsql stable as $$
#variable_conflict use_column
declare
    client bigint := internal.client_id(client_number);
    moment timestamptz := coalesce(internal.as_of(as_of), clock_timestamp());
    municipality bigint := session.municipality_id();
    y traject.trajectory;
    s traject.trajectory_state;
    h record;
begin
    select * into y from traject.trajectory t
     where t.municipality_id = municipality and t.client_id = client and t.started_at <= moment
     order by t.started_at desc limit 1;
    -- At the moment, or of a trajectory that had ended by then at its last.
    select * into s from internal.state_as_of(municipality, least(moment, y.ended_at - interval '1 microsecond'),
                                              y.trajectory_id) n
     where y.trajectory_id is not null;
    -- The last handover flagged by then: its furthest step is its state, since the first such step.
    with step as (
        select e.kind, e.occurred_at, e.employer_id, e.person_id, e.second_person_id,
               row_number() over (order by e.occurred_at desc, e.event_id desc) as back
          from traject.event e
         where e.municipality_id = municipality and e.trajectory_id = y.trajectory_id and e.employer_id is not null
           and e.occurred_at <= moment
    ), flagged as (
        select * from step where kind = 'handover_flagged' order by back limit 1
    ), furthest as (
        select step.kind, min(step.occurred_at) as since
          from step, flagged where step.back <= flagged.back
         group by step.kind order by step.kind desc limit 1
    )
    select furthest.kind, furthest.since, flagged.employer_id, flagged.person_id, last.second_person_id into h
      from flagged, furthest, step last where last.back = 1;
    return query
    select c.client_number, c.full_name, y.kind, y.started_at, case when y.ended_at <= moment then y.ended_at end,
           case when y.ended_at <= moment then y.outcome end, s.stage, s.stage_since,
           (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = s.team_id),
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = s.coach_id),
           s.coach_since, s.guided_by, s.guided_since, e.name, p.name, p2.name,
           substring(h.kind::text from 'handover_(.*)')::traject.handover_state, h.since,
           k.planned_at,
           s.last_contact_at, s.unanswered_attempts, s.last_attempt_at, s.rhythm_days,
           case when y.ended_at is null or y.ended_at > moment then s.due_at end,
           (select count(*) from traject.trajectory t
             where t.municipality_id = municipality and t.client_id = client and t.started_at <= moment)::integer,
           s.version, internal.handover_needs(k)
      from traject.client c
      left join traject.employer e on e.municipality_id = municipality and e.employer_id = h.employer_id
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = h.employer_id
           and p.person_id = h.person_id
      left join traject.employer_person p2 on p2.municipality_id = municipality and p2.employer_id = h.employer_id
           and p2.person_id = h.second_person_id
      left join traject.handover k on k.municipality_id = municipality and k.trajectory_id = y.trajectory_id
           and k.state in ('flagged', 'prepared', 'accepted') and k.last_step_at <= moment
     where c.municipality_id = municipality and c.client_id = client;
end
$$;
