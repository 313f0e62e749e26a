-- The key under which words are sealed that a call brings: of the client it names, of whom the entry it names is about, or
-- of the client who calls. No row when there is none. As the owner, since who may call has yet to be decided, by the call
-- itself; a wrapped key alone opens nothing.
create function session.subject_key(client_number text, event_id bigint) returns table (key_id uuid, wrapped bytea)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.acting();
    client bigint;
begin
    select w.client_id into client from traject.worker w
     where w.municipality_id = municipality and w.worker_id = session.worker_id();
    if client is null and subject_key.client_number is not null then
        select c.client_id into client from traject.client c
         where c.municipality_id = municipality and c.client_number = subject_key.client_number;
    end if;
    if client is null then
        select y.client_id into client
          from traject.event e
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         where e.municipality_id = municipality and e.event_id = subject_key.event_id;
    end if;
    return query
    select k.key_id, k.wrapped
      from traject.client c
      join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
     where c.municipality_id = municipality and c.client_id = client;
end
$$;
revoke all on function session.subject_key from public;
grant execute on function session.subject_key to traject_daemon;
