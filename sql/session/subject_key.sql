-- The key under which words are sealed that a call brings: of the client it names, or of whom the entry it names is
-- about. No row when the caller sees no such client.
create function session.subject_key(client_number text, event_id bigint) returns table (key_id uuid, wrapped bytea)
language sql stable as $$
    select k.key_id, k.wrapped
      from traject.client c
      join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
     where c.municipality_id = session.municipality_id()
       and (c.client_number = subject_key.client_number
            or c.client_id = (select s.client_id from traject.event e
                                join traject.trajectory_state s on s.municipality_id = e.municipality_id
                                     and s.trajectory_id = e.trajectory_id
                               where e.municipality_id = session.municipality_id() and e.event_id = subject_key.event_id))
$$;
grant execute on function session.subject_key to traject_daemon;
