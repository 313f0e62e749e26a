-- A token for a worker; its secret never comes here.
create function api.add_token(
    worker text, token_sha256 bytea, label text default null, expires_at timestamptz default null,
    certificate_sha256 bytea default null)
returns setof api.add_token_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddToken');
begin
    return query
    select * from internal.add_token(internal.worker_id('worker', worker), token_sha256, label,
                                     coalesce(expires_at, now() + interval '1 year'), certificate_sha256);
end
$$;
