-- Who looked at a client's record or changed it, and for what purpose; latest first.
create function api.list_access(
    client_number text, since timestamptz default null, page_size integer default null, page_token text default null)
returns setof api.access language plpgsql stable as $$
declare
    municipality bigint := session.admitted('ListAccess');
begin
    return query
    select l.start_time, l.end_time, (l.worker).name, (l.worker).full_name, (l.worker).role, split_part(l.name, '/', 3),
           coalesce(m.words, split_part(l.name, '/', 3)), l.processing_activity_id, l.status_code,
           l.glass_id is not null, encode(int8send(l.operation_id), 'hex'), encode(uuid_send(l.trace_id), 'hex'), l.page_token
      from internal.access_to(client_number, since, page_token,
                              internal.in_range('page_size', page_size, 1, 1000, 100)) l
      left join logbook.method_activity m on m.method = l.name;
end
$$;
