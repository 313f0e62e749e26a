-- What every write goes through. Nothing of what is held changes, only what it costs.

-- What constraints and domains ask, as functions that are compiled once for a session: those in SQL were planned at each
-- use.
create or replace function traject.characters(sealed bytea) returns integer
language plpgsql immutable strict parallel safe as $$
begin
    return case get_byte(sealed, 0) when 0 then length(convert_from(substring(sealed from 2), 'UTF8'))
                else get_byte(sealed, 17) * 256 + get_byte(sealed, 18) end;
end
$$;
create or replace function traject.label(sealed bytea) returns bytea language plpgsql immutable strict parallel safe as $$
begin
    return case when get_byte(sealed, 0) = 0 then (traject.tokens(sealed))[1]
                when get_byte(sealed, 19) > 0 then substring(sealed from 21 for 8) end;
end
$$;
create or replace function traject.is_sealed(sealed bytea) returns boolean
language plpgsql immutable strict parallel safe as $$
begin
    return octet_length(sealed) > 48 and get_byte(sealed, 0) = 1
        and octet_length(sealed) > 48 + 8 * get_byte(sealed, 19) and traject.characters(sealed) > 0;
end
$$;

create or replace function traject.stage_number(stage traject.stage) returns integer
language plpgsql immutable parallel safe as $$
begin
    return case stage
        when 'first_contact' then 1
        when 'starting_work' then 2
        when 'work_content' then 3
        when 'workplace_guidance' then 4
        when 'career_development' then 5
        when 'preconditions' then 6
    end;
end
$$;

-- Each table is asked only for its own periods, by its own changes; a trajectory that changes, for all three. A period that
-- is added within the trajectory leaves no hole, and lies over no other.
create or replace function traject.check_covered() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    municipality bigint;
    trajectory bigint;
    whole tstzmultirange;
    uncovered text[] := '{}';
begin
    if tg_op = 'INSERT' and tg_table_name <> 'trajectory' then
        if exists (select from traject.trajectory t
                    where t.municipality_id = new.municipality_id and t.trajectory_id = new.trajectory_id
                      and tstzrange(t.started_at, t.ended_at) @> new.period) then
            return null;
        end if;
    end if;
    if tg_op = 'DELETE' then
        municipality := old.municipality_id;
        trajectory := old.trajectory_id;
    else
        municipality := new.municipality_id;
        trajectory := new.trajectory_id;
    end if;
    loop
        select tstzmultirange(tstzrange(t.started_at, t.ended_at)) into whole from traject.trajectory t
         where t.municipality_id = municipality and t.trajectory_id = trajectory;
        if found and tg_table_name in ('trajectory', 'stage_spell')
           and whole is distinct from (select range_agg(p.period) from traject.stage_spell p
                                        where p.municipality_id = municipality and p.trajectory_id = trajectory) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of stage', trajectory);
        end if;
        if found and tg_table_name in ('trajectory', 'coach_assignment')
           and whole is distinct from (select range_agg(p.period) from traject.coach_assignment p
                                        where p.municipality_id = municipality and p.trajectory_id = trajectory) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of coach', trajectory);
        end if;
        if found and tg_table_name in ('trajectory', 'guidance')
           and whole is distinct from (select range_agg(p.period) from traject.guidance p
                                        where p.municipality_id = municipality and p.trajectory_id = trajectory) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of guidance', trajectory);
        end if;
        -- What was moved from one trajectory to another left the first.
        exit when tg_op <> 'UPDATE' or (municipality, trajectory) = (old.municipality_id, old.trajectory_id);
        municipality := old.municipality_id;
        trajectory := old.trajectory_id;
    end loop;
    if cardinality(uncovered) > 0 then
        raise exception using message = array_to_string(uncovered, ', '), errcode = 'check_violation',
            constraint = 'trajectory_covered';
    end if;
    return null;
end
$$;

create or replace function traject.chain_origin(municipality bigint, trajectory bigint) returns bytea
language plpgsql stable as $$
begin
    return (select sha256(int8send(y.municipality_id) || int8send(y.trajectory_id) || int8send(y.client_id)
                          || coalesce(uuid_send(c.key_id), ''))
              from traject.trajectory y
              join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
             where y.municipality_id = municipality and y.trajectory_id = trajectory);
end
$$;
alter function traject.chain_origin reset all;

