-- A wish, a goal, a step taken or a training.
create function api.add_career_entry(
    client_number text, kind traject.event_kind, what traject.sealed, due_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddCareerEntry');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, add_career_entry.kind, occurred_at, words, audience);
begin
    if kind not in ('wish_voiced', 'goal_set', 'career_step_taken', 'training_begun') then
        perform internal.refuse('TJ003', 'kind', 'kind is %s; give wish_voiced, goal_set, career_step_taken or training_begun',
            json_build_array(kind));
    end if;
    entry.what := internal.text('what', what, 500, demanded => true);
    entry.due_at := due_at;
    return query select * from internal.record(state, entry);
end
$$;
