-- The client with that number, of those the caller may see. Nothing like it is suggested: a number near by is another
-- person's file.
create function internal.client_id(client_number text) returns bigint language plpgsql stable as $$
declare
    found bigint;
begin
    select c.client_id into found from traject.client c
     where c.municipality_id = session.municipality_id() and c.client_number = client_id.client_number;
    if found is null then
        perform internal.refuse('TJ005', 'client_number',
            'no client with number %s among those you may see; ask the manager when it should be there',
            json_build_array(left(client_number, 40)));
    end if;
    return found;
end
$$;
