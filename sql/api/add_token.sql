-- A token for a worker; its secret never comes here.
create function api.add_token(
    worker text, token_sha256 bytea, label text default null, expires_at timestamptz default null,
    certificate_sha256 bytea default null)
returns setof api.add_token_reply language plpgsql as $$
#variable_conflict use_column
declare
    until timestamptz := coalesce(add_token.expires_at, now() + interval '1 year');
begin
    if until <= now() then
        perform internal.refuse('TJ003', 'expires_at', format('expires_at is %s, which has passed; give a later moment',
                                                              internal.shown(until)));
    end if;
    return query
    insert into session.token (municipality_id, worker_id, token_sha256, label, expires_at,
                               certificate_sha256)
    values (session.municipality_id(), internal.worker_id('worker', worker), token_sha256,
            internal.text('label', label, 100), until,
            certificate_sha256)
    returning token.token_id, token.expires_at;
end
$$;
