-- All that belongs to a client's path. A thing that runs (a trial placement, an agreement, a bottleneck ...) is an
-- item: an entry begins it, later entries carry it on, and traject.event_rule says which may follow which.
create type traject.item_kind as enum
    ('trial_placement', 'probation', 'contract', 'wage_value', 'scheme', 'task', 'adaptation', 'workplace_guidance',
     'wish', 'goal', 'career_step', 'training', 'precondition', 'motivation', 'agreement', 'bottleneck',
     'network_person', 'appointment', 'absence', 'dropout', 'coach_handover');
create type traject.item_state as enum
    ('running', 'applied', 'granted', 'agreed', 'in_place', 'missing', 'in_hand', 'raised', 'put', 'answered', 'planned',
     'reported',
     -- From here on nothing more is expected.
     'ended', 'met', 'refused', 'achieved', 'dropped', 'kept', 'not_kept', 'closed', 'not_shown_up', 'cancelled', 'recovered',
     'resolved', 'completed');
create type traject.initiator as enum
    ('employer', 'municipality', 'uwv', 'work_learn_company', 'school', 'agency', 'candidate');
create type traject.direction as enum ('vacancy_seeks_person', 'person_seeks_tasks');
create type traject.first_contact_form as enum ('call_or_talk', 'meet_and_greet', 'job_interview', 'day_along');
create type traject.contract_kind as enum ('temporary', 'permanent');
create type traject.scheme as enum
    ('no_risk_policy', 'loondispensatie', 'loonkostensubsidie', 'loonkostenvoordeel', 'other');
create type traject.ending as enum
    ('employed', 'not_employed', 'passed', 'new_contract', 'expired', 'client_stopped', 'employer_stopped', 'other');
create type traject.guide as enum ('coach', 'supervisor', 'colleague');
create type traject.guidance_form as enum ('half_day_along', 'look_in', 'calls', 'on_the_floor', 'other');
create type traject.theme as enum
    ('time_and_money', 'motivated_worker', 'clear_expectations', 'acceptance', 'debts', 'care', 'health', 'language',
     'transport', 'housing');
create type traject.factor as enum
    ('approach', 'guidance', 'fitting_work', 'work_context', 'getting_ahead', 'being_of_value', 'aptitude');
create type traject.agreement_party as enum ('client', 'coach', 'employer', 'network', 'municipality');

create type traject.coming_up_kind as enum
    ('contact', 'handover', 'supervisor_left', 'return_proposed', 'trial_placement', 'probation', 'contract', 'wage_value',
     'scheme', 'adaptation', 'wish', 'goal', 'training', 'precondition', 'agreement', 'bottleneck', 'appointment',
     'absence', 'coach_handover', 'dropout');

-- What somebody at an employer is to a client, of more the first.
create type traject.person_role as enum ('guides', 'was_to_guide', 'second_person', 'on_the_floor', 'trial_placement');

