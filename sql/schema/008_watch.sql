-- What a watcher is told, in an order in which nothing is missed: by the transaction that recorded it. Numbers are
-- handed out before their transactions commit, so only what is older than every running transaction is complete.
alter table traject.event add column recorded_in xid8 not null default pg_current_xact_id();
create index event_recorded on traject.event (municipality_id, recorded_in, event_id);

-- That a client passed the agreed rhythm of contact, with how it stood at that moment; once for each due moment.
create table traject.rhythm_passing (
    municipality_id bigint not null,
    -- Numbered with the events: both stand in one order.
    passing_id bigint not null default nextval('traject.event_event_id_seq'),
    trajectory_id bigint not null,
    due_at timestamptz not null,
    last_contact_at timestamptz,
    rhythm_days integer not null,
    team_id bigint not null,
    coach_id bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    recorded_in xid8 not null default pg_current_xact_id(),
    primary key (municipality_id, passing_id),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    foreign key (municipality_id, team_id, coach_id) references traject.team_member,
    constraint rhythm_passing_once unique (municipality_id, trajectory_id, due_at)
);
create index rhythm_passing_recorded on traject.rhythm_passing (municipality_id, recorded_in, passing_id);

-- The due moments that were not passed yet: what the clock still has to see to. Only these, so that who has been past
-- due for long costs nothing.
create table traject.contact_due (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    due_at timestamptz not null,
    primary key (municipality_id, trajectory_id),
    foreign key (municipality_id, trajectory_id) references traject.trajectory
);
create index contact_due_next on traject.contact_due (due_at);

-- As its owner: nobody else writes there.
create function traject.keep_contact_due() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if new.open then
        insert into traject.contact_due values (new.municipality_id, new.trajectory_id, new.due_at)
        on conflict (municipality_id, trajectory_id) do update set due_at = excluded.due_at;
    else
        delete from traject.contact_due d
         where d.municipality_id = new.municipality_id and d.trajectory_id = new.trajectory_id;
    end if;
    return null;
end
$$;
create trigger contact_becomes_due after insert on traject.trajectory_state
    for each row execute function traject.keep_contact_due();
create trigger contact_due_changes after update on traject.trajectory_state
    for each row when ((old.open, old.due_at) is distinct from (new.open, new.due_at))
    execute function traject.keep_contact_due();

-- Who was past due before there were watchers is not announced.
insert into traject.contact_due
select s.municipality_id, s.trajectory_id, s.due_at from traject.trajectory_state s where s.open and s.due_at > now();

-- Tells the daemons in which municipality there is something new, and in which transaction. The same said twice in a
-- transaction is sent once.
create function traject.announce() returns trigger language plpgsql set search_path = '' as $$
begin
    perform pg_notify('traject', added.municipality_id || ' ' || pg_current_xact_id())
       from (select distinct n.municipality_id from new_rows n) added;
    return null;
end
$$;
create trigger event_announced after insert on traject.event
    referencing new table as new_rows for each statement execute function traject.announce();
create trigger rhythm_passing_announced after insert on traject.rhythm_passing
    referencing new table as new_rows for each statement execute function traject.announce();
create trigger contact_due_announced after insert on traject.contact_due
    referencing new table as new_rows for each statement execute function traject.announce();
create trigger contact_due_change_announced after update on traject.contact_due
    referencing new table as new_rows for each statement execute function traject.announce();

do $$
declare
    name text;
begin
    foreach name in array array['rhythm_passing', 'contact_due'] loop
        execute format('alter table traject.%I enable row level security', name);
        execute format('create policy with_trajectory on traject.%1$I using
            (municipality_id = (select session.municipality_id())
             and (select true from traject.trajectory_state s
                   where s.municipality_id = %1$I.municipality_id and s.trajectory_id = %1$I.trajectory_id))', name);
    end loop;
end
$$;
grant select on traject.rhythm_passing to traject_daemon;
