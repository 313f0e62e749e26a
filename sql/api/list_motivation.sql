-- When each of the seven factors last had attention; those that had none yet first, then longest ago.
create function api.list_motivation(
    client_number text default null, team text default null, coach text default null,
    factor traject.factor default null, minimum_days integer default null, page_size integer default null)
returns setof api.motivation_attention language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListMotivation');
    client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    days integer := internal.in_range('minimum_days', minimum_days, 0, 3650, 0);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
begin
    perform internal.check_share(of_team, list_motivation.team, of_coach, list_motivation.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    select c.client_number, c.full_name, w.name, f.factor, i.changed_at,
           (select e.words from traject.event e
             where e.municipality_id = municipality and e.item_id = i.item_id and e.occurred_at = i.changed_at
               and not exists (select from traject.event x
                                where x.municipality_id = municipality and x.supersedes = e.event_id)
             order by e.event_id desc limit 1),
           internal.days_between(coalesce(i.changed_at, s.started_at), now())
      from traject.trajectory_state s
     cross join unnest(enum_range(null::traject.factor)) f (factor)
      left join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
           and i.kind = 'motivation' and i.factor = f.factor
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
     where s.municipality_id = municipality and s.open and (client is null or s.client_id = client)
       and (list_motivation.factor is null or f.factor = list_motivation.factor)
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
       and (days = 0 or coalesce(i.changed_at, s.started_at) <= now() - make_interval(days => days))
     order by i.changed_at nulls first, s.started_at, s.trajectory_id, f.factor
     limit rows;
end
$$;
