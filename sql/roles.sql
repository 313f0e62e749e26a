-- Who owns and who connects. Run by a superuser; may be run again.
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_owner') then
        create role traject_owner nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_daemon') then
        create role traject_daemon login;
    end if;
end
$$;
-- Names are written in full everywhere; nothing is looked up by accident.
alter role traject_daemon set search_path = '';
-- Its statements are short; what row security makes of their estimates would have them compiled first.
alter role traject_daemon set jit = off;
-- A refusal may name people, so it goes to the caller only; the daemon logs what is no refusal.
alter role traject_daemon set log_min_messages = 'log';

-- Exclusion constraints over ids and ranges; suggestions for mistyped numbers and names.
create extension if not exists btree_gist schema public;
create extension if not exists fuzzystrmatch schema public;
do $$
begin
    execute format('grant create on database %I to traject_owner', current_database());
end
$$;
