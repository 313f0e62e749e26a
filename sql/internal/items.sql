-- Kinds of which a client has one at a time; people of the network, of which there is one of a name, aside.
create function internal.one_at_a_time(kind traject.item_kind) returns boolean language sql immutable parallel safe as
    $$ select kind in ('trial_placement', 'probation', 'absence', 'dropout') $$;

-- The things that run, as their entries say: of each detail the last that was given. One of a kind of which there is
-- one at a time is over when the next begins, also when nobody said so.
create function internal.items(entries traject.event[])
returns setof traject.item language sql stable as $$
    with entry as (
        select e.*, coalesce(e.entry_id, e.event_id) as place, r.items[1] as item, r.to_state, r.begins,
               internal.last(r.to_state) over so_far as reached_state,
               e.due_at is not null or r.to_state < 'ended' or r.to_state = 'met' as sets_due,
               case when e.kind = 'coach_assigned' then e.worker_id is distinct from e.coach_before end as other_coach
          from (select h.*, case when h.kind in ('trajectory_started', 'coach_assigned') then
                           lag(h.worker_id) over (partition by h.kind in ('trajectory_started', 'coach_assigned')
                                                  order by h.occurred_at, h.kind, coalesce(h.entry_id, h.event_id)) end
                       as coach_before
                  from unnest(entries) h
                 where h.item_id is not null or h.kind in ('trajectory_started', 'coach_assigned')) e
          join traject.event_rule r on r.kind = e.kind
         where e.item_id is not null
        window so_far as (partition by e.item_id order by e.occurred_at, coalesce(e.entry_id, e.event_id))
    ), compared as (
        -- In the order in which they are folded: sorted once, and not for each detail.
        select e.*, e.reached_state is distinct from lag(e.reached_state) over by_time as changes
          from entry e window by_time as (partition by e.item_id order by e.occurred_at, e.place)
         order by e.item_id, e.occurred_at, e.place
    ), folded as (
        select e.item_id,
               (array_agg(e.item) filter (where e.begins))[1] as kind,
               internal.last(e.to_state) as state,
               min(e.occurred_at) as opened_at,
               max(e.occurred_at) filter (where e.changes) as state_since,
               max(e.occurred_at) as changed_at,
               internal.last(e.what) as what,
               internal.last(e.employer_id) as employer_id,
               internal.last(e.person_id) as person_id,
               internal.last(e.worker_id) as worker_id,
               internal.last(e.channel) as channel,
               internal.last(e.counterpart) as counterpart,
               internal.last(e.contract) as contract,
               internal.last(e.hours) as hours,
               internal.last(e.percentage) as percentage,
               internal.last(e.by_whom) as by_whom,
               internal.last(e.scheme) as scheme,
               internal.last(e.ending) as ending,
               internal.last(e.guide) as guide,
               internal.last(e.guidance_form) as guidance_form,
               internal.last(e.every_days) as every_days,
               internal.last(e.theme) as theme,
               internal.last(e.factor) as factor,
               internal.last(e.party) as party,
               internal.last(e.begins_at) as begins_at,
               -- A new state has its own term or none.
               (array_agg(e.due_at) filter (where e.sets_due))[count(*) filter (where e.sets_due)] as due_at,
               internal.last(e.grouped_as) as grouped_as,
               internal.last(e.relation) as relation,
               internal.last(e.may_be_told) as may_be_told,
               bool_or(e.record_read) as record_read,
               bool_or(e.introduced_to_client) as introduced_to_client,
               bool_or(e.agreements_passed_on) as agreements_passed_on,
               bool_or(e.story_retold) as story_retold,
               greatest(min(e.occurred_at) filter (where e.record_read),
                        min(e.occurred_at) filter (where e.introduced_to_client),
                        min(e.occurred_at) filter (where e.agreements_passed_on)) as passed_on_at,
               -- Another team is no other coach, and then there is nothing to hand over.
               bool_or(e.other_coach) or count(*) > 1 as counts
          from compared e
         group by e.item_id
    ), followed as (
        select f.*, case when internal.one_at_a_time(f.kind) or f.kind = 'network_person' then
                   lead(f.opened_at) over (partition by f.kind, case when f.kind = 'network_person' then traject.label(f.what) end
                                           order by f.opened_at, f.item_id) end as next
          from folded f
         where f.counts or f.kind <> 'coach_handover'
    ), ended as (
        select f.*, f.state < 'ended' and f.next is not null as superseded,
               -- A handover between coaches is complete with its checklist.
               coalesce(f.kind = 'coach_handover' and f.record_read and f.introduced_to_client and f.agreements_passed_on,
                        false) as passed_on
          from followed f
    )
    select (entries[1]).municipality_id, f.item_id, (entries[1]).trajectory_id, f.kind, s.state, s.state < 'ended', f.opened_at, s.state_since,
           f.changed_at, f.what, f.employer_id, f.person_id, f.worker_id,
           f.channel, f.counterpart, f.contract, f.hours, f.percentage, f.by_whom, f.scheme, f.ending, f.guide,
           f.guidance_form, f.every_days, f.theme, f.factor, f.party,
           f.begins_at, case when f.contract is distinct from 'permanent' then f.due_at end, f.grouped_as, f.relation,
           f.may_be_told, f.record_read, f.introduced_to_client, f.agreements_passed_on, f.story_retold
      from ended f
     cross join lateral (
        select case when f.passed_on then 'completed' when f.superseded then 'ended' else f.state end as state,
               case when f.passed_on then f.passed_on_at when f.superseded then f.next else f.state_since end as state_since) s
$$;
