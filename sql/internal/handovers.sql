-- The handovers of a trajectory, as the entries say: each from its flag to the next one's. Its state is the furthest
-- that it came; one that another was flagged after, or that was open at the end, is over, also when nobody said so.
create function internal.handovers(entries traject.event[])
returns setof traject.handover language sql stable as $$
    with entry as (
        select e.*, coalesce(e.entry_id, e.event_id) as place,
               substring(e.kind::text from 'handover_(.*)')::traject.handover_state as step,
               count(*) filter (where e.kind = 'handover_flagged')
                   over (order by e.occurred_at, coalesce(e.entry_id, e.event_id)) as number
          from unnest(entries) e
         where e.kind between 'handover_flagged' and 'handover_returned' or e.kind = 'supervisor_changed'
    ), folded as (
        select e.number, min(e.place) filter (where e.step = 'flagged') as handover_id, max(e.step) as state,
               max(e.occurred_at) as last_step_at,
               internal.last(e.employer_id order by e.occurred_at, e.place) as employer_id,
               internal.last(case when e.kind in ('handover_flagged', 'supervisor_changed') then e.person_id end
                             order by e.occurred_at, e.place) as supervisor_id,
               internal.last(e.second_person_id order by e.occurred_at, e.place) as second_person_id,
               coalesce(bool_or(e.talked_through_with_client), false) as talked_through_with_client,
               coalesce(bool_or(e.guidance_needs_shared), false) as guidance_needs_shared,
               coalesce(bool_or(e.absence_and_dropout_discussed), false) as absence_and_dropout_discussed,
               coalesce(bool_or(e.fallback_agreed), false) as fallback_agreed,
               internal.last(e.due_at order by e.occurred_at, e.place) as planned_at,
               jsonb_object_agg(e.step, e.occurred_at order by e.occurred_at desc, e.place desc)
                   filter (where e.step is not null) as first_steps
          from entry e where e.number > 0
         group by e.number
    ), ordered as (
        select f.*, lead((f.first_steps ->> 'flagged')::timestamptz) over (order by f.number) as next,
               (select h.occurred_at from unnest(entries) h
                 where h.kind = 'trajectory_ended') as ended_at
          from folded f
    ), ended as (
        select o.*, case when o.state < 'completed' and coalesce(o.next, o.ended_at) is not null then 'withdrawn'
                         when o.state = 'completed' and o.next is not null then 'returned'
                         else o.state end as end_state
          from ordered o
    )
    select (entries[1]).municipality_id, e.handover_id, (entries[1]).trajectory_id, e.end_state, e.last_step_at,
           case when e.end_state = e.state then (e.first_steps ->> e.state::text)::timestamptz
                else coalesce(e.next, e.ended_at) end,
           e.employer_id, e.supervisor_id, e.second_person_id, e.talked_through_with_client, e.guidance_needs_shared,
           e.absence_and_dropout_discussed, e.fallback_agreed, e.planned_at
      from ended e
     order by e.number
$$;
