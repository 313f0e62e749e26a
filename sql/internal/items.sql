-- The things that run, as their entries say: of each detail the last that was given.
create function internal.items(municipality bigint, trajectory bigint, until timestamptz default 'infinity',
                               known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns setof traject.item language sql stable as $$
    with entry as (
        select e.*, coalesce(e.entry_id, e.event_id) as place, r.items[1] as item, r.to_state, r.begins,
               internal.last(r.to_state) over so_far as reached_state
          from internal.history(municipality, trajectory, until, known, corrected) e
          join traject.event_rule r on r.kind = e.kind
         where e.item_id is not null
        window so_far as (partition by e.item_id order by e.occurred_at, coalesce(e.entry_id, e.event_id))
    ), compared as (
        select e.*, e.reached_state is distinct from lag(e.reached_state) over by_time as changes
          from entry e window by_time as (partition by e.item_id order by e.occurred_at, e.place)
    ), folded as (
        select e.item_id,
               (array_agg(e.item order by e.occurred_at, e.place) filter (where e.begins))[1] as kind,
               internal.last(e.to_state order by e.occurred_at, e.place) as state,
               min(e.occurred_at) as opened_at,
               max(e.occurred_at) filter (where e.changes) as state_since,
               max(e.occurred_at) as changed_at,
               internal.last(e.what order by e.occurred_at, e.place) as what,
               internal.last(e.employer_id order by e.occurred_at, e.place) as employer_id,
               internal.last(e.person_id order by e.occurred_at, e.place) as person_id,
               internal.last(e.worker_id order by e.occurred_at, e.place) as worker_id,
               internal.last(e.channel order by e.occurred_at, e.place) as channel,
               internal.last(e.counterpart order by e.occurred_at, e.place) as counterpart,
               internal.last(e.contract order by e.occurred_at, e.place) as contract,
               internal.last(e.hours order by e.occurred_at, e.place) as hours,
               internal.last(e.percentage order by e.occurred_at, e.place) as percentage,
               internal.last(e.by_whom order by e.occurred_at, e.place) as by_whom,
               internal.last(e.scheme order by e.occurred_at, e.place) as scheme,
               internal.last(e.ending order by e.occurred_at, e.place) as ending,
               internal.last(e.guide order by e.occurred_at, e.place) as guide,
               internal.last(e.guidance_form order by e.occurred_at, e.place) as guidance_form,
               internal.last(e.every_days order by e.occurred_at, e.place) as every_days,
               internal.last(e.theme order by e.occurred_at, e.place) as theme,
               internal.last(e.factor order by e.occurred_at, e.place) as factor,
               internal.last(e.party order by e.occurred_at, e.place) as party,
               internal.last(e.begins_at order by e.occurred_at, e.place) as begins_at,
               -- A new state has its own term or none; a permanent contract has no end.
               (array_agg(e.due_at order by e.occurred_at desc, e.place desc)
                   filter (where e.due_at is not null or e.to_state < 'ended' or e.to_state = 'met'
                           or e.contract = 'permanent'))[1] as due_at,
               internal.last(e.grouped_as order by e.occurred_at, e.place) as grouped_as,
               internal.last(e.relation order by e.occurred_at, e.place) as relation,
               internal.last(e.may_be_told order by e.occurred_at, e.place) as may_be_told,
               bool_or(e.record_read) as record_read,
               bool_or(e.introduced_to_client) as introduced_to_client,
               bool_or(e.agreements_passed_on) as agreements_passed_on,
               bool_or(e.story_retold) as story_retold
          from compared e
         group by e.item_id
    )
    select municipality, f.item_id, trajectory, f.kind, s.state, s.state < 'ended', f.opened_at, f.state_since, f.changed_at, f.what, f.employer_id, f.person_id, f.worker_id,
           f.channel, f.counterpart, f.contract, f.hours, f.percentage, f.by_whom, f.scheme, f.ending, f.guide,
           f.guidance_form, f.every_days, f.theme, f.factor, f.party,
           f.begins_at, f.due_at, f.grouped_as, f.relation, f.may_be_told, f.record_read, f.introduced_to_client, f.agreements_passed_on, f.story_retold
      from folded f
           -- A handover between coaches is complete with its checklist.
     cross join lateral (select case when f.kind = 'coach_handover' and f.record_read and f.introduced_to_client
                                          and f.agreements_passed_on
                                     then 'completed' else f.state end as state) s
$$;
