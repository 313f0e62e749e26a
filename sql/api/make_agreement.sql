-- Who does what by when.
create function api.make_agreement(
    client_number text, party traject.agreement_party, what traject.sealed, by_whom traject.sealed_label default null,
    due_at timestamptz default null, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('MakeAgreement');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'agreement_made', occurred_at, words, audience);
begin
    entry.party := party;
    entry.what := internal.text('what', what, 500, demanded => true);
    entry.due_at := due_at;
    entry.by_whom := internal.text('by_whom', by_whom, 100, demanded => false);
    return query select * from internal.record(state, entry);
end
$$;