-- What an entry is to an item: which kinds it belongs to, after which states, what state it leads to, and which
-- details it needs and may have. A kind without items stands on its own.
create table traject.event_rule (
    kind traject.event_kind primary key,
    items traject.item_kind[] not null default '{}',
    begins boolean not null default false,
    from_states traject.item_state[] not null default '{}',
    to_state traject.item_state,
    needs text[] not null default '{}',
    may text[] not null default '{}'
);
insert into traject.event_rule (kind, items, begins, from_states, to_state, needs, may) values
    ('first_contact', '{}', false, '{}', null, '{initiator,direction,form}', '{employer_id,person_id}'),
    ('day_along', '{}', false, '{}', null, '{employer_id}', '{person_id}'),
    ('trial_placement_begun', '{trial_placement}', true, '{}', 'running', '{employer_id,due_at}', '{person_id,begins_at}'),
    ('trial_placement_extended', '{trial_placement}', false, '{running}', null, '{due_at}', '{reason}'),
    ('trial_placement_ended', '{trial_placement}', false, '{running}', 'ended', '{ending}', '{reason}'),
    ('probation_begun', '{probation}', true, '{}', 'running', '{employer_id,due_at}', '{begins_at}'),
    ('probation_ended', '{probation}', false, '{running}', 'ended', '{ending}', '{reason}'),
    ('contract_begun', '{contract}', true, '{}', 'running', '{employer_id,contract,hours}', '{begins_at,due_at}'),
    ('contract_changed', '{contract}', false, '{running}', null, '{}', '{hours,due_at,contract,reason}'),
    ('contract_ended', '{contract}', false, '{running}', 'ended', '{ending}', '{reason}'),
    ('wage_value_measured', '{wage_value}', true, '{running}', 'running', '{percentage,by_whom,due_at}', '{employer_id}'),
    ('scheme_applied', '{scheme}', true, '{}', 'applied', '{scheme}', '{what,employer_id}'),
    ('scheme_granted', '{scheme}', false, '{applied}', 'granted', '{}', '{begins_at,due_at}'),
    ('scheme_refused', '{scheme}', false, '{applied}', 'refused', '{reason}', '{}'),
    ('scheme_ended', '{scheme}', false, '{applied,granted}', 'ended', '{}', '{reason}'),
    ('task_fitted', '{task}', true, '{}', 'running', '{what}', '{employer_id}'),
    ('task_changed', '{task}', false, '{running}', null, '{what}', '{reason}'),
    ('task_ended', '{task}', false, '{running}', 'ended', '{}', '{reason}'),
    ('adaptation_agreed', '{adaptation}', true, '{}', 'agreed', '{what}', '{employer_id,due_at}'),
    ('adaptation_made', '{adaptation}', false, '{agreed}', 'in_place', '{}', '{}'),
    ('adaptation_changed', '{adaptation}', false, '{agreed,in_place}', null, '{}', '{what,due_at,reason}'),
    ('adaptation_ended', '{adaptation}', false, '{agreed,in_place}', 'ended', '{}', '{reason}'),
    ('workplace_guidance_arranged', '{workplace_guidance}', true, '{}', 'running', '{guide,guidance_form}',
     '{every_days,employer_id,person_id}'),
    ('workplace_guidance_changed', '{workplace_guidance}', false, '{running}', null, '{}',
     '{guide,guidance_form,every_days,employer_id,person_id,reason}'),
    ('workplace_guidance_ended', '{workplace_guidance}', false, '{running}', 'ended', '{}', '{reason}'),
    -- Who changes one of the two people says nothing about the other one, who may be changed by an entry of an earlier
    -- moment that is made later.
    ('supervisor_changed', '{}', false, '{}', null, '{employer_id}', '{person_id,second_person_id,reason}'),
    ('supervisor_left', '{}', false, '{}', null, '{employer_id,person_id}', '{}'),
    ('wish_voiced', '{wish}', true, '{}', 'running', '{what}', '{due_at}'),
    ('goal_set', '{goal}', true, '{}', 'running', '{what}', '{due_at}'),
    ('career_step_taken', '{career_step}', true, '{}', 'achieved', '{what}', '{}'),
    ('training_begun', '{training}', true, '{}', 'running', '{what}', '{due_at}'),
    ('career_changed', '{wish,goal,training}', false, '{running}', null, '{}', '{what,due_at,reason}'),
    ('career_achieved', '{wish,goal,training}', false, '{running}', 'achieved', '{}', '{}'),
    ('career_dropped', '{wish,goal,training}', false, '{running}', 'dropped', '{}', '{reason}'),
    ('precondition_missing', '{precondition}', true, '{missing,in_hand,met}', 'missing', '{theme}', '{due_at}'),
    ('precondition_in_hand', '{precondition}', true, '{missing,in_hand,met}', 'in_hand', '{theme}', '{due_at}'),
    ('precondition_met', '{precondition}', true, '{missing,in_hand,met}', 'met', '{theme}', '{}'),
    ('motivation_talked', '{motivation}', true, '{running}', 'running', '{factor,words}', '{channel,counterpart,reached}'),
    ('agreement_made', '{agreement}', true, '{}', 'agreed', '{what,party,due_at}', '{by_whom}'),
    ('agreement_changed', '{agreement}', false, '{agreed}', null, '{}', '{what,party,due_at,by_whom,reason}'),
    ('agreement_kept', '{agreement}', false, '{agreed}', 'kept', '{}', '{}'),
    ('agreement_not_kept', '{agreement}', false, '{agreed}', 'not_kept', '{}', '{reason}'),
    ('bottleneck_raised', '{bottleneck}', true, '{}', 'raised', '{what}', '{grouped_as}'),
    ('bottleneck_put', '{bottleneck}', false, '{raised,put,answered}', 'put', '{by_whom}', '{due_at}'),
    ('bottleneck_asked', '{bottleneck}', false, '{put}', 'put', '{}', '{due_at}'),
    ('bottleneck_answered', '{bottleneck}', false, '{put}', 'answered', '{words}', '{due_at}'),
    ('bottleneck_grouped', '{bottleneck}', false, '{raised,put,answered}', null, '{grouped_as}', '{}'),
    ('bottleneck_closed', '{bottleneck}', false, '{raised,put,answered}', 'closed', '{}', '{reason}'),
    ('network_person_added', '{network_person}', true, '{}', 'running', '{what,relation,may_be_told}', '{}'),
    ('network_person_changed', '{network_person}', false, '{running}', null, '{}', '{relation,may_be_told,reason}'),
    ('network_person_ended', '{network_person}', false, '{running}', 'ended', '{}', '{reason}'),
    ('appointment_planned', '{appointment}', true, '{}', 'planned', '{channel,counterpart,due_at}', '{employer_id,person_id}'),
    ('appointment_moved', '{appointment}', false, '{planned}', null, '{due_at}', '{channel,reason}'),
    ('appointment_kept', '{appointment}', false, '{planned}', 'kept', '{channel,counterpart,reached}', '{}'),
    ('appointment_not_shown_up', '{appointment}', false, '{planned}', 'not_shown_up', '{channel,counterpart,reached}', '{}'),
    ('appointment_cancelled', '{appointment}', false, '{planned}', 'cancelled', '{}', '{reason}'),
    ('absence_reported', '{absence}', true, '{}', 'reported', '{}', '{due_at,employer_id}'),
    ('absence_changed', '{absence}', false, '{reported}', null, '{}', '{due_at,reason}'),
    ('absence_recovered', '{absence}', false, '{reported}', 'recovered', '{}', '{}'),
    ('absence_ended', '{absence}', false, '{reported}', 'ended', '{reason}', '{}'),
    ('dropout_reported', '{dropout}', true, '{}', 'reported', '{reason}', '{employer_id}'),
    ('dropout_resolved', '{dropout}', false, '{reported}', 'resolved', '{}', '{reason}'),
    ('coach_assigned', '{coach_handover}', true, '{}', 'running', '{worker_id,team_id}', '{reason}'),
    ('coach_handover_prepared', '{coach_handover}', false, '{running}', null, '{}',
     '{record_read,introduced_to_client,agreements_passed_on,story_retold}'),
    ('entry_withdrawn', '{}', false, '{}', null, '{supersedes,correction_reason}', '{entry_id}');

