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
        perform internal.refuse('TJ003', field, format('%s is "%s"; give the position of the last entry seen', field,
                                                       left(given, 40)));
    end if;
    if parts[1]::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then
        perform internal.refuse('TJ011', field, format('%s is %s, where this database has not come yet; it is of '
            'another one, so begin again without it and look at the timelines for what was missed', field, given));
    end if;
    return (parts[1]::xid8, parts[2]::bigint);
end
$$;

-- Where a page of the municipality's stream ends that begins after a place; null when it ends at the horizon. As its
-- owner, since a page is so many entries of anybody, however few of them the caller sees: a caller who comes back after
-- a long time never reads more at once.
create function internal.stream_page(after internal.stream_position, horizon xid8, entries integer)
returns internal.stream_position language plpgsql stable security definer set search_path = '' as $$
begin
    return (
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
         order by q.recorded_in, q.id offset entries - 1 limit 1);
end
$$;
