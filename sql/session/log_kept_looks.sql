-- Logs on the primary what was noted on a standby in the transaction that began at that moment, and was answered while there
-- was no primary. Whatever has become meanwhile of who looked and at whom: what was shown was shown.
create function session.log_kept_looks(noted text, at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into session.kept_looks (noted_sha256) values (sha256(timestamptz_send(at) || convert_to(noted, 'UTF8')))
    on conflict do nothing;
    if found then
        perform internal.log_looks(noted, at);
    else
        -- So that this commit waits for the standbys as the first one did, which may have been cut off while it waited.
        perform pg_logical_emit_message(true, 'traject', ''::text);
    end if;
end
$$;
revoke all on function session.log_kept_looks from public;
grant execute on function session.log_kept_looks to traject_daemon;