-- ---- the timeline: new details

alter table traject.event disable trigger event_is_append_only;
alter table traject.event
    alter column event_id set generated by default,
    alter column stage drop not null,
    drop constraint event_moved,
    drop constraint event_move_reason,
    drop constraint event_contact,
    drop constraint event_handover,
    drop column from_stage,
    -- A correction: the entry that it takes the place of, and the first of them all, in whose place it stands.
    add column supersedes bigint,
    add column entry_id bigint,
    add column correction_reason text,
    add column item_id bigint,
    add column what text,
    add column initiator traject.initiator,
    add column direction traject.direction,
    add column form traject.first_contact_form,
    add column contract traject.contract_kind,
    add column hours numeric,
    add column percentage integer,
    add column by_whom text,
    add column scheme traject.scheme,
    add column ending traject.ending,
    add column guide traject.guide,
    add column guidance_form traject.guidance_form,
    add column every_days integer,
    add column theme traject.theme,
    add column factor traject.factor,
    add column party traject.agreement_party,
    add column begins_at timestamptz,
    add column due_at timestamptz,
    add column grouped_as text,
    add column relation text,
    add column may_be_told text,
    add column record_read boolean,
    add column introduced_to_client boolean,
    add column agreements_passed_on boolean,
    add column story_retold boolean,
    add column talked_through_with_client boolean,
    add column guidance_needs_shared boolean,
    add column absence_and_dropout_discussed boolean,
    add column fallback_agreed boolean;

