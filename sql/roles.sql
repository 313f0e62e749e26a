-- Who owns and who connects. Run by a superuser; may be run again.
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_owner') then
        create role traject_owner nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_daemon') then
        create role traject_daemon login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_api') then
        create role traject_api nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'traject_auditor') then
        create role traject_auditor login;
    end if;
end
$$;
-- Names are written in full everywhere; nothing is looked up by accident. The path is that of the functions (sql/calls.sql),
-- since what is called from inside and from outside of them would be planned again each time that the path changes.
alter role traject_daemon set search_path = pg_catalog, pg_temp;
-- Its statements are short; what row security makes of their estimates would have them compiled first.
alter role traject_daemon set jit = off;
-- Every statement is planned once for a connection, for planning it takes longer than running it. Such a plan must hold
-- while the record grows, also when it was made in an empty one: so nothing is scanned as a whole that has an index.
alter role traject_daemon set plan_cache_mode = force_generic_plan;
alter role traject_daemon set enable_seqscan = off;
-- What is asked for is in memory, nearly always.
alter role traject_daemon set random_page_cost = 1.1;
-- It verifies the chains of all municipalities, so no row is hidden from it, by no policy to come either; it reads the
-- tables of the chain (where words about people are sealed), and writes nothing but signed heads.
alter role traject_auditor bypassrls;
alter role traject_auditor set search_path = '';
-- A refusal may name people, so it goes to the caller only; the daemon logs what is no refusal.
alter role traject_daemon set log_min_messages = 'log';

-- What migrations before 034 ask for; suggestions for mistyped numbers and names.
create extension if not exists btree_gist schema public;
create extension if not exists fuzzystrmatch schema public;
do $$
begin
    execute format('grant create on database %I to traject_owner', current_database());
    -- Temporary objects are found before all others, and so could lead functions astray.
    execute format('revoke temporary on database %I from public', current_database());
end
$$;
