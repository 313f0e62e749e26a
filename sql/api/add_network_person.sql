-- Somebody whom the client wants involved, and what that person may be told.
create function api.add_network_person(
    client_number text, what traject.sealed_label, relation traject.sealed, may_be_told traject.sealed, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddNetworkPerson');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'network_person_added', occurred_at, words, audience);
begin
    entry.what := internal.text('what', what, 100, demanded => true);
    entry.relation := internal.text('relation', relation, 100, demanded => true);
    entry.may_be_told := internal.text('may_be_told', may_be_told, 500, demanded => true);
    return query select * from internal.record(state, entry);
end
$$;
