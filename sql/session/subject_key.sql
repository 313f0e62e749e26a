-- The key under which words are sealed that a call brings: of the client it names, of whom the entry it names is about, or
-- of the client who calls. No row when there is none, nor for a token that does not hold: the call itself is refused then.
-- As the owner, since who may call has yet to be decided, by the call too; a wrapped key alone opens nothing.
create function session.subject_key(token_sha256 bytea, certificate_sha256 bytea, client_number text, event_id bigint)
returns table (key_id uuid, wrapped bytea) language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    actor record;
    client bigint;
begin
    select o.municipality_id, o.client_id into actor
      from session.open_token o
     where o.token_sha256 = subject_key.token_sha256
       and (o.certificate_sha256 is null or o.certificate_sha256 = subject_key.certificate_sha256);
    client := actor.client_id;
    if client is null then
        select c.client_id into client from traject.client c
         where c.municipality_id = actor.municipality_id and c.client_number = subject_key.client_number;
    end if;
    if client is null and subject_key.event_id is not null then
        select y.client_id into client
          from traject.event e
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         where e.municipality_id = actor.municipality_id and e.event_id = subject_key.event_id;
    end if;
    return query
    select k.key_id, k.wrapped
      from traject.client c
      join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
     where c.municipality_id = actor.municipality_id and c.client_id = client;
end
$$;
revoke all on function session.subject_key from public;
grant execute on function session.subject_key to traject_daemon;
