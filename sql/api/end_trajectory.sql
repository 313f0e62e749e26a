-- The trajectory ends, with its outcome.
create function api.end_trajectory(
    client_number text, outcome traject.outcome, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('EndTrajectory');
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
begin
    return query select * from internal.finish_trajectory(state,
        internal.moment('occurred_at', occurred_at, state.started_at), outcome, words, audience);
end
$$;
