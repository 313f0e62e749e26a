-- Who acts for an employer, or is a client, and for whom each entry is meant; and an actor that cannot be made up.

-- ---- accounts of people outside the municipality

alter table traject.worker
    add column employer_id bigint,
    add column person_id bigint,
    add column client_id bigint,
    add column staff boolean generated always as (role not in ('employer', 'client')) stored,
    add foreign key (municipality_id, employer_id, person_id) references traject.employer_person,
    add foreign key (municipality_id, client_id) references traject.client,
    add constraint worker_account check
        (case role when 'employer' then num_nonnulls(employer_id, person_id) = 2 and client_id is null
                   when 'client' then num_nonnulls(employer_id, person_id) = 0 and client_id is not null
                   else num_nonnulls(employer_id, person_id, client_id) = 0 end),
    add constraint worker_of_person_unique unique (municipality_id, employer_id, person_id),
    add constraint worker_of_client_unique unique (municipality_id, client_id),
    add constraint worker_staff_unique unique (municipality_id, worker_id, staff);
comment on constraint worker_account on traject.worker is
    'who acts for an employer, or is a client, is no worker; give access with employer person access, or client access';

-- Teams, and so coaches, are of the municipality's own people.
alter table traject.team_member
    add column staff boolean not null default true,
    add constraint team_member_is_staff check (staff),
    add constraint team_member_of_staff foreign key (municipality_id, worker_id, staff)
        references traject.worker (municipality_id, worker_id, staff);

-- Whose an employer's clients are is looked up by the person.
create index handover_supervisor on traject.handover (municipality_id, employer_id, supervisor_id)
    where state in ('flagged', 'prepared', 'accepted', 'completed');
create index handover_second_person on traject.handover (municipality_id, employer_id, second_person_id)
    where state in ('flagged', 'prepared', 'accepted', 'completed');
create index item_person on traject.item (municipality_id, employer_id, person_id) where open and person_id is not null;

-- ---- for whom an entry is meant, besides the team

create type traject.audience as enum ('team', 'client', 'employer', 'everyone');

-- What holds when nothing was said: who learns that it happened, and who reads the words that were written with it.
alter table traject.event_rule
    add column audience traject.audience not null default 'team',
    add column words_audience traject.audience not null default 'team';
-- Kinds with constraints of their own have a row for this alone.
insert into traject.event_rule (kind)
values ('trajectory_started'), ('stage_moved'), ('contact'), ('handover_flagged'), ('handover_prepared'),
       ('handover_accepted'), ('handover_declined'), ('handover_withdrawn'), ('handover_completed'),
       ('handover_returned'), ('rhythm_set'), ('trajectory_ended'), ('activity');
insert into traject.event_rule (kind, items, begins, from_states, to_state, needs, may, audience, words_audience) values
    ('client_entry', '{}', false, '{}', null, '{words}', '{}', 'client', 'client'),
    ('correction_asked', '{correction}', true, '{}', 'raised', '{words,about_id}', '{}', 'client', 'client'),
    ('correction_made', '{correction}', false, '{raised}', 'met', '{words}', '{}', 'client', 'client'),
    ('correction_declined', '{correction}', false, '{raised}', 'refused', '{words}', '{}', 'client', 'client');
update traject.event_rule set audience = 'client'
 where kind in ('trajectory_started', 'stage_moved', 'contact', 'coach_assigned', 'rhythm_set', 'trajectory_ended',
                'first_contact', 'wage_value_measured', 'scheme_applied', 'scheme_granted', 'scheme_refused',
                'scheme_ended', 'adaptation_agreed', 'adaptation_made', 'adaptation_changed', 'adaptation_ended',
                'wish_voiced', 'goal_set', 'career_step_taken', 'training_begun', 'career_changed', 'career_achieved',
                'career_dropped', 'agreement_made', 'agreement_changed', 'agreement_kept', 'agreement_not_kept');
