-- Work stopped while the employer guided, and nothing is settled yet: guidance may have to return to the coach.
create function internal.proposes_return(item traject.item, state traject.trajectory_state) returns boolean
language sql immutable as
    $$ select item.kind = 'dropout' and item.open and state.guided_by = 'employer' and item.opened_at >= state.guided_since $$;
