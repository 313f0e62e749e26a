-- Whether nothing is left of before names and words were sealed; the daemon starts only then.
create function session.is_sealed() returns boolean language sql stable security definer set search_path = '' as
    $$ select not exists (select from traject.client c where c.key_id is null) $$;
revoke all on function session.is_sealed from public;
grant execute on function session.is_sealed to traject_daemon;