-- The stage of a moment follows from the moves, also when one is entered later or corrected.
update traject.event set stage = null where kind not in ('trajectory_started', 'stage_moved');
-- A handover has the number of the entry that flagged it, which another handover may have had so far.
drop trigger handover_steps on traject.handover;
drop function traject.check_handover();
alter table traject.handover alter column handover_id drop identity;
update traject.handover h set handover_id = -f.event_id
  from (select n.municipality_id, n.trajectory_id, n.handover_id,
               row_number() over (partition by n.municipality_id, n.trajectory_id order by n.handover_id) as place
          from traject.handover n) o
  join (select e.municipality_id, e.trajectory_id, e.event_id,
               row_number() over (partition by e.municipality_id, e.trajectory_id order by e.occurred_at, e.event_id) as place
          from traject.event e where e.kind = 'handover_flagged') f using (municipality_id, trajectory_id, place)
 where (h.municipality_id, h.handover_id) = (o.municipality_id, o.handover_id);
update traject.handover set handover_id = -handover_id;
-- What its preparation was stood only in its state so far; the last entry that prepared it gets it.
update traject.event e
   set talked_through_with_client = nullif(h.talked_through_with_client, false),
       guidance_needs_shared = nullif(h.guidance_needs_shared, false),
       absence_and_dropout_discussed = nullif(h.absence_and_dropout_discussed, false),
       fallback_agreed = nullif(h.fallback_agreed, false), due_at = h.planned_at
  from (select distinct on (s.municipality_id, s.handover_id) s.municipality_id, s.handover_id, s.event_id
          from (select p.municipality_id, p.event_id, p.occurred_at,
                       max(p.event_id) filter (where p.kind = 'handover_flagged')
                           over (partition by p.municipality_id, p.trajectory_id order by p.occurred_at, p.event_id)
                           as handover_id
                  from traject.event p where p.kind in ('handover_flagged', 'handover_prepared')) s
         order by s.municipality_id, s.handover_id, s.occurred_at desc, s.event_id desc) l
  join traject.handover h on h.municipality_id = l.municipality_id and h.handover_id = l.handover_id
 where (e.municipality_id, e.event_id) = (l.municipality_id, l.event_id);
alter table traject.event enable trigger event_is_append_only;

