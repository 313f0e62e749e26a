-- A contract, temporary or permanent.
create function api.begin_contract(
    client_number text, employer text, contract traject.contract_kind, hours text,
    begins_at timestamptz default null, due_at timestamptz default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('BeginContract');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'contract_begun', occurred_at, words, audience);
begin
    entry.employer_id := internal.employer_id('employer', employer);
    entry.contract := contract;
    entry.hours := internal.hours(hours);
    entry.begins_at := begins_at;
    entry.due_at := due_at;
    return query select * from internal.record(state, entry);
end
$$;
