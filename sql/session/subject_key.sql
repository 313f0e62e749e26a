-- The key under which words are sealed that a call brings: of the client it names, of whom the entry it names is about, or
-- of the client who calls. No row when there is none. As the owner, since who may call has yet to be decided, by the call
-- itself; a wrapped key alone opens nothing.
create function session.subject_key(client_number text, event_id bigint) returns table (key_id uuid, wrapped bytea)
language sql stable security definer set search_path = '' as $$
    select k.key_id, k.wrapped
      from traject.client c
      join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
     where c.municipality_id = (select session.municipality_id())
       and c.client_id = coalesce(
           (select w.client_id from traject.worker w
             where w.municipality_id = (select session.municipality_id()) and w.worker_id = session.worker_id()),
           (select n.client_id from traject.client n
             where n.municipality_id = (select session.municipality_id()) and n.client_number = subject_key.client_number),
           (select y.client_id from traject.event e
              join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
             where e.municipality_id = (select session.municipality_id()) and e.event_id = subject_key.event_id))
$$;
revoke all on function session.subject_key from public;
grant execute on function session.subject_key to traject_daemon;
