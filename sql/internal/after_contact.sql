-- The state after a contact or an attempt, in whatever order they are entered. Only a client who was
-- reached counts; attempts count from the last time the client was reached.
create function internal.after_contact(state traject.trajectory_state, occurred_at timestamptz,
                                       counterpart traject.counterpart, reached boolean)
returns traject.trajectory_state language plpgsql as $$
begin
    if counterpart <> 'client' then
        return state;
    end if;
    if reached and (state.last_contact_at is null or occurred_at > state.last_contact_at) then
        state.last_contact_at := occurred_at;
        if occurred_at >= state.last_attempt_at then
            state.unanswered_attempts := 0;
            state.last_attempt_at := null;
        elsif state.last_attempt_at is not null then
            select count(*), max(e.occurred_at) into state.unanswered_attempts, state.last_attempt_at
              from traject.event e
             where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
               and e.kind = 'contact' and e.counterpart = 'client' and not e.reached
               and e.occurred_at > after_contact.occurred_at;
        end if;
    elsif not reached and (state.last_contact_at is null or occurred_at > state.last_contact_at) then
        state.unanswered_attempts := state.unanswered_attempts + 1;
        state.last_attempt_at := greatest(state.last_attempt_at, occurred_at);
    end if;
    return state;
end
$$;