alter table traject.event
    add foreign key (municipality_id, supersedes) references traject.event,
    add foreign key (municipality_id, entry_id) references traject.event,
    add foreign key (municipality_id, item_id) references traject.event,
    add constraint event_stage check ((stage is not null) = (kind in ('trajectory_started', 'stage_moved'))),
    add constraint event_contact check
        (kind <> 'contact' or channel is not null and counterpart is not null and reached is not null),
    add constraint event_handover check
        (case when kind::text like 'handover%' then employer_id is not null and person_id is not null
              else kind > 'activity' or employer_id is null end),
    add constraint event_correction check
        (num_nonnulls(supersedes, entry_id, correction_reason) in (0, 3) and (supersedes is null or entry_id <= supersedes)),
    add constraint event_plain check
        (kind > 'activity'
         or num_nonnulls(what, initiator, direction, form, contract, hours, percentage, by_whom, scheme, ending, guide,
                         guidance_form, every_days, theme, factor, party, begins_at, grouped_as, relation, may_be_told,
                         record_read, introduced_to_client, agreements_passed_on, story_retold) = 0
            and (item_id is null or kind = 'coach_assigned')
            and (kind::text like 'handover%' or num_nonnulls(due_at, talked_through_with_client, guidance_needs_shared,
                                                             absence_and_dropout_discussed, fallback_agreed) = 0)
            and (kind = 'contact' or num_nonnulls(channel, counterpart, reached) = 0)),
    add constraint event_correction_reason_length check (length(correction_reason) between 1 and 1000),
    add constraint event_what_length check (length(what) between 1 and 500),
    add constraint event_hours_range check (hours > 0 and hours <= 60),
    add constraint event_percentage_range check (percentage between 0 and 100),
    add constraint event_by_whom_length check (length(by_whom) between 1 and 100),
    add constraint event_every_days_range check (every_days between 1 and 365),
    add constraint event_grouped_as_length check (length(grouped_as) between 1 and 100),
    add constraint event_relation_length check (length(relation) between 1 and 100),
    add constraint event_may_be_told_length check (length(may_be_told) between 1 and 500),
    add constraint event_due_range check (due_at between '2000-01-01 00:00+00' and '2100-01-01 00:00+00'),
    add constraint event_begins_range check (begins_at between '2000-01-01 00:00+00' and '2100-01-01 00:00+00'),
    add constraint event_due_after_begin check (due_at > begins_at),
    add constraint event_contract_ends check
        (kind not in ('contract_begun', 'contract_changed') or contract is null
         or (contract = 'temporary') = (due_at is not null));
comment on constraint event_stage on traject.event is
    'a stage belongs to the start of a trajectory and to a move; leave it out';
comment on constraint event_contact on traject.event is 'a contact has a channel, with whom it was, and whether they were reached';
comment on constraint event_plain on traject.event is 'this detail does not belong to an entry of that kind; leave it out';
comment on constraint event_started on traject.event is 'the kind of trajectory belongs to its start; leave it out';
comment on constraint event_ended on traject.event is 'an outcome belongs to the end of a trajectory; leave it out';
comment on constraint event_correction_reason_length on traject.event is 'reason is 1 to 1,000 characters';
comment on constraint event_what_length on traject.event is 'what it is about is 1 to 500 characters; shorten it, or put more in words';
comment on constraint event_hours_range on traject.event is 'hours is over 0 and up to 60 a week';
comment on constraint event_percentage_range on traject.event is 'percentage is 0 to 100';
comment on constraint event_by_whom_length on traject.event is 'a name is 1 to 100 characters';
comment on constraint event_every_days_range on traject.event is 'every_days is 1 to 365';
comment on constraint event_grouped_as_length on traject.event is 'grouped_as is 1 to 100 characters';
comment on constraint event_relation_length on traject.event is 'relation is 1 to 100 characters';
comment on constraint event_may_be_told_length on traject.event is 'may_be_told is 1 to 500 characters';
comment on constraint event_due_range on traject.event is 'an end or a planned moment lies between 2000 and 2100';
comment on constraint event_begins_range on traject.event is 'a beginning lies between 2000 and 2100';
comment on constraint event_due_after_begin on traject.event is 'it ends after it begins; give a later end';
comment on constraint event_contract_ends on traject.event is
    'a temporary contract has an end and a permanent one has none; give the end, or leave it out';
-- An entry is corrected or withdrawn once; after that its correction is.
create unique index event_superseded_once on traject.event (municipality_id, supersedes) where supersedes is not null;
comment on index traject.event_superseded_once is
    'this entry was corrected or withdrawn already; correct what stands in its place';
create index event_item on traject.event (municipality_id, item_id) where item_id is not null;
drop index traject.event_client_contact;
create index event_client_contact on traject.event (municipality_id, trajectory_id, occurred_at, reached)
    where counterpart = 'client' and reached is not null;

