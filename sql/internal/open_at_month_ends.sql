-- The trajectories that were open at the end of each month, with the stage, and the team and coach, of then: of the
-- caller's own teams. The periods are fetched once, before they are held against each month.
create function internal.open_at_month_ends(of_team bigint, period tstzrange)
returns table (at timestamptz, trajectory_id bigint, client_id bigint, started_at timestamptz, team_id bigint,
               coach_id bigint, stage traject.stage, stage_since timestamptz)
language plpgsql stable rows 100000 as $$
#variable_conflict use_column
begin
    return query
    with spent as materialized (
        select s.trajectory_id, s.client_id, s.started_at, a.team_id, a.coach_id, p.stage, lower(p.period) as stage_since,
               a.period * p.period as period
          from traject.trajectory_state s
          join traject.coach_assignment a on a.municipality_id = s.municipality_id and a.trajectory_id = s.trajectory_id
          join traject.stage_spell p on p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
         where s.municipality_id = (select session.municipality_id())
           and a.team_id = any (session.team_ids()) and (of_team is null or a.team_id = of_team)
    )
    select m.at, s.trajectory_id, s.client_id, s.started_at, s.team_id, s.coach_id, s.stage, s.stage_since
      from spent s
      join unnest(array(select internal.month_ends($2))) m (at) on m.at <@ s.period;
end
$$;
