-- An adaptation is agreed.
create function api.agree_adaptation(
    client_number text, what traject.sealed, employer text default null, due_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AgreeAdaptation');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'adaptation_agreed', occurred_at, words, audience);
begin
    entry.what := internal.text('what', what, 500, demanded => true);
    entry.employer_id := internal.employer_id('employer', employer);
    entry.due_at := due_at;
    return query select * from internal.record(state, entry);
end
$$;
