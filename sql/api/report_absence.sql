-- The client is absent from work. Why is not asked.
create function api.report_absence(
    client_number text, due_at timestamptz default null, employer text default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ReportAbsence');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'absence_reported', occurred_at, words, audience);
begin
    entry.due_at := due_at;
    entry.employer_id := internal.employer_id('employer', employer);
    return query select * from internal.record(state, entry);
end
$$;
