-- Notes for the logs whose record a call showed, changed, or named and was refused, and hands out the keys that open what it
-- showed: so no words are opened of which no line is left. session.log_looks makes the lines of a whole batch of calls at
-- once, in the same transaction. The keys stand one after another by their ids, each id with the key as it is wrapped;
-- that of a person who was erased is not there any more. All are as long as a key is, so that one that was cut off in the
-- table hides nobody else. As the owner: what the call showed, its caller may read.
create function session.look(client_numbers text[], event_ids bigint[], key_ids uuid[] default '{}', failed boolean default false)
returns bytea language plpgsql security definer set search_path = '' as $$
declare
    municipality bigint := session.acting();
begin
    perform internal.note_look(client_numbers, event_ids, '{}', failed);
    if cardinality(key_ids) > 0 then
        return (select string_agg(uuid_send(k.key_id) || substring(k.wrapped || decode(repeat('00', 68), 'hex') for 68), ''
                                  order by k.key_id)
                  from traject.person_key k where k.municipality_id = municipality and k.key_id = any (key_ids));
    end if;
    return '';
end
$$;
revoke all on function session.look from public;
grant execute on function session.look to traject_daemon, traject_api;
