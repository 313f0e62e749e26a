-- Sets or takes away a rhythm, for the municipality, a team, a stage or a client; due moments follow.
create function api.set_rhythm(
    days integer default null, client_number text default null, team text default null,
    stage traject.stage default null)
returns setof api.set_rhythm_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('SetRhythm');
    of_client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team);
    wanted integer := nullif(internal.in_range('days', days, 0, 365, null), 0);
    moment timestamptz;
begin
    if days is null then
        perform internal.refuse('TJ003', 'days', 'days is missing; give 1 to 365, or 0 to take the rhythm away');
    end if;
    if of_client is not null and num_nonnulls(of_team, set_rhythm.stage) > 0 then
        perform internal.refuse('TJ003', 'client_number',
            'a rhythm for a client holds in every team and stage; leave team and stage out');
    end if;
    if of_client is not null and not exists (
        select from traject.trajectory_state s where s.municipality_id = municipality and s.client_id = of_client) then
        perform internal.refuse('TJ009', 'client_number', 'client %s has no trajectory yet; start one first',
            json_build_array(client_number));
    end if;
    if of_team is not null and not of_team = any (session.team_ids()) then
        perform internal.refuse('TJ007', 'team', 'team %s is not one of yours; ask its manager', json_build_array(team));
    end if;
    if num_nonnulls(of_team, of_client) = 0 and session.role() <> 'admin' then
        perform internal.refuse('TJ007', 'team', 'a rhythm that holds in every team is set by an admin; name a team or a client');
    end if;
    if wanted is null and num_nonnulls(of_client, of_team, set_rhythm.stage) = 0 then
        perform internal.refuse('TJ003', 'days', 'the municipality needs a rhythm; give 1 to 365 days');
    end if;
    perform internal.hold_cases();
    moment := clock_timestamp();
    update traject.rhythm r set period = tstzrange(lower(r.period), moment)
     where r.municipality_id = municipality and (r.client_id = of_client or r.client_id is null and of_client is null)
       and r.team_id is not distinct from of_team and r.stage is not distinct from set_rhythm.stage
       and upper_inf(r.period);
    if wanted is null and not found then
        perform internal.refuse('TJ005', 'days', 'no such rhythm is set; there is nothing to take away');
    end if;
    if wanted is not null then
        insert into traject.rhythm (municipality_id, team_id, stage, client_id, days, period)
        values (municipality, of_team, set_rhythm.stage, of_client, wanted, tstzrange(moment, null));
    end if;
    if of_client is not null then
        insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, rhythm_days)
        select municipality, s.trajectory_id, 'rhythm_set', moment, session.worker_id(), wanted
          from traject.trajectory_state s
         where s.municipality_id = municipality and s.client_id = of_client and s.open;
    end if;
    return query select internal.follow_rhythm(of_client, of_team, set_rhythm.stage);
end
$$;
