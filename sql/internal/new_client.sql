-- A new client, with the key that the daemon made for whoever this call is about; null when there is one with that
-- number, also one whom the caller does not see. As the owner: a client whose first trajectory the call goes on to begin
-- is added with it, where row security lets others add only who has none.
create function internal.new_client(client_number text, full_name traject.sealed_name, begins boolean default false)
returns bigint language plpgsql security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    key bytea := decode(current_setting('traject.new_key', true), 'hex');
    key_id uuid;
    client bigint;
begin
    if session.role() not in ('coach', 'member', 'manager') then
        perform internal.refuse('TJ007', 'method', 'clients are added by who guides them or manages a team');
    end if;
    -- There is a client with that number: no key was made.
    if coalesce(octet_length(key), 0) = 0 then
        return null;
    end if;
    key_id := encode(substring(key for 16), 'hex')::uuid;
    insert into traject.person_key (municipality_id, key_id, wrapped, data_subject_id)
    values (session.municipality_id(), key_id, substring(key from 17 for 68), substring(key from 85))
    on conflict on constraint person_key_pkey do nothing;
    insert into traject.client (municipality_id, client_number, full_name, trajectories, key_id)
    values (session.municipality_id(), client_number, internal.text('full_name', full_name, 100), begins::integer, key_id)
    on conflict on constraint client_number_unique do nothing
    returning client_id into client;
    return client;
end
$$;
