-- The employer is ready to guide.
create function internal.accept_handover(client_number text, accepted_by text, occurred_at timestamptz,
                                         words traject.sealed, expected_version bigint, audience traject.audience)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    handover traject.handover := internal.handover_in(state, client_number, 'accept', '{prepared}', moment);
    person bigint := coalesce(internal.person_id('accepted_by', handover.employer_id, accepted_by),
                              handover.supervisor_id);
    gone traject.employer_person;
begin
    select * into gone from traject.employer_person p
     where p.municipality_id = handover.municipality_id and p.employer_id = handover.employer_id
       and p.person_id = person and p.revoked_at <= moment;
    if found then
        perform internal.refuse('TJ009', 'accepted_by',
            '%s left the employer on %s; name who accepts, or change the supervisor first',
            json_build_array(gone.name, internal.shown(gone.revoked_at)));
    end if;
    return query select * from internal.record(state,
        internal.handover_entry(state, handover, 'handover_accepted', moment, words, null, person, audience));
end
$$;
