-- Logs on the primary what was noted on a standby in the transaction that began at that moment. Raises, so that nothing of
-- it is answered, when a caller may no longer what they could there, or when somebody of the municipality was erased by a
-- transaction that the standby may not have seen.
create function session.log_standby_looks(noted text, at timestamptz, seen_before xid8) returns void
language plpgsql security definer set search_path = '' as $$
begin
    if at not between now() - interval '1 minute' and now() + interval '1 minute' then
        raise exception 'that was too long ago' using errcode = 'TJ903';
    end if;
    if (with caller as materialized (
            select n.actor, split_part(n.actor, '|', 2)::bigint as municipality_id, split_part(n.actor, '|', 4) as role,
                   split_part(n.actor, '|', 5)::bigint[] as team_ids, split_part(n.actor, '|', 6)::bigint[] as glass_client_ids,
                   split_part(n.actor, '|', 7)::bigint as token_id
              from (select distinct l.line::jsonb ->> 0 as actor from string_to_table(noted, E'\n') l (line)) n)
        -- Each looked up by itself, as in internal.log_looks.
        select bool_or(c.forged or c.may_no_more or c.erased_since)
          from (select left(c.actor, 64) <> session.seal(k.key, substr(c.actor, 66), at) as forged,
                       (select true from session.open_token o
                         where o.municipality_id = c.municipality_id and o.token_id = c.token_id and o.role::text = c.role
                           and c.team_ids <@ array(select m.team_id from traject.team_member m
                                                    where m.municipality_id = c.municipality_id
                                                      and m.worker_id = o.worker_id and m.revoked_at is null)
                           and c.glass_client_ids <@ array(select g.client_id from traject.glass g
                                                            where g.municipality_id = c.municipality_id
                                                              and g.worker_id = o.worker_id and g.until > clock_timestamp())
                         limit 1) is null as may_no_more,
                       (select true from traject.person_key p
                         where p.municipality_id = c.municipality_id and p.erased_in >= seen_before
                           -- What a dump brought from another cluster is older than all here.
                           and p.erased_in < pg_snapshot_xmax(pg_current_snapshot())
                         limit 1) is not null as erased_since
                  from caller c cross join session.seal_key k) c) is not false then
        raise exception 'what a standby showed cannot be answered' using errcode = 'TJ903';
    end if;
    perform internal.log_looks(noted, at);
end
$$;
revoke all on function session.log_standby_looks from public;
grant execute on function session.log_standby_looks to traject_daemon;
