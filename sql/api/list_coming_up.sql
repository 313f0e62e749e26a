-- What is past or comes within so many days, of a coach's or a team's clients; most urgent first.
create function api.list_coming_up(
    team text default null, coach text default null, client_number text default null, days integer default null,
    page_size integer default null)
returns setof api.coming_up language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListComingUp');
    client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    horizon timestamptz := now() + make_interval(days =>
        internal.in_range('days', days, 0, 365, internal.setting('coming_up_days')));
    ask_again interval := make_interval(days => internal.setting('ask_again_days'));
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    entries internal.coming_up[];
begin
    perform internal.check_share(of_team, list_coming_up.team, of_coach, list_coming_up.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    entries := array(select c from internal.coming_up(municipality, internal.caseload(municipality, client, of_team, of_coach),
                                                      horizon, ask_again) c);
    -- What a client says is wrong waits for an answer, also after the end. There are few in all of the municipality: each
    -- looked up by itself ("offset 0"), and not looked for in each case.
    entries := entries || array(
        select row(s.trajectory_id, s.client_id, s.coach_id, 'correction', i.opened_at,
                   (select 'asked of entry ' || e.about_id from traject.event e
                     where e.municipality_id = municipality and e.event_id = i.item_id),
                   null, null, i.item_id, null)::internal.coming_up
          from (select c.* from traject.item c
                 where c.municipality_id = municipality and c.kind = 'correction' and c.open offset 0) i
         cross join lateral (select y.* from traject.trajectory_state y
                              where y.municipality_id = municipality and y.trajectory_id = i.trajectory_id
                                and (client is null or y.client_id = client) and (of_team is null or y.team_id = of_team)
                                and (of_coach is null or y.coach_id = of_coach) offset 0) s);
    -- That somebody outside looked at the record stands before the manager for a week, also after the end.
    if session.role() = 'manager' then
        entries := entries || array(
            select row(s.trajectory_id, s.client_id, s.coach_id, 'glass_broken', g.broken_at,
                       format('seen by %s, until %s', w.full_name, internal.shown(g.until)), e.reason, null, null,
                       null)::internal.coming_up
              from traject.glass g
             cross join lateral (select y.* from traject.trajectory_state y
                                  where y.municipality_id = municipality and y.client_id = g.client_id
                                    and (of_team is null or y.team_id = of_team)
                                    and (of_coach is null or y.coach_id = of_coach)
                                  order by y.open desc, y.started_at desc limit 1) s
              join traject.worker w on w.municipality_id = municipality and w.worker_id = g.worker_id
              join traject.event e on e.municipality_id = municipality and e.event_id = g.event_id
             where g.municipality_id = municipality and (client is null or g.client_id = client)
               and g.broken_at > now() - interval '7 days');
    end if;
    return query select * from internal.tell_coming_up(municipality, entries, rows);
end
$$;
