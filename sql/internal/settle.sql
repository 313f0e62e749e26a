-- Writes back what a contact or a rhythm changes of the state, with what follows from it: due moment, version. As its owner:
-- whose case it is was asked when its state was locked and when the contact was recorded, and a rhythm also holds where
-- the caller sees no cases.
create function internal.settle(state traject.trajectory_state) returns traject.trajectory_state
language plpgsql security definer set search_path = '' as $$
begin
    state.due_at := internal.due_at(state.started_at, state.last_contact_at, state.rhythm_days);
    state.version := state.version + 1;
    update traject.trajectory_state s
       set version = state.version, last_contact_at = state.last_contact_at, last_attempt_at = state.last_attempt_at,
           unanswered_attempts = state.unanswered_attempts, rhythm_days = state.rhythm_days, due_at = state.due_at
     where s.municipality_id = (select session.municipality_id()) and s.trajectory_id = state.trajectory_id;
    return state;
end
$$;
