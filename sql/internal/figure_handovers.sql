-- The handovers flagged in the period, with how far each came by now, and the days from first work to completion.
create function internal.figure_handovers(of_team bigint, period tstzrange) returns setof internal.counted
language sql stable as $$
    with step as (
        select e.trajectory_id, e.event_id, e.kind, e.occurred_at,
               count(*) filter (where e.kind = 'handover_flagged')
                   over (partition by e.trajectory_id order by e.occurred_at, coalesce(e.entry_id, e.event_id)) as number
          from traject.event e
         where e.municipality_id = (select session.municipality_id())
           and e.kind in ('handover_flagged', 'handover_accepted', 'handover_completed')
           and not exists (select from traject.event c
                            where c.municipality_id = e.municipality_id and c.supersedes = e.event_id)
    ), reached as (
        select t.trajectory_id, min(t.event_id) filter (where t.kind = 'handover_flagged') as handover_id,
               min(t.occurred_at) filter (where t.kind = 'handover_flagged') as flagged_at,
               min(t.occurred_at) filter (where t.kind = 'handover_accepted') as accepted_at,
               min(t.occurred_at) filter (where t.kind = 'handover_completed') as completed_at
          from step t
         group by t.trajectory_id, t.number
    )
    select s.team_id, upper($2), '', s.client_id, s.coach_id, r.flagged_at,
           internal.days_between(work.since, r.completed_at),
           array_remove(array[
               case when r.accepted_at is not null then 'accepted' end,
               case when r.completed_at is not null then 'completed' end,
               case when h.state in ('declined', 'withdrawn', 'returned') then h.state::text end], null),
           null::boolean
      from reached r
      join traject.handover h on h.municipality_id = (select session.municipality_id()) and h.handover_id = r.handover_id
      join traject.trajectory_state s on s.municipality_id = h.municipality_id and s.trajectory_id = h.trajectory_id
      left join (select p.trajectory_id, min(lower(p.period)) as since
                   from traject.stage_spell p
                  where p.municipality_id = (select session.municipality_id())
                    and p.stage not in ('first_contact', 'preconditions')
                  group by p.trajectory_id) work
             on work.trajectory_id = r.trajectory_id and work.since <= r.completed_at
     where r.flagged_at <@ $2 and (of_team is null or s.team_id = of_team)
$$;
