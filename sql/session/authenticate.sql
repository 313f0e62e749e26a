-- The answer to Session/Authenticate; no row for a token that does not hold. In token_ms the token expires: by this
-- clock, whatever the daemon's says.
create function session.authenticate(token_sha256 bytea, certificate_sha256 bytea default null)
returns table (municipality text, worker text, full_name text, role traject.role, token_expires_at timestamptz,
               municipality_id bigint, worker_id bigint, token_ms bigint)
language sql stable security definer set search_path = '' as $$
    select m.name, h.worker, h.full_name, h.role, h.expires_at, h.municipality_id, h.worker_id,
           ceil(extract(epoch from h.expires_at - clock_timestamp()) * 1000)::bigint
      from session.holder(authenticate.token_sha256, authenticate.certificate_sha256, demanded => false) h
      join traject.municipality m on m.municipality_id = h.municipality_id
$$;
revoke all on function session.authenticate from public;
grant execute on function session.authenticate to traject_daemon;
