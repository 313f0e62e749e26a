-- A new client, with the number given or the next free one.
create function api.add_client(
    client_number text default null, full_name traject.sealed_name default null)
returns setof api.add_client_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddClient');
    number text := internal.text('client_number', add_client.client_number, 32);
begin
    if number is not null then
        if internal.new_client(number, full_name) is null then
            perform internal.refuse('TJ006', 'client_number',
                'there is a client with that number already; give another number, or none for the next free one');
        end if;
        return query select number;
        return;
    end if;
    if coalesce(current_setting('traject.new_key', true), '') = '' then
        raise exception 'the caller brings no key for a new client';
    end if;
    -- A municipality may have given the next number itself, to a client the caller does not see.
    loop
        update traject.municipality m set next_client_number = m.next_client_number + 1
         where m.municipality_id = session.municipality_id()
        returning (m.next_client_number - 1)::text into number;
        exit when internal.new_client(number, full_name) is not null;
    end loop;
    return query select number;
end
$$;
