-- The place of a row in a list ordered by a flag, a moment and an id, as text for the caller to hand back.
create type internal.list_position as (flag boolean, moment timestamptz, id bigint);

create function internal.page_token(flag boolean, moment timestamptz, id bigint) returns text language sql stable as
    $$ select format('%s.%s.%s', flag::integer, (extract(epoch from moment) * 1000000)::bigint, id) $$;

create function internal.read_page_token(page_token text) returns internal.list_position language plpgsql stable as $$
declare
    parts text[] := regexp_match(page_token, '^([01])\.(-?\d{1,17})\.(\d{1,18})$');
begin
    if page_token is not null and parts is null then
        perform internal.refuse('TJ003', 'page_token',
            'page_token is "%s"; give the page_token of the last row of the page before',
            json_build_array(left(page_token, 40)));
    end if;
    return (parts[1]::integer::boolean, 'epoch'::timestamptz + parts[2]::bigint * interval '1 microsecond',
            parts[3]::bigint);
end
$$;