-- The same bytes as before (015_chain.sql says which). Most entries have none of the details that some kinds have: where
-- there are none, they are not gone through one by one.
create or replace procedure traject.define_canonical() language plpgsql set search_path = '' as $$
declare
    details text[] := array(
        select a.attname from pg_catalog.pg_attribute a
         where a.attrelid = 'traject.event'::regclass and a.attnum > 0 and not a.attisdropped
           and a.attname <> all ('{sequence,chained,recorded_in,municipality_id,trajectory_id,event_id,kind,occurred_at,'
                                 'recorded_at,recorded_by,worker_id,stage,channel,counterpart,reached,words,reason,'
                                 'activity,external_id,audience}')
         order by a.attname collate "C");
    body text;
    brief text;
    unknown text;
begin
    with covered as (
        select a.attname, coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text as base, t.typtype
          from pg_catalog.pg_attribute a
          join pg_catalog.pg_type t on t.oid = a.atttypid
         where a.attrelid = 'traject.event'::regclass and a.attnum > 0 and not a.attisdropped
           and a.attname not in ('sequence', 'chained', 'recorded_in')
    ), sent as (
        select c.attname, int4send(length(c.attname::text)) || convert_to(c.attname, 'UTF8') as named,
               format(s.form, format('entry.%I', c.attname)) as value, s.bytes
          from covered c
          left join (values ('boolean', 'boolsend(%s)', 1), ('integer', 'int4send(%s)', 4), ('bigint', 'int8send(%s)', 8),
                            ('timestamp with time zone', 'timestamptz_send(%s)', 8), ('numeric', 'numeric_send(%s)', null),
                            ('bigint[]', 'array_send(%s)', null), ('bytea', '%s::bytea', null),
                            ('text', 'convert_to(%s, ''UTF8'')', null), ('enum', 'convert_to(%s::text, ''UTF8'')', null)
                    ) s (base, form, bytes)
            on s.base = case c.typtype when 'e' then 'enum' else c.base end
    ), made as (
        select s.attname, s.value,
               case when s.bytes is null then
                   format('coalesce(%L::bytea || int4send(length(%2$s)) || %2$s, '''')', s.named, s.value)
               else format('coalesce(%L::bytea || %s, '''')', s.named || int4send(s.bytes), s.value)
               end as part
          from sent s
    )
    select string_agg(m.part, E'\n        || ' order by m.attname collate "C"),
           string_agg(m.part, E'\n            || ' order by m.attname collate "C") filter (where m.attname <> all (details)),
           string_agg(m.attname, ', ') filter (where m.value is null)
      into body, brief, unknown from made m;
    if unknown is not null then
        raise exception 'traject.event has a column (%) of a type that has no canonical form', unknown
            using hint = 'Give the type one in traject.define_canonical.';
    end if;
    execute format('create or replace function traject.canonical(entry traject.event) returns bytea language plpgsql '
                   'stable parallel safe as %L',
                   format(E'begin\n    if num_nonnulls(%s) = 0 then\n        return %s;\n    end if;\n    return %s;\nend\n',
                          (select string_agg(format('entry.%I', d), ', ') from unnest(details) d), brief, body));
end
$$;
call traject.define_canonical();

-- Whose key it is is looked up once.
create or replace function traject.check_own_key() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    key uuid := (select c.key_id
                   from traject.trajectory y
                   join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
                  where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id);
    sealed bytea;
begin
    foreach sealed in array array[new.words, new.reason, new.correction_reason, new.what, new.by_whom, new.grouped_as,
                                  new.relation, new.may_be_told] loop
        if sealed is not null and traject.key_of(sealed) is distinct from key then
            raise exception 'words are sealed under the key of whom they are about; ask again'
                using errcode = 'serialization_failure', constraint = 'event_own_key';
        end if;
    end loop;
    return new;
end
$$;

-- Of what is recorded together it is asked once whether somebody was erased.
create function traject.check_nobody_erased() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from new_rows n
                 join traject.trajectory y on y.municipality_id = n.municipality_id and y.trajectory_id = n.trajectory_id
                 join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
                 join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                where k.erased_at is not null) then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return null;
end
$$;
-- Of all else, row by row, as before.
create or replace function traject.check_not_erased() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from traject.client c
                 join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                where c.municipality_id = new.municipality_id and c.client_id = new.client_id and k.erased_at is not null) then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return new;
end
$$;
drop trigger event_of_nobody_erased on traject.event;
create trigger event_of_nobody_erased after insert on traject.event
    referencing new table as new_rows for each statement execute function traject.check_nobody_erased();
