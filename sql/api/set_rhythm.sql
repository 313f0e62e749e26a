-- Sets or takes away a rhythm, for the municipality, a team, a stage or a client; due moments follow.
create function api.set_rhythm(
    days integer default null, client_number text default null, team text default null,
    stage traject.stage default null)
returns setof api.set_rhythm_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    of_client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team);
    wanted integer := internal.in_range('days', days, 1, 365, null);
    moment timestamptz := clock_timestamp();
    state traject.trajectory_state;
    changed integer := 0;
begin
    if of_client is not null and num_nonnulls(of_team, set_rhythm.stage) > 0 then
        perform internal.refuse('TJ003', 'client_number',
            'a rhythm for a client holds in every team and stage; leave team and stage out');
    end if;
    if of_team is not null and not of_team = any (session.team_ids()) then
        perform internal.refuse('TJ007', 'team', format('team %s is not one of yours; ask its manager', team));
    end if;
    if wanted is null and num_nonnulls(of_client, of_team, set_rhythm.stage) = 0 then
        perform internal.refuse('TJ003', 'days', 'the municipality needs a rhythm; give 1 to 365 days');
    end if;
    update traject.rhythm r set period = tstzrange(lower(r.period), moment)
     where r.municipality_id = municipality and r.client_id is not distinct from of_client
       and r.team_id is not distinct from of_team and r.stage is not distinct from set_rhythm.stage
       and upper_inf(r.period);
    if wanted is null and not found then
        perform internal.refuse('TJ005', 'days', 'no such rhythm is set; there is nothing to take away');
    end if;
    if wanted is not null then
        insert into traject.rhythm (municipality_id, team_id, stage, client_id, days, period)
        values (municipality, of_team, set_rhythm.stage, of_client, wanted, tstzrange(moment, null));
    end if;
    for state in
        select s.* from traject.trajectory_state s
         where s.municipality_id = municipality and s.open
           and (of_client is null or s.client_id = of_client) and (of_team is null or s.team_id = of_team)
           and (set_rhythm.stage is null or s.stage = set_rhythm.stage)
         order by s.trajectory_id for update
    loop
        if of_client is not null then
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, stage, rhythm_days)
            values (municipality, state.trajectory_id, 'rhythm_set', moment, session.worker_id(), state.stage, wanted);
        end if;
        continue when of_client is null
            and internal.rhythm_days(state.client_id, state.team_id, state.stage, moment) = state.rhythm_days;
        perform internal.settle(state, 0);
        changed := changed + 1;
    end loop;
    return query select changed;
end
$$;
