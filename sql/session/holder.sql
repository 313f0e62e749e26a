-- Whose token it is; one answer for unknown, expired, revoked and used without its certificate, so that nothing can be
-- learned by trying. When nobody is demanded that answer is no row: to raise would undo the batch that it is in.
create function session.holder(token_sha256 bytea, certificate_sha256 bytea, demanded boolean default true)
returns table (municipality_id bigint, worker_id bigint, role traject.role, worker text, full_name text,
               expires_at timestamptz, token_id bigint)
language plpgsql stable as $$
begin
    -- How far an index compares a digest depends on the digest, of which whoever tries tokens can choose no byte: so
    -- the time that this takes says nothing about how much of a token was right.
    return query
    select o.municipality_id, o.worker_id, o.role, o.worker, o.full_name, o.expires_at, o.token_id
      from session.open_token o
     where o.token_sha256 = holder.token_sha256
       and (o.certificate_sha256 is null or o.certificate_sha256 = holder.certificate_sha256);
    if not found and demanded then
        -- The same line stands in daemon/session.c.
        perform internal.refuse('TJ016', 'token',
            'the token is unknown, expired or revoked, or bound to another certificate; ask an admin for a new one');
    end if;
end
$$;
