-- Open bottlenecks that are the same one for many clients; those of most clients first.
create function api.list_bottleneck_groups(
    team text default null, coach text default null)
returns setof api.bottleneck_group language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListBottleneckGroups');
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
begin
    perform internal.check_share(of_team, list_bottleneck_groups.team, of_coach, list_bottleneck_groups.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    select (array_agg(i.grouped_as order by i.opened_at, i.item_id))[1], count(distinct s.client_id)::integer, min(i.opened_at),
           internal.each_once(array_agg(i.by_whom order by i.opened_at, i.item_id) filter (where i.by_whom is not null)),
           array_agg(distinct c.client_number)
      from traject.trajectory_state s
      join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
           and i.kind = 'bottleneck' and i.open and i.grouped_as is not null
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
     where s.municipality_id = session.municipality_id() and s.open
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
     group by traject.label(i.grouped_as)
     order by 2 desc, 3, traject.label(i.grouped_as);
end
$$;
