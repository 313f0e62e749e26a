-- The requests for erasure that wait, oldest first; or also what became of those before.
create function api.list_erasures(
    with_ended boolean, page_size integer default null, page_token text default null)
returns setof api.erasure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListErasures');
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    after internal.list_position := internal.read_page_token(page_token);
begin
    return query
    select e.client_number, e.state, e.requested_at, e.requested_by, e.reason, e.by_retention, e.trajectory_ended_at,
           e.lapses_at, e.ended_at, e.ended_by, internal.page_token(true, e.requested_at, e.erasure_id)
      from internal.erasures() e
     where (with_ended or e.state = 'waiting')
       and (after.id is null or (e.requested_at, e.erasure_id) > (after.moment, after.id))
     order by e.requested_at, e.erasure_id
     limit rows;
end
$$;
