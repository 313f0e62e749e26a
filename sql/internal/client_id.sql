-- The client with that number, of those the caller may see.
create function internal.client_id(client_number text) returns bigint language plpgsql stable as $$
declare
    found bigint;
begin
    select c.client_id into found from traject.client c
     where c.municipality_id = session.municipality_id() and c.client_number = client_id.client_number;
    if found is null then
        perform internal.refuse('TJ005', 'client_number', format('no client with number %s%s', left(client_number, 40),
            internal.near(client_number, array(select c.client_number from traject.client c
                where c.municipality_id = session.municipality_id()
                  and length(c.client_number) between length(client_id.client_number) - 2
                      and length(client_id.client_number) + 2))));
    end if;
    return found;
end
$$;
