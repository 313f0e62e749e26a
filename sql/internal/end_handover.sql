-- A handover that ends without guidance moving: declined by the employer or withdrawn by the municipality.
create function internal.end_handover(client_number text, step text, ended traject.handover_state, reason text,
                                      occurred_at timestamptz, expected_version bigint)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    handover traject.handover :=
        internal.handover_in(state, client_number, step, '{flagged,prepared,accepted}', moment);
    why text := internal.text('reason', reason, 1000, demanded => true);
begin
    update traject.handover h set state = ended, last_step_at = moment
     where h.municipality_id = handover.municipality_id and h.handover_id = handover.handover_id;
    return query select * from internal.settle(state, internal.handover_event(state, handover,
        ('handover_' || ended)::traject.event_kind, moment, null, why, handover.supervisor_id));
end
$$;
