-- Clients who work and of whom no wish, goal, step or training was recorded since; longest first.
create function api.list_without_career(
    team text default null, coach text default null, minimum_days integer default null,
    page_size integer default null)
returns setof api.without_career language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListWithoutCareer');
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    days integer := internal.in_range('minimum_days', minimum_days, 1, 3650, 1);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
begin
    perform internal.check_share(of_team, list_without_career.team, of_coach, list_without_career.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    select c.client_number, c.full_name, t.name, w.name, s.stage, s.working_since, career.last_at,
           internal.days_between(s.working_since, now())
      from traject.trajectory_state s
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
     cross join lateral (select max(i.changed_at) as last_at from traject.item i
                          where i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
                            and i.kind in ('wish', 'goal', 'career_step', 'training')) career
     where s.municipality_id = session.municipality_id() and s.open
       and s.working_since <= now() - make_interval(days => days)
       and coalesce(career.last_at < s.working_since, true)
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
     order by s.working_since, s.trajectory_id
     limit rows;
end
$$;
