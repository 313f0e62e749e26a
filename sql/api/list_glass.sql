-- Whose glass was broken, by whom and why, and what was looked at; latest first. A manager sees the clients of the own
-- teams, a privacy officer all, everybody what they broke.
create function api.list_glass(
    client_number text default null, since timestamptz default null, page_size integer default null,
    page_token text default null)
returns setof api.glass language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListGlass');
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    after internal.list_position := internal.read_page_token(page_token);
begin
    return query
    select t.client_number, w.name, w.full_name, w.role, t.reason, g.broken_at, g.until, g.until > clock_timestamp(),
           t.methods, internal.page_token(true, g.broken_at, g.glass_id)
      from traject.glass g
     cross join lateral internal.glass_told(g.glass_id) t
      join traject.worker w on w.municipality_id = g.municipality_id and w.worker_id = g.worker_id
     where g.municipality_id = (select session.municipality_id())
       and (list_glass.client_number is null or t.client_number = list_glass.client_number)
       and (since is null or g.broken_at >= since)
       and (after.id is null or (g.broken_at, g.glass_id) < (after.moment, after.id))
     order by g.broken_at desc, g.glass_id desc limit rows;
end
$$;
