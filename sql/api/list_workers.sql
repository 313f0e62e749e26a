-- The workers, of one team when named.
create function api.list_workers(
    team text default null)
returns setof api.worker_summary language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListWorkers');
    of_team bigint := internal.team_id('team', list_workers.team, revoked_too => true);
begin
    return query
    select w.name, w.full_name, w.role,
           array(select t.name from traject.team_member m
                   join traject.team t on t.municipality_id = m.municipality_id and t.team_id = m.team_id
                  where m.municipality_id = w.municipality_id and m.worker_id = w.worker_id and m.revoked_at is null
                  order by t.name),
           (select count(*) from traject.trajectory_state s
             where s.municipality_id = w.municipality_id and s.coach_id = w.worker_id and s.open)::integer,
           w.revoked_at
      from traject.worker w
     where w.municipality_id = (select session.municipality_id()) and w.staff
       and (of_team is null
            or exists (select from traject.team_member m
                        where m.municipality_id = w.municipality_id and m.worker_id = w.worker_id
                          and m.team_id = of_team and m.revoked_at is null))
     order by w.name;
end
$$;
