-- What held for a client from when until when. For who may see every trajectory of the client, so that it is whole.
create function api.list_periods(
    client_number text)
returns setof api.period language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListPeriods');
    client bigint := internal.client_id(client_number);
    hidden integer := (select c.trajectories from traject.client c
                        where c.municipality_id = municipality and c.client_id = client)
                      - (select count(*) from traject.trajectory y
                          where y.municipality_id = municipality and y.client_id = client);
begin
    if hidden > 0 then
        if hidden = 1 then
            perform internal.refuse('TJ007', 'client_number',
                'client %s has a trajectory that is not yours to see; a manager who is in the teams of all of them can do this '
                '(an admin adds one: traject team join)',
                json_build_array(client_number));
        end if;
        perform internal.refuse('TJ007', 'client_number',
            'client %s has %s trajectories that are not yours to see; a manager who is in the teams of all of them can do this '
            '(an admin adds one: traject team join)',
            json_build_array(client_number, hidden));
    end if;
    return query
    select y.ordinal, p.since, p.until, p.kind, p.outcome, p.stage, t.name, w.name, p.guided_by, m.name, n.name, n2.name
      from traject.trajectory y
     cross join lateral (
        select 1, y.started_at, y.ended_at, y.kind, y.outcome, null::traject.stage, null::bigint, null::bigint,
               null::traject.party, null::bigint, null::bigint, null::bigint
         union all
        select 2, lower(s.period), upper(s.period), null, null, s.stage, null, null, null, null, null, null
          from traject.stage_spell s
         where s.municipality_id = municipality and s.trajectory_id = y.trajectory_id
         union all
        select 3, lower(a.period), upper(a.period), null, null, null, a.team_id, a.coach_id, null, null, null, null
          from traject.coach_assignment a
         where a.municipality_id = municipality and a.trajectory_id = y.trajectory_id
         union all
        select 4, lower(g.period), upper(g.period), null, null, null, null, null, g.party, g.employer_id, g.person_id,
               g.second_person_id
          from traject.guidance g
         where g.municipality_id = municipality and g.trajectory_id = y.trajectory_id
     ) p (place, since, until, kind, outcome, stage, team_id, coach_id, guided_by, employer_id, person_id,
          second_person_id)
      left join traject.team t on t.municipality_id = municipality and t.team_id = p.team_id
      left join traject.worker w on w.municipality_id = municipality and w.worker_id = p.coach_id
      left join traject.employer m on m.municipality_id = municipality and m.employer_id = p.employer_id
      left join traject.employer_person n on n.municipality_id = municipality and n.employer_id = p.employer_id
           and n.person_id = p.person_id
      left join traject.employer_person n2 on n2.municipality_id = municipality and n2.employer_id = p.employer_id
           and n2.person_id = p.second_person_id
     where y.municipality_id = municipality and y.client_id = client
     order by y.ordinal, p.place, p.since;
end
$$;
