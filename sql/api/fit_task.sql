-- A task fitted to the person.
create function api.fit_task(
    client_number text, what traject.sealed, employer text default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('FitTask');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'task_fitted', occurred_at, words, audience);
begin
    entry.what := internal.text('what', what, 500, demanded => true);
    entry.employer_id := internal.employer_id('employer', employer);
    return query select * from internal.record(state, entry);
end
$$;
