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
        perform internal.refuse('TJ009', 'client_number', format('client %s has no handover to %s%s; flag one first',
            client_number, step,
            case when occurred_at < clock_timestamp() - interval '1 minute' then ' at ' || internal.shown(occurred_at) end));
    end if;
    if handover.state <> all (states) then
        perform internal.refuse('TJ009', 'client_number',
            format('the handover of client %s is %s since %s; to %s it must be %s', client_number, handover.state,
                   internal.shown(handover.state_since), step, array_to_string(states, ' or ')));
    end if;
    return handover;
end
$$;
