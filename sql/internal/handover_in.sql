-- The trajectory's handover at a moment, the last one flagged by then; it must be in one of `states` for `step`.
create function internal.handover_in(state traject.trajectory_state, client_number text, step text,
                                     states traject.handover_state[], occurred_at timestamptz)
returns traject.handover language plpgsql as $$
declare
    handovers traject.handover[] := internal.handovers(internal.entries(state.municipality_id, state.trajectory_id,
                                                                        until => occurred_at));
    handover traject.handover := handovers[cardinality(handovers)];
begin
    if handover.handover_id is null then
        if occurred_at < clock_timestamp() - interval '1 minute' then
            perform internal.refuse('TJ009', 'client_number', 'client %s has no handover to %s at %s; flag one first',
                json_build_array(client_number, step, internal.shown(occurred_at)));
        end if;
        perform internal.refuse('TJ009', 'client_number', 'client %s has no handover to %s; flag one first',
            json_build_array(client_number, step));
    end if;
    if handover.state <> all (states) then
        perform internal.refuse('TJ009', 'client_number', 'the handover of client %s is %s since %s; to %s it must be %s',
            json_build_array(client_number, internal.word(handover.state), internal.shown(handover.state_since), step,
                internal.words(states)));
    end if;
    return handover;
end
$$;
