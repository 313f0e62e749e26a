-- The daemon calls functions, and touches next to no table itself. The functions of the API run as traject_api, which has
-- the rights on tables that the daemon had, and whom row security holds to what the actor may see: so whoever takes over
-- the daemon's role can call what its actor may call, and no more.
do $$
declare
    held record;
begin
    for held in
        select c.oid::regclass as relation, a.privilege_type || coalesce(' (' || quote_ident(c.attname) || ')', '') as privilege
          from (select oid, null as attname, relacl as acl from pg_class where relkind = 'r'
                union all
                select attrelid, attname, attacl from pg_attribute where attnum > 0 and not attisdropped) c,
               aclexplode(c.acl) a
         where a.grantee = 'traject_daemon'::regrole
    loop
        execute format('grant %s on %s to traject_api', held.privilege, held.relation);
        execute format('revoke %s on %s from traject_daemon', held.privilege, held.relation);
    end loop;
    for held in
        select c.oid::regclass as relation from pg_class c, aclexplode(c.relacl) a
         where c.relkind = 'S' and a.grantee = 'traject_daemon'::regrole and a.privilege_type = 'USAGE'
    loop
        execute format('grant usage on sequence %s to traject_api', held.relation);
        execute format('revoke usage on sequence %s from traject_daemon', held.relation);
    end loop;
end
$$;
grant usage on schema traject, session, logbook to traject_api;
-- What the statements of the daemon itself use: the keys of what they show, wrapped, and the answers they keep.
grant select (municipality_id, key_id, wrapped) on traject.person_key to traject_daemon;
grant select (municipality_id, request_key, worker_id, reply), insert (request_key, method, body_sha256, reply)
    on session.request to traject_daemon;
-- What it holds its messages against at the start.
grant select on session.method_access, logbook.method_activity to traject_daemon;

-- Who acts, with what call: all that session.enter set is sealed, each setting quoted as in an array, so that what a caller
-- chose of one cannot pass for the next. What repairs the record as its owner sets less. While a function of the API runs, traject.function says
-- which method it is for (sql/calls.sql), so that nothing is done by a method for which the role was not checked.
create or replace function session.seal(key bytea) returns text language sql stable parallel safe as $$
    select sha256(key || timestamptz_send(now()) || convert_to(array[
               current_setting('traject.municipality_id'), current_setting('traject.worker_id'),
               current_setting('traject.role'), current_setting('traject.team_ids'),
               current_setting('traject.glass_client_ids', true), current_setting('traject.token_id', true),
               current_setting('traject.method', true), current_setting('traject.waited_ms', true),
               current_setting('traject.recorded_before', true), current_setting('traject.traceparent', true),
               current_setting('traject.foreign_entity', true)]::text, 'UTF8'))::text
$$;
create or replace function session.municipality_id() returns bigint
language plpgsql stable parallel safe security definer set search_path = '' as $$
begin
    if coalesce(current_setting('traject.seal', true), '') = ''
       or not exists (select from session.seal_key k where session.seal(k.key) = current_setting('traject.seal', true)) then
        raise exception using errcode = 'TJ016', column = 'token',
            message = 'nobody acts here; enter with a token first';
    end if;
    if current_setting('traject.function', true) <> all (array['', current_setting('traject.method', true)]) then
        raise exception using errcode = 'TJ007', column = 'method',
            message = format('%s was called as %s; enter with its own name first', current_setting('traject.function'),
                             current_setting('traject.method', true));
    end if;
    return current_setting('traject.municipality_id')::bigint;
end
$$;
-- One expression, so that nothing can come between what it asks for.
alter policy own on session.request using
    (municipality_id = (select session.municipality_id())
     and worker_id = (select case when session.municipality_id() is not null then session.worker_id() end));
