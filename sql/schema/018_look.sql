-- Who looked. Every read or change of a person's record leaves two lines, in its own transaction: one in the
-- processing log, which has the fields of Logius' standard Logboek Dataverwerkingen and no user, and one in the audit
-- log, which says who. Both are added to by session.look alone, and nobody changes or removes a line.
create schema logbook;
grant usage on schema logbook to traject_daemon;

-- The processing activity that each method belongs to, and what it does in plain words; without them it is about the
-- organisation and concerns no person.
create table logbook.method_activity (
    method text primary key,
    processing_activity_id text,
    words text,
    constraint method_activity_words check ((processing_activity_id is null) = (words is null))
);
-- And the municipality's own: where it stands in its register of processing activities; null is the standard one again.
create table logbook.municipality_activity (
    municipality_id bigint not null references traject.municipality,
    method text not null,
    processing_activity_id text,
    primary key (municipality_id, method),
    constraint municipality_activity_uri check
        (processing_activity_id ~ '^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$' and length(processing_activity_id) <= 500)
);
comment on constraint municipality_activity_uri on logbook.municipality_activity is
    'uri is a URI of at most 500 characters, like https://register.example.nl/activities/14';

-- An action is called an operation. One that concerns more than one person has a line of its own, without a data
-- subject, and a line beneath it for each person, as the standard wants it. The ids are random; 64 bits fit a bigint
-- and 128 a uuid, without the length that bytea would add to every line.
create table logbook.processing_log (
    municipality_id bigint not null,
    operation_id bigint not null,
    trace_id uuid not null,
    start_time timestamptz(3) not null,
    end_time timestamptz(3) not null,
    -- The operation that this one belongs to: ours, or the caller's when the caller gave a traceparent.
    parent_operation_id bigint,
    status_code smallint not null,
    data_subject_id bytea,
    name text not null,
    processing_activity_id text not null,
    -- The program, as "trajectd/0.4.0".
    resource text not null,
    -- Where the caller is another party: its URI. Its trace is ours too, and its operation the parent.
    foreign_entity text,
    primary key (municipality_id, operation_id),
    constraint processing_log_operation check (operation_id <> 0),
    constraint processing_log_status check (status_code in (0, 1, 2)),
    constraint processing_log_time check (start_time <= end_time),
    constraint processing_log_foreign check (foreign_entity is null or parent_operation_id is not null)
);

create function logbook.new_operation_id() returns bigint language sql volatile as
    $$ select ('x' || encode(substr(sha256(uuid_send(gen_random_uuid())), 1, 8), 'hex'))::bit(64)::bigint $$;

create table logbook.audit_log (
    municipality_id bigint not null,
    operation_id bigint not null,
    looked_at timestamptz(3) not null,
    worker_id bigint not null,
    token_id bigint not null,
    -- Null of an operation that concerns more than one person.
    client_id bigint,
    -- The glass that was broken to see this person.
    glass_id bigint,
    -- The line of the same operation in the processing log, which is made by the same statement. A foreign key would
    -- look up each of hundreds of lines that were just written.
    primary key (municipality_id, operation_id)
);
create index audit_log_client on logbook.audit_log (municipality_id, client_id, looked_at, operation_id)
    where client_id is not null;

create function logbook.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a line of a log is never changed or removed' using errcode = 'TJ009';
end
$$;
create trigger processing_log_is_append_only before update or delete or truncate on logbook.processing_log
    for each statement execute function logbook.refuse_change();
create trigger audit_log_is_append_only before update or delete or truncate on logbook.audit_log
    for each statement execute function logbook.refuse_change();

-- The processing log as the standard writes it, for who hands it on.
create view logbook.logboek_dataverwerkingen with (security_invoker = true) as
    select municipality_id, uuid_send(trace_id) as trace_id, int8send(operation_id) as operation_id, status_code, name,
           (extract(epoch from start_time) * 1000)::bigint as start_time,
           (extract(epoch from end_time) * 1000)::bigint as end_time,
           int8send(parent_operation_id) as parent_operation_id,
           case when foreign_entity is not null then jsonb_build_object(
               'trace_id', encode(uuid_send(trace_id), 'hex'),
               'operation_id', encode(int8send(parent_operation_id), 'hex'),
               'entity', foreign_entity) end as foreign_operation,
           jsonb_build_object('attributes', jsonb_build_object(
               'service.name', split_part(resource, '/', 1),
               'service.version', split_part(resource, '/', 2))) as resource,
           jsonb_strip_nulls(jsonb_build_object(
               'dpl.core.processing_activity_id', processing_activity_id,
               'dpl.core.data_subject_id', encode(data_subject_id, 'base64'),
               'dpl.core.data_subject_id_type',
                   case when data_subject_id is not null then 'urn:traject:client' end)) as attributes
      from logbook.processing_log;

-- ---- breaking the glass: seeing a client outside the own caseload, for some hours and in the open

create table traject.glass (
    municipality_id bigint not null,
    glass_id bigint generated always as identity,
    worker_id bigint not null,
    client_id bigint not null,
    -- The entry on the client's timeline that announces it, with the reason.
    event_id bigint not null,
    broken_at timestamptz not null,
    -- Brought forward when it is ended earlier.
    until timestamptz not null,
    primary key (municipality_id, glass_id),
    foreign key (municipality_id, worker_id) references traject.worker,
    foreign key (municipality_id, client_id) references traject.client,
    foreign key (municipality_id, event_id) references traject.event,
    constraint glass_ends check (until >= broken_at and until <= broken_at + interval '24 hours'),
    constraint glass_one_at_a_time exclude using gist
        (municipality_id with =, worker_id with =, client_id with =, tstzrange(broken_at, until) with &&)
);
create index glass_worker on traject.glass (municipality_id, worker_id, until);
create index glass_client on traject.glass (municipality_id, client_id, broken_at);

