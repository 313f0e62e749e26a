-- A token may be bound to a client certificate: without it, it opens nothing.
alter table session.token
    add column certificate_sha256 bytea,
    add constraint token_certificate_length check (length(certificate_sha256) = 32);
comment on constraint token_certificate_length on session.token is
    'certificate_sha256 is 32 bytes, the SHA-256 fingerprint of the client certificate';
grant select (certificate_sha256) on session.token to traject_daemon;

-- Tells the daemons to look again at the tokens of their open connections. It does not say which token, so whoever
-- listens learns nothing and whoever makes one up ends no connection.
create function session.announce_tokens() returns trigger language plpgsql set search_path = '' as $$
begin
    perform pg_notify('traject', 'tokens');
    return null;
end
$$;
create trigger token_change_announced after update or delete on session.token
    for each statement execute function session.announce_tokens();
create trigger worker_revocation_announced after update of revoked_at on traject.worker
    for each statement execute function session.announce_tokens();
