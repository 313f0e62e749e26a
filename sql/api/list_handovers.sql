-- Handovers by state, coach, employer, client, age; those longest in their state first.
create function api.list_handovers(
    states traject.handover_state[] default null, team text default null, coach text default null,
    employer text default null, minimum_age_days integer default null, page_size integer default null,
    client_number text default null)
returns setof api.handover language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListHandovers');
    client bigint := case when client_number is not null then internal.client_id(client_number) end;
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    age integer := internal.in_range('minimum_age_days', minimum_age_days, 0, 36500, 0);
    of_team bigint := internal.team_id('team', list_handovers.team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', list_handovers.coach, revoked_too => true);
    of_employer bigint := internal.employer_id('employer', list_handovers.employer, revoked_too => true);
    wanted traject.handover_state[] :=
        case when cardinality(states) > 0 then states else '{flagged,prepared,accepted}' end;
begin
    perform internal.check_share(of_team, list_handovers.team, of_coach, list_handovers.coach);
    return query
    select c.client_number, c.full_name, h.state, h.state_since, internal.days_between(h.state_since, now()), t.name,
           w.name, e.name, p.name, p2.name, h.talked_through_with_client, h.guidance_needs_shared,
           h.absence_and_dropout_discussed, h.fallback_agreed, h.planned_at
      from traject.handover h
      join traject.trajectory_state s on s.municipality_id = h.municipality_id and s.trajectory_id = h.trajectory_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      join traject.employer e on e.municipality_id = h.municipality_id and e.employer_id = h.employer_id
      join traject.employer_person p on p.municipality_id = h.municipality_id and p.employer_id = h.employer_id
           and p.person_id = h.supervisor_id
      left join traject.employer_person p2 on p2.municipality_id = h.municipality_id
           and p2.employer_id = h.employer_id and p2.person_id = h.second_person_id
     where h.municipality_id = (select session.municipality_id()) and h.state = any (wanted)
       and (age = 0 or h.state_since <= now() - make_interval(days => age))
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
       and (of_employer is null or h.employer_id = of_employer) and (client is null or s.client_id = client)
     order by h.state_since, h.handover_id
     limit rows;
end
$$;
