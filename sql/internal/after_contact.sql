-- The state after a contact or an attempt was recorded, in whatever order they are entered. Only a client who was
-- reached counts; attempts count from the last time the client was reached. What was corrected does not count.
create function internal.after_contact(state traject.trajectory_state) returns traject.trajectory_state
language plpgsql stable as $$
begin
    state.last_contact_at := (
        select e.occurred_at from traject.event e
         where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
           and e.counterpart = 'client' and e.reached
           and not exists (select from traject.event c
                            where c.municipality_id = e.municipality_id and c.supersedes = e.event_id)
         order by e.occurred_at desc limit 1);
    select count(*), max(e.occurred_at) into state.unanswered_attempts, state.last_attempt_at
      from traject.event e
     where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
       and e.counterpart = 'client' and not e.reached
       and e.occurred_at > coalesce(state.last_contact_at, '-infinity')
       and not exists (select from traject.event c
                        where c.municipality_id = e.municipality_id and c.supersedes = e.event_id);
    return state;
end
$$;
