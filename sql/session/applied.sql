-- What the database was migrated to: the last migration, and which functions. For the daemon, which does not start on the
-- schema of another version.
create function session.applied(out migration text, out functions text)
language sql stable security definer set search_path = '' as $$
    select max(a.name) filter (where a.name <> 'functions'),
           max(a.checksum) filter (where a.name = 'functions')
      from migration.applied a $$;
revoke all on function session.applied from public;
grant execute on function session.applied to traject_daemon;
