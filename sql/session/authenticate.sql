-- The answer to Session/Authenticate.
create function session.authenticate(token_sha256 bytea)
returns table (municipality text, worker text, full_name text, role traject.role, token_expires_at timestamptz,
               municipality_id bigint, worker_id bigint)
language sql stable security definer set search_path = '' as $$
    select m.name, h.worker, h.full_name, h.role, h.expires_at, h.municipality_id, h.worker_id
      from session.holder(authenticate.token_sha256) h
      join traject.municipality m on m.municipality_id = h.municipality_id
$$;
revoke all on function session.authenticate from public;
grant execute on function session.authenticate to traject_daemon;
