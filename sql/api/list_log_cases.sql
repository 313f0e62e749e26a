-- The trajectories that an event log is made of: those that the caller sees, which ran at some moment of the period.
create function api.list_log_cases(
    with_names boolean, team text default null, since timestamptz default null, until timestamptz default null,
    page_size integer default null, page_token text default null)
returns setof api.log_case language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListLogCases');
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 1000);
    after internal.list_position := internal.read_page_token(page_token);
begin
    if until <= since then
        perform internal.refuse('TJ003', 'until', 'until %s is not after since %s; give a later moment',
            json_build_array(internal.shown(until), internal.shown(since)));
    end if;
    return query
    select c.client_number, y.ordinal, (case when with_names then c.full_name end)::traject.sealed_name,
           internal.page_token(true, 'epoch', y.trajectory_id)
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
     where s.municipality_id = municipality and (after.id is null or s.trajectory_id > after.id)
       -- Broken glass shows others too.
       and s.team_id = any (session.team_ids()) and (of_team is null or s.team_id = of_team)
       and (until is null or y.started_at < until) and (since is null or y.ended_at is null or y.ended_at > since)
     order by s.trajectory_id
     limit rows;
end
$$;
