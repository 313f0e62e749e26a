-- Tamper evidence: each entry of a trajectory is chained to the one recorded before it, and a head of all chains is
-- signed now and then.

-- ---- the network people of an entry stand in it, so that they are in the chain too

alter table traject.event add column included bigint[];
alter table traject.event disable trigger event_is_append_only;
update traject.event e
   set included = l.items
  from (select n.municipality_id, n.event_id, array_agg(n.item_id order by n.item_id) as items
          from traject.event_included n group by n.municipality_id, n.event_id) l
 where (e.municipality_id, e.event_id) = (l.municipality_id, l.event_id);
alter table traject.event enable trigger event_is_append_only;
drop table traject.event_included;
alter table traject.event
    add constraint event_included check
        (included is null or cardinality(included) > 0 and (kind = 'contact' or kind > 'activity'));
comment on constraint event_included on traject.event is 'network people belong to a contact or an appointment; leave them out';
update traject.event_rule set may = may || '{included}' where kind = 'appointment_planned';

create or replace function traject.check_own_trajectory() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from unnest(array[new.supersedes, new.entry_id, new.about_id, nullif(new.item_id, new.event_id)]
                             || new.included) named (event_id)
                where named.event_id is not null
                  and not exists (select from traject.event e
                                   where e.municipality_id = new.municipality_id and e.event_id = named.event_id
                                     and e.trajectory_id = new.trajectory_id)) then
        raise exception 'an entry refers to entries of its own trajectory'
            using errcode = 'check_violation', constraint = 'event_own_trajectory';
    end if;
    return new;
end
$$;
drop trigger event_own_trajectory on traject.event;
create trigger event_own_trajectory before insert on traject.event for each row
    when (new.supersedes is not null or new.about_id is not null or new.item_id <> new.event_id
          or new.included is not null)
    execute function traject.check_own_trajectory();

-- ---- the chain

-- `sequence` counts the entries of a trajectory in the order in which they were recorded: 1, 2, 3 ... `chained` is
--     SHA-256(the `chained` before it, or traject.chain_origin for the first || traject.canonical(entry))
alter table traject.event add column sequence bigint, add column chained bytea;

-- Where the chain of each trajectory ends.
create table traject.chain_head (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    sequence bigint not null,
    chained bytea not null,
    primary key (municipality_id, trajectory_id),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    constraint chain_head_sequence check (sequence > 0),
    constraint chain_head_chained check (length(chained) = 32)
);

-- What the chain of a trajectory begins with, so that it says whose it is:
--     SHA-256(municipality_id || trajectory_id || client_id || key_id)
-- the numbers being 8 bytes, the most significant first. None of these ever changes, also when the client is erased; a
-- client from before names were sealed has no key_id (it is left out) until `trajectd seal` chains anew.
create function traject.chain_origin(municipality bigint, trajectory bigint) returns bytea
language sql stable set search_path = '' as $$
    select sha256(int8send(y.municipality_id) || int8send(y.trajectory_id) || int8send(y.client_id)
                  || coalesce(uuid_send(c.key_id), ''))
      from traject.trajectory y
      join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
     where y.municipality_id = municipality and y.trajectory_id = trajectory
$$;

-- Makes traject.canonical, the bytes that an entry is chained by. For each column that is not null, in the order of the
-- bytes of the columns' names:
--     the length of the name, the name, the length of the value, the value
-- A length is 4 bytes, the most significant first. A value is as PostgreSQL sends it in its binary format: numbers and
-- moments as it keeps them, text and words in UTF-8. Left out are `sequence` and `chained`, which are the chain itself,
-- and `recorded_in`, which is another one after a dump is restored. What is null adds nothing, so entries from before a
-- column was added stand as they are; a migration that adds one calls this again, and does not fill it for them.
create procedure traject.define_canonical() language plpgsql set search_path = '' as $$
declare
    body text;
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
               format(s.form, format('($1).%I', c.attname)) as value, s.bytes
          from covered c
          left join (values ('boolean', 'boolsend(%s)', 1), ('integer', 'int4send(%s)', 4), ('bigint', 'int8send(%s)', 8),
                            ('timestamp with time zone', 'timestamptz_send(%s)', 8), ('numeric', 'numeric_send(%s)', null),
                            ('bigint[]', 'array_send(%s)', null), ('bytea', '%s::bytea', null),
                            ('text', 'convert_to(%s, ''UTF8'')', null), ('enum', 'convert_to(%s::text, ''UTF8'')', null)
                    ) s (base, form, bytes)
            on s.base = case c.typtype when 'e' then 'enum' else c.base end
    )
    select string_agg(case when s.bytes is null then
                          format('coalesce(%L::bytea || int4send(length(%2$s)) || %2$s, '''')', s.named, s.value)
                      else format('coalesce(%L::bytea || %s, '''')', s.named || int4send(s.bytes), s.value)
                      end, E'\n || ' order by s.attname collate "C"),
           string_agg(s.attname, ', ') filter (where s.value is null)
      into body, unknown from sent s;
    if unknown is not null then
        raise exception 'traject.event has a column (%) of a type that has no canonical form', unknown
            using hint = 'Give the type one in traject.define_canonical.';
    end if;
    execute format('create or replace function traject.canonical(entry traject.event) returns bytea language sql stable '
                   'parallel safe as %L', 'select ' || body);
