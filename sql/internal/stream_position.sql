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
        perform internal.refuse('TJ011', field, format('%s is %s, where this database has not come yet; it is of another '
            'one, so begin again without it and look at the timelines for what was missed', field, given));
    end if;
    return (parts[1]::xid8, parts[2]::bigint);
end
$$;
