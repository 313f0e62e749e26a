-- Clients whose guide, or other person there, is no longer at the employer; longest first.
create function api.list_supervisors_left(
    team text default null, coach text default null, page_size integer default null)
returns setof api.supervisor_left language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListSupervisorsLeft');
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
begin
    perform internal.check_share(of_team, list_supervisors_left.team, of_coach, list_supervisors_left.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    select c.client_number, c.full_name, t.name, w.name, m.name, p.name, p.revoked_at, g.role,
           (select o.name from internal.guides(municipality, s.trajectory_id) r
              join traject.employer_person o on o.municipality_id = municipality and o.employer_id = r.employer_id
                   and o.person_id = r.person_id and o.revoked_at is null
             where r.employer_id = g.employer_id
             order by r.role, o.name limit 1)
      from traject.trajectory_state s
     cross join lateral internal.guides(municipality, s.trajectory_id) g
      join traject.employer_person p on p.municipality_id = municipality and p.employer_id = g.employer_id
           and p.person_id = g.person_id and p.revoked_at is not null
      join traject.employer m on m.municipality_id = municipality and m.employer_id = g.employer_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
     where s.municipality_id = municipality and s.open
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
     order by p.revoked_at, c.client_number, p.person_id
     limit rows;
end
$$;
