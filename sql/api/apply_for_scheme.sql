-- A scheme is applied for.
create function api.apply_for_scheme(
    client_number text, scheme traject.scheme, what traject.sealed default null, employer text default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ApplyForScheme');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'scheme_applied', occurred_at, words, audience);
begin
    entry.scheme := scheme;
    entry.what := internal.text('what', what, 500, demanded => scheme = 'other');
    entry.employer_id := internal.employer_id('employer', employer);
    return query select * from internal.record(state, entry);
end
$$;
