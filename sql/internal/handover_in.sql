-- The trajectory's last handover, which must be in one of `states` for `step`; its step comes after the one before.
create function internal.handover_in(state traject.trajectory_state, client_number text, step text,
                                     states traject.handover_state[], occurred_at timestamptz)
returns traject.handover language plpgsql as $$
declare
    handover traject.handover;
begin
    select * into handover from traject.handover h
     where h.municipality_id = state.municipality_id and h.trajectory_id = state.trajectory_id
     order by h.handover_id desc limit 1;
    if handover is null then
        perform internal.refuse('TJ009', 'client_number',
            format('client %s has no handover to %s; flag one first', client_number, step));
    end if;
    if handover.state <> all (states) then
        perform internal.refuse('TJ009', 'client_number',
            format('the handover of client %s is %s since %s; to %s it must be %s', client_number, handover.state,
                   internal.shown(handover.state_since), step, array_to_string(states, ' or ')));
    end if;
    if occurred_at < handover.last_step_at then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and the last step of the handover, now %s, was at %s; give a moment from then on',
                   internal.shown(occurred_at), handover.state, internal.shown(handover.last_step_at)));
    end if;
    return handover;
end
$$;
