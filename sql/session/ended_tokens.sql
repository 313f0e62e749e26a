-- Which of the tokens in use open nothing any more; the daemon ends their connections.
create function session.ended_tokens(in_use bytea[]) returns setof bytea
language sql security definer set search_path = '' as $$
    select u.token_sha256
      from unnest(in_use) u (token_sha256)
     where not exists (select from session.open_token o where o.token_sha256 = u.token_sha256)
$$;
revoke all on function session.ended_tokens from public;
grant execute on function session.ended_tokens to traject_daemon;
