-- A precondition is missing, in hand or met.
create function api.set_precondition(
    client_number text, theme traject.theme, state traject.item_state, due_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('SetPrecondition');
    trajectory traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event;
begin
    if set_precondition.state not in ('missing', 'in_hand', 'met') then
        perform internal.refuse('TJ003', 'state', 'state is %s; give missing, in_hand or met',
            json_build_array(set_precondition.state));
    end if;
    entry := internal.begin_entry(trajectory, ('precondition_' || set_precondition.state)::traject.event_kind, occurred_at,
                                  words, audience);
    entry.theme := theme;
    entry.due_at := due_at;
    return query select * from internal.record(trajectory, entry);
end
$$;
