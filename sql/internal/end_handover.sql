-- A handover that ends without guidance moving: declined by the employer or withdrawn by the municipality; or one
-- that is returned.
create function internal.end_handover(client_number text, step text, ended traject.handover_state,
                                      states traject.handover_state[], reason traject.sealed, occurred_at timestamptz,
                                      expected_version bigint, audience traject.audience)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    handover traject.handover := internal.handover_in(state, client_number, step, states, moment);
begin
    return query
    select * from internal.record(state, internal.handover_entry(state, handover,
        ('handover_' || ended)::traject.event_kind, moment, null,
        internal.text('reason', reason, 1000, demanded => true), handover.supervisor_id, audience));
end
$$;
