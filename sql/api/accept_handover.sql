-- The employer is ready to guide.
create function api.accept_handover(
    client_number text, accepted_by text default null, occurred_at timestamptz default null,
    words text default null, expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    handover traject.handover := internal.handover_in(state, client_number, 'accept', '{prepared}', moment);
    person bigint := coalesce(case when accepted_by is not null
        then internal.person_id('accepted_by', handover.employer_id, accept_handover.accepted_by) end,
        handover.supervisor_id);
begin
    update traject.handover h set state = 'accepted', last_step_at = moment
     where h.municipality_id = handover.municipality_id and h.handover_id = handover.handover_id;
    return query select * from internal.settle(state, internal.handover_event(state, handover, 'handover_accepted', moment,
        internal.text('words', accept_handover.words, 4000), null, person));
end
$$;
