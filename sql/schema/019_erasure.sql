-- Erasing a person: two people, a reason, and a key destroyed; what happened stays, for figures and for the chain. And
-- how long what is recorded is kept.

-- ---- who asked for it, and what became of that

create table traject.erasure (
    municipality_id bigint not null,
    erasure_id bigint generated always as identity,
    client_id bigint not null,
    -- Sealed under the person's own key, since it may be about the person: it goes with the rest.
    reason traject.sealed,
    -- Or asked for because the period of retention has passed.
    by_retention boolean not null,
    requested_at timestamptz not null default clock_timestamp(),
    requested_by bigint not null default session.worker_id(),
    lapses_at timestamptz not null default clock_timestamp() + interval '720 hours',
    withdrawn_at timestamptz,
    withdrawn_by bigint,
    confirmed_at timestamptz,
    confirmed_by bigint,
    primary key (municipality_id, erasure_id),
    foreign key (municipality_id, client_id) references traject.client,
    foreign key (municipality_id, requested_by) references traject.worker,
    foreign key (municipality_id, withdrawn_by) references traject.worker,
    foreign key (municipality_id, confirmed_by) references traject.worker,
    constraint erasure_reason check ((reason is null) = by_retention),
    constraint erasure_reason_length check (traject.characters(reason) between 1 and 1000),
    constraint erasure_lapses check (lapses_at between requested_at and requested_at + interval '721 hours'),
    constraint erasure_withdrawn check (num_nonnulls(withdrawn_at, withdrawn_by) in (0, 2)),
    constraint erasure_confirmed check
        (num_nonnulls(confirmed_at, confirmed_by) in (0, 2) and num_nonnulls(confirmed_at, withdrawn_at) < 2),
    constraint erasure_two_people check (confirmed_by <> requested_by),
    constraint erasure_in_time check (confirmed_at < lapses_at),
    constraint erasure_once exclude using gist
        (municipality_id with =, client_id with =,
         tstzrange(requested_at, least(lapses_at, withdrawn_at, confirmed_at), '[]') with &&)
);
comment on constraint erasure_reason_length on traject.erasure is 'reason is 1 to 1,000 characters';
comment on constraint erasure_two_people on traject.erasure is
    'who asked for an erasure does not confirm it; somebody else does';
comment on constraint erasure_in_time on traject.erasure is
    'the request has lapsed after 30 days; ask for the erasure again';
comment on constraint erasure_once on traject.erasure is
    'the erasure of this client was asked for already; traject erasure list shows it';
create index erasure_client on traject.erasure (municipality_id, client_id);
create index erasure_waiting on traject.erasure (municipality_id, requested_at, erasure_id)
    where confirmed_at is null and withdrawn_at is null;
create type traject.erasure_state as enum ('waiting', 'lapsed', 'withdrawn', 'confirmed');

-- As its owner: it looks at what is in other teams too.
create function traject.check_erasure() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    number text := (select c.client_number from traject.client c
                     where c.municipality_id = new.municipality_id and c.client_id = new.client_id);
begin
    if exists (select from traject.trajectory_state s
                where s.municipality_id = new.municipality_id and s.client_id = new.client_id and s.open) then
        raise exception 'the trajectory of client % has not ended; end it first: traject end %', number, number
            using errcode = 'TJ009', column = 'client_number', constraint = 'erasure_of_ended';
    end if;
    return new;
end
$$;
create trigger erasure_of_ended before insert or update of confirmed_at on traject.erasure
    for each row execute function traject.check_erasure();
create function traject.check_own_reason() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if not exists (select from traject.client c
                    where c.municipality_id = new.municipality_id and c.client_id = new.client_id
                      and c.key_id = traject.key_of(new.reason)) then
        raise exception 'words are sealed under the key of whom they are about; ask again'
            using errcode = 'serialization_failure', constraint = 'erasure_own_key';
    end if;
    return new;
end
$$;
create trigger erasure_own_key before insert or update of reason on traject.erasure
    for each row when (new.reason is not null) execute function traject.check_own_reason();

-- ---- whom it was done to stays so

-- Of who has no key any more nothing is recorded, also by who began before the key was gone: what locks a trajectory or
-- a client waits for the erasure.
create function traject.check_not_erased() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    client bigint;
begin
    if tg_table_name = 'event' then
        client := (select y.client_id from traject.trajectory y
                    where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id);
    else
        client := new.client_id;
    end if;
    if exists (select from traject.client c
                 join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                where c.municipality_id = new.municipality_id and c.client_id = client and k.erased_at is not null) then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return new;
