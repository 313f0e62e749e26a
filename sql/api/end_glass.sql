-- The client is out of sight again before the time is over.
create function api.end_glass(
    client_number text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('EndGlass');
begin
    update traject.glass g set until = clock_timestamp()
      from traject.client c
     where g.municipality_id = (select session.municipality_id()) and g.worker_id = session.worker_id()
       and g.until > clock_timestamp()
       and c.municipality_id = g.municipality_id and c.client_id = g.client_id
       and c.client_number = end_glass.client_number;
    if not found then
        perform internal.refuse('TJ009', 'client_number', 'you broke no glass for client %s that has not ended',
            json_build_array(left(client_number, 40)));
    end if;
end
$$;
