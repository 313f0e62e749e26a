-- Who took the first step, from which side, in which form.
create function api.record_first_contact(
    client_number text, initiator traject.initiator, direction traject.direction,
    form traject.first_contact_form, employer text default null, person text default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordFirstContact');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'first_contact', occurred_at, words, audience);
begin
    entry.initiator := initiator;
    entry.direction := direction;
    entry.form := form;
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('person', entry.employer_id, person);
    return query select * from internal.record(state, entry);
end
$$;
