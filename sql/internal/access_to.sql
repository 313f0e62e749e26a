-- The lines about a client in both logs, latest first. As its owner, since nobody else reads the logs: of a client who
-- asks, the own; of anybody, for a privacy officer.
create function internal.access_to(client_number text, since timestamptz, before text, rows integer)
returns table (operation_id bigint, trace_id uuid, start_time timestamptz, end_time timestamptz, status_code integer,
               name text, processing_activity_id text, worker traject.worker, glass_id bigint, page_token text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    place text[] := regexp_match(before, '^(\d{1,17})\.(-?\d{1,19})$');
    client bigint;
begin
    select c.client_id into client from traject.client c
     where c.municipality_id = municipality and c.client_number = access_to.client_number
       and (session.role() = 'privacy_officer'
            or session.role() = 'client'
               and c.client_id = (select w.client_id from traject.worker w
                                   where w.municipality_id = municipality and w.worker_id = session.worker_id()));
    if not found then
        perform internal.refuse('TJ005', 'client_number',
            'no client with number %s whose log you may read: a client reads the own, a privacy officer everybody''s',
            json_build_array(left(client_number, 40)));
    end if;
    if before is not null and place is null then
        perform internal.refuse('TJ003', 'page_token',
            'page_token is "%s"; give the page_token of the last row of the page before',
            json_build_array(left(before, 40)));
    end if;
    return query
    select a.operation_id, p.trace_id, p.start_time, p.end_time, p.status_code::integer, p.name,
           p.processing_activity_id, w, a.glass_id,
           format('%s.%s', (extract(epoch from a.looked_at) * 1000)::bigint, a.operation_id)
      from logbook.audit_log a
      join logbook.processing_log p on p.municipality_id = a.municipality_id and p.operation_id = a.operation_id
      join traject.worker w on w.municipality_id = a.municipality_id and w.worker_id = a.worker_id
     where a.municipality_id = municipality and a.client_id = client
       and (since is null or a.looked_at >= since)
       and (place is null or (a.looked_at, a.operation_id)
                < ('epoch'::timestamptz + place[1]::bigint * interval '1 millisecond', place[2]::numeric::bigint))
     order by a.looked_at desc, a.operation_id desc limit rows;
end
$$;