-- The details of an entry are those of its kind.
create function traject.check_details() returns trigger language plpgsql set search_path = '' as $$
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
                       || '{worker_id,words,supersedes,entry_id,correction_reason}'));
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
                    format('%s is missing; %s needs it', regexp_replace(lacks[1], '_id$', ''), replace(new.kind::text, '_', ' '))
                else
                    format('%s does not belong to %s; leave it out', regexp_replace(extra[1], '_id$', ''), replace(new.kind::text, '_', ' '))
            end;
    end if;
    return new;
end
$$;
create trigger event_details before insert on traject.event for each row
    when (new.kind > 'activity' or new.item_id is not null) execute function traject.check_details();

-- An entry takes the place of, and carries on, what is of its own trajectory: else one would make another one's entries
-- not count.
create function traject.check_own_trajectory() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from unnest(array[new.supersedes, new.entry_id, nullif(new.item_id, new.event_id)]) named (event_id)
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
create trigger event_own_trajectory before insert on traject.event for each row
    when (new.supersedes is not null or new.item_id <> new.event_id) execute function traject.check_own_trajectory();

-- Network people who were there, or will be.
create table traject.event_included (
    municipality_id bigint not null,
    event_id bigint not null,
    trajectory_id bigint not null,
    item_id bigint not null,
    primary key (municipality_id, event_id, item_id),
    foreign key (municipality_id, event_id) references traject.event,
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    foreign key (municipality_id, item_id) references traject.event
);

-- ---- what follows from the timeline

-- A spell knows where it came from, so that the rule of the reason is held here.
alter table traject.stage_spell
    add column from_stage traject.stage,
    add column reason text,
    add constraint stage_spell_moves check (from_stage is distinct from stage);
update traject.stage_spell s
   set from_stage = (select p.stage from traject.stage_spell p
                      where p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
                        and upper(p.period) = lower(s.period)),
       reason = (select e.reason from traject.event e
                  where e.municipality_id = s.municipality_id and e.trajectory_id = s.trajectory_id
                    and e.kind = 'stage_moved' and e.occurred_at = lower(s.period));
-- The check at the end of the transaction comes now: a table that waits for one is not altered.
set constraints all immediate;
alter table traject.stage_spell
    add constraint stage_spell_reason check
        (traject.stage_number(stage) = traject.stage_number(from_stage) + 1 or reason is not null or from_stage is null);
comment on constraint stage_spell_reason on traject.stage_spell is
    'a move that goes back or skips a stage needs a reason; add one';
comment on constraint stage_spell_not_empty on traject.stage_spell is
    'another move is there at that very moment; give another moment';
comment on constraint coach_assignment_not_empty on traject.coach_assignment is
    'another change of coach is there at that very moment; give another moment';
comment on constraint guidance_not_empty on traject.guidance is
    'guidance moves at that very moment already; give another moment';
alter table traject.trajectory alter column trajectory_id set generated by default;
alter table traject.trajectory drop constraint trajectory_ordinal_unique;
alter table traject.trajectory add constraint trajectory_ordinal_unique
    unique (municipality_id, client_id, ordinal) deferrable initially deferred;

-- More may be prepared after the employer accepted.
insert into traject.handover_transition values ('accepted', 'prepared');
delete from traject.handover_transition where (from_state, to_state) = ('accepted', 'accepted');

-- The last time that something of this trajectory was corrected: an answer as of before that is told from the entries.
alter table traject.trajectory_state add column corrected_at timestamptz;

