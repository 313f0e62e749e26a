-- The answer to Session/Authenticate; no row for a token that does not hold, for which one answer stands: to raise would
-- undo the batch that it is in. In token_ms the token expires: by this clock, whatever the daemon's says.
create function session.authenticate(token_sha256 bytea, certificate_sha256 bytea default null)
returns table (municipality text, worker text, full_name text, role traject.role, token_expires_at timestamptz,
               municipality_id bigint, worker_id bigint, token_ms bigint)
language sql stable security definer set search_path = '' as $$
    select m.name, o.worker, o.full_name, o.role, o.expires_at, o.municipality_id, o.worker_id,
           ceil(extract(epoch from o.expires_at - clock_timestamp()) * 1000)::bigint
      from session.open_token o
      join traject.municipality m on m.municipality_id = o.municipality_id
     where o.token_sha256 = authenticate.token_sha256
       and (o.certificate_sha256 is null or o.certificate_sha256 = authenticate.certificate_sha256)
$$;
revoke all on function session.authenticate from public;
grant execute on function session.authenticate to traject_daemon;
