-- The place of an entry in the stream of all that is recorded: the transaction that recorded it, then its number.
create type internal.stream_position as (recorded_in xid8, id bigint);

create function internal.stream_position(recorded_in xid8, id bigint) returns text language sql immutable as
    $$ select format('%s.%s', recorded_in, id) $$;

-- The place that a caller hands back; null for none.
create function internal.read_stream_position(field text, given text) returns internal.stream_position
language plpgsql stable as $$
declare
    parts text[] := regexp_match(given, '^(\d{1,18})\.(\d{1,18})$');
begin
    if given is not null and parts is null then
        perform internal.refuse('TJ003', field, '%s is "%s"; give the position of the last entry seen',
            json_build_array(field, left(given, 40)));
    end if;
    if parts[1]::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then
        perform internal.refuse('TJ011', field,
            '%s is %s, where this database has not come yet; it is of another one, so begin again without it and look at the '
            'timelines for what was missed',
            json_build_array(field, given));
    end if;
    return (parts[1]::xid8, parts[2]::bigint);
end
$$;

-- The last entry of a page of the municipality's stream, and whether the page is full; the place after which it begins when
-- there is nothing. As its owner, since a page is so many entries of anybody, however few of them the caller sees: a caller
-- who comes back after a long time never reads more at once.
--
-- Never the horizon itself: after a failover the standby that was promoted may number transactions anew that left nothing
-- there, and who had come past them would miss what is recorded in them.
create function internal.stream_page(
    after internal.stream_position, horizon xid8, entries integer,
    out until internal.stream_position, out is_full boolean)
language plpgsql stable security definer set search_path = '' as $$
declare
    page internal.stream_position[];
begin
    page := array(
        select row(q.recorded_in, q.id)::internal.stream_position
          from ((select e.recorded_in, e.event_id as id from traject.event e
                  where e.municipality_id = (select session.municipality_id()) and e.recorded_in < horizon
                    and (e.recorded_in, e.event_id) > (after.recorded_in, after.id)
                  order by e.recorded_in, e.event_id limit entries)
                union all
                (select p.recorded_in, p.passing_id from traject.rhythm_passing p
                  where p.municipality_id = (select session.municipality_id()) and p.recorded_in < horizon
                    and (p.recorded_in, p.passing_id) > (after.recorded_in, after.id)
                  order by p.recorded_in, p.passing_id limit entries)) q
         order by q.recorded_in, q.id limit entries);
    is_full := cardinality(page) = entries;
    until := coalesce(page[cardinality(page)], after);
end
$$;

-- The last entry before the horizon: where who watches from now on begins.
create function internal.stream_end(horizon xid8) returns internal.stream_position
language plpgsql stable security definer set search_path = '' as $$
begin
    return coalesce((
        select row(q.recorded_in, q.id)::internal.stream_position
          from ((select e.recorded_in, e.event_id as id from traject.event e
                  where e.municipality_id = (select session.municipality_id()) and e.recorded_in < horizon
                  order by e.recorded_in desc, e.event_id desc limit 1)
                union all
                (select p.recorded_in, p.passing_id from traject.rhythm_passing p
                  where p.municipality_id = (select session.municipality_id()) and p.recorded_in < horizon
                  order by p.recorded_in desc, p.passing_id desc limit 1)) q
         order by q.recorded_in desc, q.id desc limit 1), ('0', 0)::internal.stream_position);
end
$$;
