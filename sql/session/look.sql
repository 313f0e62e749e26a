-- Notes for the logs whose record a call showed, changed, or named and was refused, and hands out the keys that open what it
-- showed. Whom it names and whose keys it hands out is told by the statement that reads the keys: who is erased after that
-- has another number, and is still logged. session.log_looks makes the lines of a whole batch of calls at once, in the same
-- transaction.
--
-- The keys stand one after another by their ids, each id with the key as it is wrapped; zeros for that of a person who was
-- erased. All are as long as a key is, so that one that was cut off in the table hides nobody else. As the owner: what the
-- call showed, its caller may read.
create function session.look(client_numbers text[], event_ids bigint[], key_ids uuid[] default '{}', failed boolean default false)
returns bytea language plpgsql security definer set search_path = '' as $$
declare
    municipality bigint := session.acting();
    client_ids bigint[];
    keys bytea;
    noted text;
begin
    select array(select (select c.client_id from traject.client c
                          where c.municipality_id = municipality and c.client_number = x.client_number)
                   from unnest(client_numbers) x (client_number))
           || array_agg((select c.client_id from traject.client c
                          where c.municipality_id = municipality and c.key_id = k.key_id)),
           string_agg(uuid_send(k.key_id) || substring(coalesce(k.wrapped, '') || decode(repeat('00', 68), 'hex') for 68),
                      '' order by k.key_id)
      into client_ids, keys
      from traject.person_key k where k.municipality_id = municipality and k.key_id = any (key_ids);
    noted := internal.note_look(event_ids, client_ids, failed);
    return keys;
end
$$;
revoke all on function session.look from public;
grant execute on function session.look to traject_daemon, traject_api;
