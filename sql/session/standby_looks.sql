-- What the primary has to know of a batch of calls on a standby before anything of it is answered; and how stale it is.
create function session.standby_looks()
returns table (noted text, at timestamptz, seen_before xid8, staleness_ms bigint) language sql stable as $$
    select current_setting('traject.looks'), now(), split_part(s.standby, ' ', 2)::xid8, split_part(s.standby, ' ', 1)::bigint
      from current_setting('traject.standby') s (standby)
$$;
revoke all on function session.standby_looks from public;
grant execute on function session.standby_looks to traject_daemon;
