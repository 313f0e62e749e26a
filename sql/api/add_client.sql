-- A new client, with the number given or the next free one.
create function api.add_client(
    client_number text default null, full_name text default null)
returns setof api.add_client_reply language plpgsql as $$
#variable_conflict use_column
declare
    number text := internal.text('client_number', add_client.client_number, 32);
begin
    while number is null loop
        update traject.municipality m set next_client_number = m.next_client_number + 1
         where m.municipality_id = session.municipality_id()
        returning (m.next_client_number - 1)::text into number;
        -- A municipality may have given that number itself, to a client the caller does not see.
        begin
            insert into traject.client (municipality_id, client_number, full_name)
            values (session.municipality_id(), number, internal.text('full_name', full_name, 100));
            return query select number;
            return;
        exception when unique_violation then
            number := null;
        end;
    end loop;
    insert into traject.client (municipality_id, client_number, full_name)
    values (session.municipality_id(), number, internal.text('full_name', full_name, 100));
    return query select number;
end
$$;
