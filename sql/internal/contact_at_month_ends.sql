-- The trajectories that were open at the end of each month, with the last contact of then and when the next one was due: in
-- the team and with the coach, the stage and the rhythm of then. As internal.state_as_of says it of one moment.
create function internal.contact_at_month_ends(of_team bigint, period tstzrange)
returns table (team_id bigint, at timestamptz, client_id bigint, coach_id bigint, since timestamptz,
               last_contact_at timestamptz, due_at timestamptz)
language plpgsql stable rows 100000 as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
begin
    return query
    with open as materialized (
        select * from internal.open_at_month_ends(of_team, $2)
    ), superseded as materialized (
        select c.supersedes from traject.event c where c.municipality_id = municipality and c.supersedes is not null
    ), contact as materialized (
        -- The moments at which the client was reached, in order.
        select y.trajectory_id,
               array(select e.occurred_at from traject.event e
                      where e.municipality_id = municipality and e.trajectory_id = y.trajectory_id
                        and e.counterpart = 'client' and e.reached and e.occurred_at <= upper($2)
                        and e.event_id not in (select c.supersedes from superseded c)
                      order by e.occurred_at) as moments
          from (select distinct o.trajectory_id from open o) y
    ), own as materialized (
        select r.client_id, r.days, r.period from traject.rhythm r
         where r.municipality_id = municipality and r.client_id is not null
    ), shared as materialized (
        select r.team_id, r.stage, r.days, r.period from traject.rhythm r
         where r.municipality_id = municipality and r.client_id is null
    ), general as materialized (
        -- As internal.rhythm_days, once for all who share one.
        select o.at, o.team_id, o.stage, held.days, present.days as present_days
          from (select distinct o.at, o.team_id, o.stage from open o) o
          left join lateral (
              select r.days from shared r
               where r.period @> o.at and coalesce(r.team_id = o.team_id, true) and coalesce(r.stage = o.stage, true)
               order by r.stage is not null desc, r.team_id is not null desc limit 1) held on true
          left join lateral (
              select r.days from shared r
               where r.period @> now() and coalesce(r.team_id = o.team_id, true) and coalesce(r.stage = o.stage, true)
               order by r.stage is not null desc, r.team_id is not null desc limit 1) present on true
    )
    select o.team_id, o.at, o.client_id, o.coach_id, coalesce(l.occurred_at, o.started_at), l.occurred_at,
           -- Before the first rhythm was set, the present one.
           internal.due_at(o.started_at, l.occurred_at, coalesce(own.days, g.days, present.days, g.present_days))
      from open o
      join general g on g.at = o.at and g.team_id = o.team_id and g.stage = o.stage
      join contact c on c.trajectory_id = o.trajectory_id
     cross join lateral (select case when cardinality(c.moments) > 0 then c.moments[width_bucket(o.at, c.moments)] end
                             as occurred_at) l
      left join own on own.client_id = o.client_id and own.period @> o.at
      left join own present on present.client_id = o.client_id and present.period @> now();
end
$$;
