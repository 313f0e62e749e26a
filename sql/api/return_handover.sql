-- Guidance comes back to the coach.
create function api.return_handover(
    client_number text, reason text, occurred_at timestamptz default null,
    expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    handover traject.handover := internal.handover_in(state, client_number, 'return', '{completed}', moment);
    why text := internal.text('reason', reason, 1000, demanded => true);
begin
    update traject.handover h set state = 'returned', last_step_at = moment
     where h.municipality_id = handover.municipality_id and h.handover_id = handover.handover_id;
    state := internal.guide(state, moment, null);
    return query select * from internal.settle(state, internal.handover_event(state, handover, 'handover_returned',
        moment, null, why, handover.supervisor_id));
end
$$;
