-- What a standby showed while there was no primary, and a daemon kept: logged once, however often the daemon asks for it,
-- which may not have heard that it was.
create table session.kept_looks (
    noted_sha256 bytea primary key,
    logged_at timestamptz not null default now(),
    constraint kept_looks_digest check (length(noted_sha256) = 32)
);
