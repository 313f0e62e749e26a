-- A trial placement: work with benefit kept, before employment; its end is planned from the start.
create function api.begin_trial_placement(
    client_number text, employer text, person text default null, begins_at timestamptz default null,
    due_at timestamptz default null, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('BeginTrialPlacement');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'trial_placement_begun', occurred_at, words, audience);
begin
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('person', entry.employer_id, person);
    entry.begins_at := begins_at;
    entry.due_at := coalesce(due_at, coalesce(begins_at, entry.occurred_at)
        + make_interval(months => internal.setting('trial_placement_months')));
    return query select * from internal.record(state, entry);
end
$$;
