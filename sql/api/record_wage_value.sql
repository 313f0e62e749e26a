-- A wage-value measurement; the last one holds.
create function api.record_wage_value(
    client_number text, by_whom traject.sealed_label, percentage integer default null, employer text default null,
    due_at timestamptz default null, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordWageValue');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'wage_value_measured', occurred_at, words, audience);
begin
    entry.percentage := percentage;
    entry.by_whom := internal.text('by_whom', by_whom, 100, demanded => true);
    entry.employer_id := internal.employer_id('employer', employer);
    entry.due_at := coalesce(due_at, entry.occurred_at
        + make_interval(months => internal.setting('wage_value_months')));
    return query select * from internal.record(state, entry);
end
$$;
