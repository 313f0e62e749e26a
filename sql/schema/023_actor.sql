-- Who acts stands in one setting, sealed as a whole, and the seal is looked at once for each call: when it comes in.
--
-- traject.actor is the seal and what session.enter knows of the call, with a bar between each: the municipality, the
-- worker, the role, the teams, the clients whose glass is broken, the token, the last entry before the call, the method,
-- how long the call had waited, its traceparent, and the other party that it comes from. What the caller chooses comes
-- last, so that it cannot pass for what comes before.

drop function if exists session.holder(bytea, bytea, boolean);

-- The seal over it, for this transaction alone: nobody without the key makes one, nor lengthens one.
drop function session.seal(bytea);
create function session.seal(key bytea, actor text) returns text language sql stable parallel safe as $$
    select encode(sha256(key || timestamptz_send(now()) || convert_to(actor, 'UTF8')), 'hex')
$$;

-- Any session can set settings, so whoever takes over the daemon's role could name another municipality. What can be
-- called or read by that role asks here first: the municipality is told only when what session.enter set stands as it
-- was set. All that runs below that trusts the setting, since no statement of the caller's comes between.
create function session.acting() returns bigint
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
declare
    actor text := current_setting('traject.actor', true);
begin
    if coalesce(left(actor, 64) <> (select session.seal(k.key, substr(actor, 66)) from session.seal_key k), true) then
        raise exception using errcode = 'TJ016', column = 'token',
            message = 'nobody acts here; enter with a token first';
    end if;
    return split_part(actor, '|', 2)::bigint;
end
$$;

create or replace function session.municipality_id() returns bigint language sql stable parallel safe as
    $$ select split_part(current_setting('traject.actor'), '|', 2)::bigint $$;
create or replace function session.worker_id() returns bigint language sql stable parallel safe as
    $$ select split_part(current_setting('traject.actor'), '|', 3)::bigint $$;
create or replace function session.role() returns traject.role language sql stable parallel safe as
    $$ select split_part(current_setting('traject.actor'), '|', 4)::traject.role $$;
create or replace function session.team_ids() returns bigint[] language sql stable parallel safe as
    $$ select split_part(current_setting('traject.actor'), '|', 5)::bigint[] $$;
-- Who repairs the record as its owner broke none.
create or replace function session.glass_client_ids() returns bigint[] language sql stable parallel safe as
    $$ select nullif(split_part(current_setting('traject.actor', true), '|', 6), '')::bigint[] $$;
create function session.method() returns text language sql stable parallel safe as
    $$ select split_part(current_setting('traject.actor'), '|', 9) $$;
-- The tables that the daemon's role reads and writes itself.
alter policy own on traject.person_key using (municipality_id = (select session.acting()));
alter policy own on session.request using
    ((municipality_id, worker_id) = (select a.acting, session.worker_id() from session.acting() a (acting)));
alter table session.request alter column municipality_id set default session.municipality_id();

-- Operations are numbered in the order in which they are logged, so that the logs grow at their ends: numbers at random
-- would have each line rewrite another page of their indexes.
create sequence logbook.operation_id;
drop function logbook.new_operation_id();
