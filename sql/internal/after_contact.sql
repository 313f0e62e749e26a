-- The state after a contact or an attempt at that moment was recorded, in whatever order they are entered. Only a client
-- who was reached counts; attempts count from the last time the client was reached. What was corrected does not count.
create function internal.after_contact(state traject.trajectory_state, moment timestamptz, counterpart traject.counterpart,
                                       reached boolean)
returns traject.trajectory_state language plpgsql stable as $$
begin
    if counterpart <> 'client' or moment < state.last_contact_at then
        return state;
    end if;
    if not reached then
        -- At the moment of a contact it is none that was made after it.
        if moment > coalesce(state.last_contact_at, '-infinity') then
            state.unanswered_attempts := state.unanswered_attempts + 1;
            state.last_attempt_at := greatest(state.last_attempt_at, moment);
        end if;
        return state;
    end if;
    state.last_contact_at := moment;
    if moment >= state.last_attempt_at then
        state.unanswered_attempts := 0;
        state.last_attempt_at := null;
    elsif state.unanswered_attempts > 0 then
        select count(*), max(e.occurred_at) into state.unanswered_attempts, state.last_attempt_at
          from traject.event e
         where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
           and e.counterpart = 'client' and not e.reached and e.occurred_at > moment
           and not exists (select from traject.event c
                            where c.municipality_id = e.municipality_id and c.supersedes = e.event_id);
    end if;
    return state;
end
$$;