insert into traject.event_rule (kind, needs) values ('glass_broken', '{reason,due_at}');
alter table traject.setting drop constraint setting_value_range;
alter table traject.setting add constraint setting_value_range check
    (value between 1 and case name when 'trial_placement_months' then 12 when 'wage_value_months' then 60
                                   when 'glass_hours' then 24 else 365 end);
comment on constraint setting_value_range on traject.setting is
    'a setting is at least 1, and at most 12 months for trial placements, 60 months for wage values, 24 hours for broken '
    'glass, 365 days for the others';

-- The clients whose glass the actor broke and that has not ended, as session.enter set them, and sealed with who acts.
-- Who repairs the record as its owner broke none.
create function session.glass_client_ids() returns bigint[] language sql stable parallel safe as
    $$ select nullif(current_setting('traject.glass_client_ids', true), '')::bigint[] $$;
create or replace function session.seal(key bytea) returns text language sql stable parallel safe as $$
    select sha256(key || timestamptz_send(now()) || convert_to(
               current_setting('traject.municipality_id') || '/' || current_setting('traject.worker_id') || '/'
               || current_setting('traject.role') || '/' || current_setting('traject.team_ids') || '/'
               || coalesce(current_setting('traject.glass_client_ids', true), '') || '/'
               || coalesce(current_setting('traject.token_id', true), ''), 'UTF8'))::text
$$;
-- Beside the caseload. What hangs on the trajectory is seen with it.
create policy glass_seen on traject.trajectory_state for select using
    (municipality_id = (select session.municipality_id())
     and client_id = any ((select session.glass_client_ids())::bigint[]));
create policy glass_added_to on traject.trajectory_state for update using
    (municipality_id = (select session.municipality_id())
     and client_id = any ((select session.glass_client_ids())::bigint[]));

-- Through broken glass a record is read and added to. Who is responsible for the client stays with who is.
create function traject.check_through_glass() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from traject.trajectory_state s
                where s.municipality_id = new.municipality_id and s.trajectory_id = new.trajectory_id
                  and s.client_id = any (session.glass_client_ids()))
       and (new.supersedes is null
            or exists (select from traject.event o
                        where o.municipality_id = new.municipality_id and o.event_id = new.supersedes
                          and o.recorded_by <> session.worker_id())) then
        raise exception using errcode = 'TJ007', message = format(
            '%s is for who guides this client or manages the team; through broken glass a record is read and added to '
            '(when the client is yours by now: traject glass end)',
            case when new.supersedes is null then replace(new.kind::text, '_', ' ') else 'a correction' end);
    end if;
    return new;
end
$$;
create trigger event_through_glass before insert on traject.event for each row
    when (new.supersedes is not null
          or new.kind in ('trajectory_started', 'trajectory_ended', 'coach_assigned', 'rhythm_set',
                          'handover_completed', 'handover_returned'))
    execute function traject.check_through_glass();

-- Who gave a token: a client's access that a coach of before gave is shown to the one of now. Not known of those from
-- before, and of the first of a municipality.
alter table session.token
    add column given_by bigint,
    add foreign key (municipality_id, given_by) references traject.worker;
grant select (given_by) on session.token to traject_daemon;

-- A token that is given to the client would outlive the glass.
create function traject.check_access_through_glass() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from traject.worker w
                where w.municipality_id = new.municipality_id and w.worker_id = new.worker_id
                  and w.client_id = any (session.glass_client_ids())) then
        raise exception using errcode = 'TJ007', column = 'client_number', message =
            'access of a client is for who guides this client or manages the team; through broken glass a record is '
            'read and added to (when the client is yours by now: traject glass end)';
    end if;
    return new;
end
$$;
create trigger worker_through_glass after insert or update on traject.worker for each row
    when (new.client_id is not null) execute function traject.check_access_through_glass();
create trigger token_through_glass after insert or update on session.token for each row
    execute function traject.check_access_through_glass();

-- Who broke it, the managers of the client's team, and the privacy officer.
alter table traject.glass enable row level security;
create policy seen on traject.glass for select using
    (municipality_id = (select session.municipality_id())
     and (worker_id = (select session.worker_id())
          or (select session.role()) = 'privacy_officer'
          or (select session.role()) = 'manager'
             and (select true from traject.trajectory_state s
                   where s.municipality_id = glass.municipality_id and s.client_id = glass.client_id limit 1)));
create policy ended on traject.glass for update using
    (municipality_id = (select session.municipality_id()) and worker_id = (select session.worker_id()));
grant select, update (until) on traject.glass to traject_daemon;

alter table logbook.processing_log enable row level security;
alter table logbook.audit_log enable row level security;
alter table logbook.municipality_activity enable row level security;
create policy own on logbook.processing_log using (municipality_id = (select session.municipality_id()));
create policy own on logbook.audit_log using (municipality_id = (select session.municipality_id()));
create policy managed on logbook.municipality_activity using
    (municipality_id = (select session.municipality_id()) and (select session.role()) in ('admin', 'privacy_officer'));
grant select on logbook.method_activity to traject_daemon;
grant select, insert, update (processing_activity_id) on logbook.municipality_activity to traject_daemon;
