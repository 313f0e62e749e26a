-- Work has stopped before it was meant to; guidance may have to return to the coach.
create function api.report_dropout(
    client_number text, reason traject.sealed, employer text default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ReportDropout');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'dropout_reported', occurred_at, words, audience);
begin
    entry.reason := internal.text('reason', reason, 1000, demanded => true);
    entry.employer_id := internal.employer_id('employer', employer);
    return query select * from internal.record(state, entry);
end
$$;