-- An employer learns of these only when they are about work there (internal.own_entries).
update traject.event_rule set audience = 'everyone'
 where kind in ('handover_flagged', 'handover_prepared', 'handover_accepted', 'handover_declined', 'handover_withdrawn',
                'handover_completed', 'handover_returned', 'supervisor_changed', 'supervisor_left', 'day_along',
                'trial_placement_begun', 'trial_placement_extended', 'trial_placement_ended', 'probation_begun',
                'probation_ended', 'contract_begun', 'contract_changed', 'contract_ended', 'task_fitted', 'task_changed',
                'task_ended', 'workplace_guidance_arranged', 'workplace_guidance_changed', 'workplace_guidance_ended',
                'appointment_planned', 'appointment_moved', 'appointment_kept', 'appointment_not_shown_up',
                'appointment_cancelled', 'absence_reported', 'absence_changed', 'absence_recovered', 'absence_ended',
                'dropout_reported', 'dropout_resolved');

alter table traject.event
    -- What was said with the entry: it holds for all of it, the words too.
    add column audience traject.audience,
    -- The entry that a correction is asked of.
    add column about_id bigint,
    add foreign key (municipality_id, about_id) references traject.event,
    add constraint event_about check ((about_id is not null) = (kind = 'correction_asked')),
    add constraint event_never_for_employer check
        (audience is null or audience in ('team', 'client')
         or kind not in ('precondition_missing', 'precondition_in_hand', 'precondition_met', 'motivation_talked',
                         'bottleneck_raised', 'bottleneck_put', 'bottleneck_asked', 'bottleneck_answered',
                         'bottleneck_grouped', 'bottleneck_closed', 'network_person_added', 'network_person_changed',
                         'network_person_ended', 'client_entry', 'correction_asked', 'correction_made',
                         'correction_declined'));
comment on constraint event_about on traject.event is 'a correction is asked of an entry; name one';
comment on constraint event_never_for_employer on traject.event is
    'preconditions, motivation, bottlenecks, the network and what the client wrote are never for the employer; '
    'say team or client, or leave it out';

create or replace function traject.check_details() returns trigger language plpgsql set search_path = '' as $$
declare
    rule traject.event_rule;
    given text[] := array(select key from jsonb_each(to_jsonb(new)) where value <> 'null');
    lacks text[];
    extra text[];
begin
    select * into rule from traject.event_rule r where r.kind = new.kind;
    lacks := array(select need from unnest(rule.needs) need where need <> all (given));
    extra := array(select unnest(given)
                   except select unnest(rule.needs || rule.may
                       || '{municipality_id,event_id,trajectory_id,kind,occurred_at,recorded_at,recorded_by,recorded_in}'
                       || '{worker_id,words,supersedes,entry_id,correction_reason,audience}'));
    if cardinality(rule.items) > 0 then
        if new.item_id is null then
            lacks := lacks || 'item_id'::text;
        end if;
        extra := array_remove(extra, 'item_id');
    end if;
    if cardinality(lacks) > 0 or cardinality(extra) > 0 then
        raise exception using errcode = 'TJ003', column = regexp_replace(coalesce(lacks[1], extra[1]), '_id$', ''),
            message = case
                when cardinality(lacks) > 0 then
                    format('%s is missing; %s needs it', regexp_replace(lacks[1], '_id$', ''),
                           replace(new.kind::text, '_', ' '))
                else
                    format('%s does not belong to %s; leave it out', regexp_replace(extra[1], '_id$', ''),
                           replace(new.kind::text, '_', ' '))
            end;
    end if;
    return new;
end
$$;

create or replace function traject.check_own_trajectory() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from unnest(array[new.supersedes, new.entry_id, new.about_id, nullif(new.item_id, new.event_id)])
                          named (event_id)
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
    when (new.supersedes is not null or new.about_id is not null or new.item_id <> new.event_id)
    execute function traject.check_own_trajectory();

-- ---- who acts cannot be made up

