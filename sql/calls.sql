-- How functions run, whatever their files say of it; as a superuser, after all of them are there.
reset role;
do $$
declare
    called record;
begin
    -- Each of the API as traject_api. Those that choose from what row security would hide run as the owner as they are.
    for called in
        select p.oid::regprocedure as function, p.prosecdef, p.prosrc, p.prolang, split_part(a.method, '/', 3) as method
          from pg_proc p
          left join session.method_access a
            on p.proname = lower(regexp_replace(split_part(a.method, '/', 3), '(.)([A-Z])', '\1_\2', 'g'))
         where p.pronamespace = 'api'::regnamespace
    loop
        -- Who acts is sure before anything else is done, and all that a function answers is there before the caller's
        -- statement goes on.
        if called.prosrc !~ format('^\s*(#variable_conflict use_column\s+)?declare\s+'
                                   'municipality bigint := session\.admitted\(''%s''\);', called.method)
           or called.prolang <> (select l.oid from pg_language l where l.lanname = 'plpgsql') then
            raise exception '% does not declare first: municipality bigint := session.admitted(''%''); in plpgsql',
                called.function, called.method;
        end if;
        if not called.prosecdef then
            execute format('alter function %s owner to traject_api', called.function);
            execute format('alter function %s security definer', called.function);
        end if;
        execute format('revoke execute on function %s from public', called.function);
        execute format('grant execute on function %s to traject_daemon', called.function);
    end loop;
    -- Types too are looked up among somebody's temporary ones first, unless those are named last.
    for called in
        select p.oid::regprocedure as function from pg_proc p
         where p.prosecdef and p.pronamespace in ('traject'::regnamespace, 'session'::regnamespace,
                                                  'internal'::regnamespace, 'api'::regnamespace)
    loop
        execute format('alter function %s set search_path = pg_catalog, pg_temp', called.function);
    end loop;
end
$$;
