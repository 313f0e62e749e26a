-- Begins a batch of calls on a standby, for callers of whom none minds an answer that is so stale; raises where it may be
-- staler, and where this is no standby. It is as stale as the last commit that was replayed is old: that it has replayed all
-- that it received would say nothing, since a standby does not notice at once that its primary is gone. For
-- session.standby_looks it keeps how stale, before which transaction all that the primary committed is seen here, and how
-- stale it may be.
create function session.begin_on_standby(max_staleness_ms bigint) returns void language plpgsql as $$
declare
    staleness_ms numeric := ceil(1000 * extract(epoch from now() - pg_last_xact_replay_timestamp()));
begin
    if not pg_is_in_recovery() or coalesce(staleness_ms > max_staleness_ms, true) then
        raise exception 'too stale, or no standby' using errcode = 'TJ902';
    end if;
    perform set_config('traject.standby', format('%s %s %s', greatest(staleness_ms, 0),
                                                 pg_snapshot_xmin(pg_current_snapshot()), max_staleness_ms), true);
end
$$;
revoke all on function session.begin_on_standby from public;
grant execute on function session.begin_on_standby to traject_daemon;
