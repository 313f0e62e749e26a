-- The client's open trajectory, locked until the transaction ends; every write to a case begins here.
create function internal.open_state(client_number text, expected_version bigint default null)
returns traject.trajectory_state language plpgsql as $$
declare
    client bigint := internal.client_id(client_number);
    state traject.trajectory_state;
begin
    select * into state from traject.trajectory_state s
     where s.municipality_id = session.municipality_id() and s.client_id = client and s.open
       for update;
    if state is null then
        perform internal.refuse('TJ009', 'client_number',
            format('client %s has no open trajectory; start one first', client_number));
    end if;
    if expected_version <> state.version then
        perform internal.refuse('TJ010', 'expected_version',
            format('the trajectory of client %s is at version %s, not %s: somebody changed it; look again first',
                   client_number, state.version, expected_version));
    end if;
    return state;
end
$$;
