-- The client's trajectory at a moment, the open one for now, locked until the transaction ends; every write to a case
-- begins here.
create function internal.open_state(client_number text, expected_version bigint default null,
                                    occurred_at timestamptz default null)
returns traject.trajectory_state language plpgsql as $$
declare
    client bigint;
    state traject.trajectory_state;
    ended traject.trajectory_state;
begin
    perform internal.hold_rhythms();
    select s.* into state
      from traject.client c
      join traject.trajectory_state s on s.municipality_id = c.municipality_id and s.client_id = c.client_id
     where c.municipality_id = session.municipality_id() and c.client_number = open_state.client_number and s.open
       for update of s;
    if state is null or occurred_at < state.started_at then
        client := internal.client_id(client_number);
        -- What belongs to a trajectory that has ended is still entered there.
        select s.* into ended
          from traject.trajectory t
          join traject.trajectory_state s on s.municipality_id = t.municipality_id and s.trajectory_id = t.trajectory_id
         where t.municipality_id = session.municipality_id() and t.client_id = client
           and occurred_at >= t.started_at and occurred_at < t.ended_at
         order by s.open limit 1
           for update of s;
        if found then
            state := ended;
        end if;
    end if;
    if state is null then
        if occurred_at is not null then
            perform internal.refuse('TJ009', 'client_number',
                'client %s has no open trajectory and had none at %s; start one first',
                json_build_array(client_number, internal.shown(occurred_at)));
        end if;
        perform internal.refuse('TJ009', 'client_number', 'client %s has no open trajectory; start one first',
            json_build_array(client_number));
    end if;
    return internal.check_version(state, client_number, expected_version);
end
$$;

create function internal.check_version(state traject.trajectory_state, client_number text, expected_version bigint)
returns traject.trajectory_state language plpgsql as $$
begin
    if expected_version <> state.version then
        perform internal.refuse('TJ010', 'expected_version',
            'the trajectory of client %s is at version %s, not %s: somebody changed it; look again first',
            json_build_array(client_number, state.version, expected_version));
    end if;
    return state;
end
$$;
