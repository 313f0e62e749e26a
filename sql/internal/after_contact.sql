-- The state after a contact or an attempt was recorded, in whatever order they are entered. Only a client who was
-- reached counts; attempts count from the last time the client was reached.
create function internal.after_contact(state traject.trajectory_state) returns traject.trajectory_state
language plpgsql stable as $$
begin
    state.last_contact_at := (
        select e.occurred_at from traject.event e
         where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
           and e.kind = 'contact' and e.counterpart = 'client' and e.reached
         order by e.occurred_at desc limit 1);
    select count(*), max(e.occurred_at) into state.unanswered_attempts, state.last_attempt_at
      from traject.event e
     where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
       and e.kind = 'contact' and e.counterpart = 'client' and not e.reached
       and e.occurred_at > coalesce(state.last_contact_at, '-infinity');
    return state;
end
$$;
