-- Who was within the agreed rhythm at the end of each month and who past it, in the team and with the coach, the stage
-- and the rhythm of then. As in internal.state_as_of, for many moments at a time.
create function internal.figure_contact(of_team bigint, period tstzrange) returns setof internal.counted
language sql stable as $$
    with open as materialized (
        select * from internal.open_at_month_ends(of_team, period)
    ), reached as (
        select s.trajectory_id, e.occurred_at,
               lead(e.occurred_at) over (partition by s.trajectory_id order by e.occurred_at) as next
          from traject.trajectory_state s
          join traject.event e on e.municipality_id = s.municipality_id and e.trajectory_id = s.trajectory_id
               and e.counterpart = 'client' and e.reached and e.occurred_at <= upper($2)
         where s.municipality_id = (select session.municipality_id())
           and not exists (select from traject.event c
                            where c.municipality_id = e.municipality_id and c.supersedes = e.event_id)
    ), last_contact as materialized (
        select r.trajectory_id, m.at, r.occurred_at
          from reached r
          join internal.month_ends($2) m (at) on r.occurred_at <= m.at and coalesce(r.next > m.at, true)
    ), general as materialized (
        -- Rhythms that are not a client's own, once for all who share one. Before the first one, the present one.
        select o.at, o.team_id, o.stage, internal.rhythm_days(null, o.team_id, o.stage, o.at) as days,
               internal.rhythm_days(null, o.team_id, o.stage, now()) as days_now
          from (select distinct o.at, o.team_id, o.stage from open o) o
    ), own as materialized (
        select r.client_id, r.days, r.period
          from traject.rhythm r
         where r.municipality_id = (select session.municipality_id()) and r.client_id is not null
    )
    select o.team_id, o.at, o.coach_id::text, o.client_id, o.coach_id, l.occurred_at,
           internal.days_between(coalesce(l.occurred_at, o.started_at), o.at),
           array[case when internal.due_at(o.started_at, l.occurred_at,
                                           coalesce(own.days, g.days, present.days, g.days_now)) >= o.at
                      then 'within' else 'past_due' end],
           null::boolean
      from open o
      join general g on g.at = o.at and g.team_id = o.team_id and g.stage = o.stage
      left join last_contact l on l.trajectory_id = o.trajectory_id and l.at = o.at
      left join own on own.client_id = o.client_id and own.period @> o.at
      left join own present on present.client_id = o.client_id and present.period @> now()
$$;
