-- A day along at an employer.
create function api.record_day_along(
    client_number text, employer text, person text default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordDayAlong');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'day_along', occurred_at, words, audience);
begin
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('person', entry.employer_id, person);
    return query select * from internal.record(state, entry);
end
$$;
