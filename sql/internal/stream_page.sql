-- Where a page of the municipality's stream ends that begins after a place; null when it ends at the horizon. As its
-- owner, since a page is so many entries of anybody, however few of them the caller sees: a caller who comes back after
-- a long time never reads more at once.
create function internal.stream_page(after internal.stream_position, horizon xid8, entries integer)
returns internal.stream_position language sql stable security definer set search_path = '' as $$
    select row(q.recorded_in, q.id)::internal.stream_position
      from ((select e.recorded_in, e.event_id as id from traject.event e
              where e.municipality_id = session.municipality_id() and e.recorded_in < stream_page.horizon
                and (e.recorded_in, e.event_id) > ((stream_page.after).recorded_in, (stream_page.after).id)
              order by e.recorded_in, e.event_id limit entries)
            union all
            (select p.recorded_in, p.passing_id from traject.rhythm_passing p
              where p.municipality_id = session.municipality_id() and p.recorded_in < stream_page.horizon
                and (p.recorded_in, p.passing_id) > ((stream_page.after).recorded_in, (stream_page.after).id)
              order by p.recorded_in, p.passing_id limit entries)) q
     order by q.recorded_in, q.id offset entries - 1 limit 1
$$;
