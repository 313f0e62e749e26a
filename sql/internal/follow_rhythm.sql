-- Brings the open trajectories in the scope of a changed rhythm to it; tells how many another one holds for now. As
-- its owner: a rhythm of the municipality holds also where the caller sees no cases. It makes of a case only what the
-- rhythms set say of it; still, only who may set them learns how many there are.
create function internal.follow_rhythm(client bigint, team bigint, stage traject.stage) returns integer
language plpgsql security definer set search_path = '' as $$
declare
    moment timestamptz := clock_timestamp();
    state traject.trajectory_state;
    days integer;
    changed bigint[] := '{}';
begin
    if session.role() not in ('manager', 'admin') then
        perform internal.refuse('TJ007', 'days', 'cases follow a rhythm when a manager or an admin sets it');
    end if;
    for state in
        select s.* from traject.trajectory_state s
         where s.municipality_id = (select session.municipality_id()) and s.open
           and (client is null or s.client_id = client)
           and (team is null or s.team_id = team) and (follow_rhythm.stage is null or s.stage = follow_rhythm.stage)
         order by s.trajectory_id for update
    loop
        days := internal.rhythm_days(state.client_id, state.team_id, state.stage, moment);
        if client is not null or days <> state.rhythm_days then
            state.rhythm_days := days;
            perform internal.settle(state);
            changed := changed || state.client_id;
        end if;
    end loop;
    -- A client whom the request names is logged with it.
    if client is null then
        perform internal.look(changed);
    end if;
    return cardinality(changed);
end
$$;
