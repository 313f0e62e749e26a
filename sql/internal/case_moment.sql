-- When something in a trajectory happened: a moment, and not before its start.
create function internal.case_moment(state traject.trajectory_state, occurred_at timestamptz)
returns timestamptz language sql as
    $$ select internal.moment('occurred_at', occurred_at, state.started_at) $$;