end
$$;
create trigger event_of_nobody_erased before insert on traject.event
    for each row execute function traject.check_not_erased();
create trigger rhythm_of_nobody_erased before insert on traject.rhythm
    for each row when (new.client_id is not null) execute function traject.check_not_erased();
create trigger erasure_of_nobody_erased before insert on traject.erasure
    for each row execute function traject.check_not_erased();
create trigger client_of_nobody_erased before update of full_name on traject.client
    for each row when (new.full_name is not null) execute function traject.check_not_erased();
create trigger account_of_nobody_erased before insert or update of revoked_at on traject.worker
    for each row when (new.client_id is not null and new.revoked_at is null)
    execute function traject.check_not_erased();

-- A key that is gone does not come back, from a backup or otherwise.
create function traject.check_key_gone() returns trigger language plpgsql as $$
begin
    raise exception 'the key of an erased person does not come back'
        using errcode = 'check_violation', constraint = 'person_key_gone';
end
$$;
create trigger person_key_gone before update on traject.person_key
    for each row when (old.erased_at is not null) execute function traject.check_key_gone();

-- By these a kept answer about a client is found, and those that have been kept for long enough.
create index request_client on session.request (municipality_id, (reply ->> 'client_number'))
    where reply ? 'client_number';
create index request_compared on session.request (municipality_id) where reply ? 'different';
create index request_answered on session.request (municipality_id, answered_at);

-- ---- how long

-- Of who never begins a trajectory the time counts from here; of who is there already from now.
alter table traject.client add column added_at timestamptz not null default now();
alter table traject.client alter column added_at set default clock_timestamp();

-- What is kept for a time that the municipality sets: what is about a client, by the kind of trajectory, in months
-- after its end, or of who never began one after the client was added; the answers to request keys, in days. The logs
-- of who looked have their place here, once lines are removed.
create type traject.retained as enum
    ('reintegration_own_job', 'reintegration_other_job', 'reintegration_other_employer', 'work_experience',
     'reduced_wage_value', 'full_productivity', 'activation', 'never_started', 'answers');
create table traject.retention (
    municipality_id bigint not null references traject.municipality,
    retained traject.retained not null,
    value integer not null,
    primary key (municipality_id, retained),
    -- An answer outlives whoever still asks for it again.
    constraint retention_range check (case retained when 'answers' then value between 7 and 365
                                                    else value between 12 and 240 end)
);
comment on constraint retention_range on traject.retention is
    'value is 12 to 240 months after the end of a trajectory or after a client was added, and 7 to 365 days for '
    'answers';

-- ---- who may do what

alter table traject.erasure enable row level security;
alter table traject.retention enable row level security;
-- A manager asks, and takes back; a privacy officer turns down, or has it done by internal.erase.
create policy overseen on traject.erasure using
    (municipality_id = (select session.municipality_id())
     and case (select session.role())
         -- Not one who is seen through broken glass.
         when 'manager' then (select true from traject.client c
                               where c.municipality_id = erasure.municipality_id and c.client_id = erasure.client_id
                                 and (c.trajectories = 0
                                      or exists (select from traject.trajectory_state s
                                                  where s.municipality_id = c.municipality_id
                                                    and s.client_id = c.client_id
                                                    and s.team_id = any ((select session.team_ids())::bigint[]))))
         when 'privacy_officer' then true
         else false
     end);
create policy asked_in_own_name on traject.erasure as restrictive for insert with check
    (requested_by = (select session.worker_id()) and (select session.role()) = 'manager'
     and num_nonnulls(withdrawn_at, confirmed_at) = 0);
create policy withdrawn_in_own_name on traject.erasure as restrictive for update
    using (num_nonnulls(withdrawn_at, confirmed_at) = 0) with check (withdrawn_by = (select session.worker_id()));
create policy seen on traject.retention for select using
    (municipality_id = (select session.municipality_id() where session.role() not in ('employer', 'client')));
create policy managed on traject.retention using
    (municipality_id = (select session.municipality_id()) and (select session.role()) in ('admin', 'privacy_officer'));
grant select on traject.erasure, traject.retention to traject_daemon;
grant insert (municipality_id, client_id, reason, by_retention), update (withdrawn_at, withdrawn_by)
    on traject.erasure to traject_daemon;
grant insert, update (value) on traject.retention to traject_daemon;
grant usage on all sequences in schema traject to traject_daemon;