-- What seals the settings that say who acts; the daemon cannot read it.
create table session.seal_key (
    key bytea not null,
    constraint seal_key_length check (length(key) = 32)
);
create unique index seal_key_one on session.seal_key ((true));
insert into session.seal_key values (sha256(decode(replace(
    gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')));

-- The seal over them, for this transaction alone. Nobody without the key makes one, nor lengthens one: what SHA-256 puts
-- between holds bytes that no setting can.
create function session.seal(key bytea) returns text language sql stable parallel safe as $$
    select sha256(key || timestamptz_send(now()) || convert_to(
               current_setting('traject.municipality_id') || '/' || current_setting('traject.worker_id') || '/'
               || current_setting('traject.role') || '/' || current_setting('traject.team_ids'), 'UTF8'))::text
$$;

-- Any session can set settings, so whoever takes over the daemon's role could name another municipality. Every policy,
-- and every function that runs as the owner, asks for the municipality; and it is told only when what session.enter set
-- stands as it was set.
create or replace function session.municipality_id() returns bigint
language plpgsql stable parallel safe security definer set search_path = '' as $$
begin
    if coalesce(current_setting('traject.seal', true), '') = ''
       or not exists (select from session.seal_key k where session.seal(k.key) = current_setting('traject.seal')) then
        raise exception using errcode = 'TJ016', column = 'token',
            message = 'nobody acts here; enter with a token first';
    end if;
    return current_setting('traject.municipality_id')::bigint;
end
$$;
alter table session.request
    alter column municipality_id set default session.municipality_id(),
    alter column worker_id set default session.worker_id();

-- ---- row security

-- Who acts for an employer, or is a client, sees no row of any table: what is theirs is told by functions that run as
-- the owner and choose it (internal.own_entries). So does a privacy officer, but for the organisation.
do $$
declare
    name text;
begin
    foreach name in array array['municipality', 'team', 'worker', 'team_member', 'employer', 'employer_person'] loop
        execute format('alter policy seen on traject.%I using
            (municipality_id = (select session.municipality_id()
                                 where session.role() not in (''employer'', ''client'')))', name);
    end loop;
end
$$;
alter policy numbered on traject.municipality using
    (municipality_id = (select session.municipality_id() where session.role() in ('coach', 'member', 'manager')));
alter policy added on traject.trajectory with check
    (municipality_id = (select session.municipality_id() where session.role() in ('coach', 'member', 'manager')));
alter policy caseload on traject.client using
    (municipality_id = (select session.municipality_id() where session.role() in ('coach', 'member', 'manager'))
     and (trajectories = 0
          or (select true from traject.trajectory_state s
               where s.municipality_id = client.municipality_id and s.client_id = client.client_id limit 1)));
alter policy seen on traject.rhythm using
    (municipality_id = (select session.municipality_id() where session.role() in ('coach', 'member', 'manager', 'admin'))
     and (client_id is null
          or (select true from traject.trajectory_state s
               where s.municipality_id = rhythm.municipality_id and s.client_id = rhythm.client_id limit 1)));
alter policy seen on traject.setting using
    (municipality_id = (select session.municipality_id() where session.role() not in ('employer', 'client')));
alter policy own on session.request using
    (municipality_id = (select session.municipality_id()) and worker_id = (select session.worker_id()));

-- That a client has access is for who may see the client to see and to say; an admin can end it.
create policy account_of_client on traject.worker as restrictive for select using
    (client_id is null or (select session.role()) in ('admin', 'privacy_officer')
     or (select true from traject.client c
          where c.municipality_id = worker.municipality_id and c.client_id = worker.client_id));
alter policy added on traject.worker with check
    (municipality_id = (select session.municipality_id() where session.role() = 'admin') and role <> 'client');
create policy client_access_given on traject.worker for insert with check
    (municipality_id = (select session.municipality_id()) and role = 'client'
     and (select true from traject.client c
           where c.municipality_id = worker.municipality_id and c.client_id = worker.client_id));
create policy client_access_changed on traject.worker for update using
    (municipality_id = (select session.municipality_id()) and role = 'client'
     and (select true from traject.client c
           where c.municipality_id = worker.municipality_id and c.client_id = worker.client_id));
create policy of_client on session.token using
    (municipality_id = (select session.municipality_id())
     and (select true from traject.worker w
            join traject.client c on c.municipality_id = w.municipality_id and c.client_id = w.client_id
           where w.municipality_id = token.municipality_id and w.worker_id = token.worker_id));
create policy not_by_admin on session.token as restrictive for insert with check
    ((select session.role()) <> 'admin'
     or (select w.role <> 'client' from traject.worker w
          where w.municipality_id = token.municipality_id and w.worker_id = token.worker_id));
