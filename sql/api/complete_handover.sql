-- Guidance moves to the employer, once the checklist is done.
create function api.complete_handover(
    client_number text, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('CompleteHandover');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    handover traject.handover := internal.handover_in(state, client_number, 'complete', '{accepted}', moment);
    missing text := internal.handover_needs(handover, moment);
begin
    if missing is not null then
        perform internal.refuse('TJ009', 'client_number', 'the handover of client %s still needs: %s; prepare that first',
            json_build_array(client_number, missing));
    end if;
    return query select * from internal.record(state, internal.handover_entry(state, handover, 'handover_completed',
        moment, words, null, handover.supervisor_id, audience));
end
$$;
