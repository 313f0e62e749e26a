-- The teams, with how many work and are guided there.
create function api.list_teams()
returns setof api.team_summary language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListTeams');
begin
    return query
    select t.name,
           (select count(*) from traject.team_member m
              join traject.worker w on w.municipality_id = m.municipality_id and w.worker_id = m.worker_id
             where m.municipality_id = t.municipality_id and m.team_id = t.team_id
               and m.revoked_at is null and w.revoked_at is null)::integer,
           (select count(*) from traject.trajectory_state s
             where s.municipality_id = t.municipality_id and s.team_id = t.team_id and s.open)::integer,
           t.revoked_at
      from traject.team t
     where t.municipality_id = (select session.municipality_id())
     order by t.name;
end
$$;