create table traject.item (
    municipality_id bigint not null,
    item_id bigint not null,
    trajectory_id bigint not null,
    kind traject.item_kind not null,
    state traject.item_state not null,
    open boolean not null,
    opened_at timestamptz not null,
    state_since timestamptz not null,
    changed_at timestamptz not null,
    what text,
    employer_id bigint,
    person_id bigint,
    worker_id bigint,
    channel traject.channel,
    counterpart traject.counterpart,
    contract traject.contract_kind,
    hours numeric,
    percentage integer,
    by_whom text,
    scheme traject.scheme,
    ending traject.ending,
    guide traject.guide,
    guidance_form traject.guidance_form,
    every_days integer,
    theme traject.theme,
    factor traject.factor,
    party traject.agreement_party,
    begins_at timestamptz,
    due_at timestamptz,
    grouped_as text,
    relation text,
    may_be_told text,
    record_read boolean,
    introduced_to_client boolean,
    agreements_passed_on boolean,
    story_retold boolean,
    primary key (municipality_id, item_id),
    foreign key (municipality_id, item_id) references traject.event,
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    constraint item_open check (open = (state < 'ended')),
    constraint item_due_after_begin check
        (due_at > case when kind in ('trial_placement', 'probation', 'contract', 'wage_value')
                       then coalesce(begins_at, opened_at) else begins_at end)
);
comment on constraint item_due_after_begin on traject.item is
    'it ends after it begins; give a later end, or say from when it is';
create index item_trajectory on traject.item (municipality_id, trajectory_id, kind);
create index item_due on traject.item (municipality_id, trajectory_id, due_at) where open and due_at is not null;
-- Of these a trajectory has one, carried on rather than begun again.
create unique index item_wage_value on traject.item (municipality_id, trajectory_id) where kind = 'wage_value';
create unique index item_theme on traject.item (municipality_id, trajectory_id, theme) where kind = 'precondition';
create unique index item_factor on traject.item (municipality_id, trajectory_id, factor) where kind = 'motivation';
create unique index item_one_at_a_time on traject.item (municipality_id, trajectory_id, kind)
    where kind in ('trial_placement', 'probation', 'absence', 'dropout') and open;
comment on index traject.item_one_at_a_time is 'the client has a trial placement, probation, absence or dropout already that has not ended; end that one first';
create unique index item_network_person on traject.item (municipality_id, trajectory_id, lower(what))
    where kind = 'network_person' and open;
comment on index traject.item_network_person is 'somebody of that name is there already; give another name';

-- What the municipality sets itself.
create type traject.setting_name as enum
    ('trial_placement_months', 'wage_value_months', 'coming_up_days', 'ask_again_days');
create table traject.setting (
    municipality_id bigint not null references traject.municipality,
    name traject.setting_name not null,
    value integer not null,
    primary key (municipality_id, name),
    constraint setting_value_range check
        (value between 1 and case name when 'trial_placement_months' then 12 when 'wage_value_months' then 60 else 365 end)
);
comment on constraint setting_value_range on traject.setting is
    'a setting is at least 1, and at most 12 months for trial placements, 60 months for wage values, 365 days for the others';

do $$
declare
    name text;
begin
    foreach name in array array['event_included', 'item'] loop
        execute format('alter table traject.%I enable row level security', name);
        execute format('create policy with_trajectory on traject.%1$I using
            (municipality_id = (select session.municipality_id())
             and (select true from traject.trajectory_state s
                   where s.municipality_id = %1$I.municipality_id and s.trajectory_id = %1$I.trajectory_id))', name);
    end loop;
end
$$;
-- Nobody writes an entry in another's name.
create policy own_name on traject.event as restrictive for insert with check (recorded_by = (select session.worker_id()));
alter table traject.setting enable row level security;
create policy seen on traject.setting for select using (municipality_id = (select session.municipality_id()));
create policy managed on traject.setting using
    (municipality_id = (select session.municipality_id()) and (select session.role()) = 'admin');
grant select on traject.event_rule, traject.item, traject.setting, traject.event_included to traject_daemon;
grant insert on traject.event_included, traject.setting to traject_daemon;
grant update (value) on traject.setting to traject_daemon;
-- What follows from the timeline is written by the function that derives it, and by nothing else.
revoke insert, update on traject.stage_spell, traject.coach_assignment, traject.guidance, traject.handover
    from traject_daemon;
revoke update (period) on traject.stage_spell, traject.coach_assignment, traject.guidance from traject_daemon;
revoke update (started_at, ended_at, outcome) on traject.trajectory from traject_daemon;