end
$$;
call traject.define_canonical();

-- Chains every entry anew, by number: for a migration that changes what stands in entries, which the heads signed before
-- it then no longer vouch for.
create procedure traject.chain_anew() language plpgsql set search_path = '' as $$
declare
    entry traject.event;
    head traject.chain_head;
begin
    alter table traject.event disable trigger event_is_append_only;
    delete from traject.chain_head;
    for entry in select e.* from traject.event e order by e.municipality_id, e.trajectory_id, e.event_id loop
        if (head.municipality_id, head.trajectory_id) is distinct from (entry.municipality_id, entry.trajectory_id) then
            head := (entry.municipality_id, entry.trajectory_id, 0,
                     traject.chain_origin(entry.municipality_id, entry.trajectory_id));
        end if;
        head.sequence := head.sequence + 1;
        head.chained := sha256(head.chained || traject.canonical(entry));
        update traject.event e set sequence = head.sequence, chained = head.chained
         where e.municipality_id = entry.municipality_id and e.event_id = entry.event_id;
    end loop;
    insert into traject.chain_head
    select distinct on (e.municipality_id, e.trajectory_id) e.municipality_id, e.trajectory_id, e.sequence, e.chained
      from traject.event e order by e.municipality_id, e.trajectory_id, e.sequence desc;
    alter table traject.event enable trigger event_is_append_only;
end
$$;
revoke all on procedure traject.define_canonical, traject.chain_anew from public;
call traject.chain_anew();
set constraints all immediate;
alter table traject.event
    alter column sequence set not null,
    alter column chained set not null,
    add constraint event_sequence check (sequence > 0),
    add constraint event_chained check (length(chained) = 32);

-- As its owner: nobody else writes the head, whose lock makes the writers of one trajectory wait for each other. The
-- caller's own `sequence` and `chained` count for nothing.
create function traject.chain() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    entry bytea := traject.canonical(new);
begin
    update traject.chain_head h set (sequence, chained) = (h.sequence + 1, sha256(h.chained || entry))
     where h.municipality_id = new.municipality_id and h.trajectory_id = new.trajectory_id
    returning h.sequence, h.chained into new.sequence, new.chained;
    -- Nobody else sees a trajectory before its first entry is committed.
    if not found then
        insert into traject.chain_head as h (municipality_id, trajectory_id, sequence, chained)
        values (new.municipality_id, new.trajectory_id, 1,
                sha256(traject.chain_origin(new.municipality_id, new.trajectory_id) || entry))
        returning h.sequence, h.chained into new.sequence, new.chained;
    end if;
    return new;
end
$$;
-- Triggers run in the order of their names, and this one takes the entry as it will stand: it is the last.
create trigger written_to_chain before insert on traject.event for each row execute function traject.chain();

-- ---- signed heads

-- What `trajectd sign` signed, word for word; also the lines of the file outside of the database.
create table traject.signed_head (
    municipality_id bigint not null references traject.municipality,
    head_id bigint not null,
    statement text not null,
    signature bytea not null,
    primary key (municipality_id, head_id)
);
-- Where the chains stood that had grown since the head before it; the statement holds a digest of these.
create table traject.signed_head_trajectory (
    municipality_id bigint not null,
    head_id bigint not null,
    trajectory_id bigint not null,
    sequence bigint not null,
    chained bytea not null,
    primary key (municipality_id, trajectory_id, head_id),
    foreign key (municipality_id, head_id) references traject.signed_head
);
create index signed_head_trajectory_head on traject.signed_head_trajectory (municipality_id, head_id, trajectory_id);

create or replace function traject.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is never changed or removed; record another one',
        case tg_table_name when 'event' then 'an event' else 'a signed head' end using errcode = 'TJ009';
end
$$;
create trigger signed_head_is_append_only before update or delete or truncate on traject.signed_head
    for each statement execute function traject.refuse_change();
create trigger signed_head_trajectory_is_append_only before update or delete or truncate on traject.signed_head_trajectory
    for each statement execute function traject.refuse_change();

do $$
declare
    name text;
begin
    foreach name in array array['chain_head', 'signed_head_trajectory'] loop
        execute format('alter table traject.%I enable row level security', name);
        execute format('create policy with_trajectory on traject.%1$I using
            (municipality_id = (select session.municipality_id())
             and (select true from traject.trajectory_state s
                   where s.municipality_id = %1$I.municipality_id and s.trajectory_id = %1$I.trajectory_id))', name);
    end loop;
end
$$;
alter table traject.signed_head enable row level security;
create policy seen on traject.signed_head for select using (municipality_id = (select session.municipality_id()));
grant select on traject.chain_head, traject.signed_head_trajectory to traject_daemon;

grant usage on schema traject to traject_auditor;
grant select on traject.event, traject.chain_head, traject.signed_head, traject.signed_head_trajectory to traject_auditor;
grant select (municipality_id, name) on traject.municipality to traject_auditor;
grant select (municipality_id, trajectory_id, client_id, ordinal) on traject.trajectory to traject_auditor;
grant select (municipality_id, client_id, client_number, key_id) on traject.client to traject_auditor;
grant insert on traject.signed_head, traject.signed_head_trajectory to traject_auditor;

-- What is wrong with an entry of a chain.
create type traject.misfit as enum ('changed', 'missing', 'inserted', 'out_of_order', 'signed_otherwise');
