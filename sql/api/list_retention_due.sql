-- The clients who are kept longer than their municipality keeps them; longest due first.
create function api.list_retention_due(
    page_size integer default null, page_token text default null)
returns setof api.retention_due language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListRetentionDue');
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    after internal.list_position := internal.read_page_token(page_token);
begin
    return query
    select d.client_number, d.kind, d.ended_at, d.due_at, d.team, d.requested_at,
           internal.page_token(true, d.due_at, d.client_id)
      from internal.retention_due() d
     where after.id is null or (d.due_at, d.client_id) > (after.moment, after.id)
     order by d.due_at, d.client_id
     limit rows;
end
$$;
