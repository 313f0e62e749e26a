-- Whose token it is; one answer for unknown, expired and revoked, so that nothing can be learned by trying.
create function session.holder(token_sha256 bytea)
returns table (municipality_id bigint, worker_id bigint, role traject.role, worker text, full_name text,
               expires_at timestamptz, token_id bigint)
language plpgsql stable as $$
begin
    return query
    select w.municipality_id, w.worker_id, w.role, w.name, w.full_name, t.expires_at, t.token_id
      from session.token t
      join traject.worker w on w.municipality_id = t.municipality_id and w.worker_id = t.worker_id
     where t.token_sha256 = holder.token_sha256 and t.expires_at > now() and t.revoked_at is null
       and w.revoked_at is null;
    if not found then
        perform internal.refuse('TJ016', 'token', 'the token is unknown, expired or revoked; ask an admin for a new one');
    end if;
end
$$;
