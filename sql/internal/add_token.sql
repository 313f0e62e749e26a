-- A token of that worker or account, until then.
create function internal.add_token(worker bigint, token_sha256 bytea, label text, until timestamptz,
                                   certificate_sha256 bytea default null)
returns setof api.add_token_reply language plpgsql as $$
#variable_conflict use_column
begin
    if until <= now() then
        perform internal.refuse('TJ003', 'expires_at', 'expires_at is %s, which has passed; give a later moment',
            json_build_array(internal.shown(until)));
    end if;
    return query
    insert into session.token (municipality_id, worker_id, token_sha256, label, expires_at, certificate_sha256,
                               given_by)
    values (session.municipality_id(), worker, add_token.token_sha256, internal.text('label', label, 100), until,
            add_token.certificate_sha256, session.worker_id())
    returning token.token_id, token.expires_at;
end
$$;
