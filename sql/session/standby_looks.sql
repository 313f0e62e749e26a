-- What the primary has to know of a batch of calls on a standby before anything of it is answered; and how stale it is at
-- most: each call reads what was replayed when it came to it, or later. Raises when that is more than all of them allow.
create function session.standby_looks()
returns table (noted text, at timestamptz, seen_before xid8, staleness_ms bigint) language plpgsql stable as $$
declare
    begun text[] := string_to_array(current_setting('traject.standby'), ' ');
    staleness_ms bigint := begun[1]::bigint + ceil(1000 * extract(epoch from clock_timestamp() - now()));
begin
    if staleness_ms > begun[3]::bigint then
        raise exception 'too stale by now' using errcode = 'TJ902';
    end if;
    return query select current_setting('traject.looks', true), now(), begun[2]::xid8, staleness_ms;
end
$$;
revoke all on function session.standby_looks from public;
grant execute on function session.standby_looks to traject_daemon;
