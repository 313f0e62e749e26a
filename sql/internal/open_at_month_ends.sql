-- The trajectories that were open at the end of each month, with the stage, and the team and coach, of then: of the
-- caller's own teams.
create function internal.open_at_month_ends(of_team bigint, period tstzrange)
returns table (at timestamptz, trajectory_id bigint, client_id bigint, started_at timestamptz, team_id bigint,
               coach_id bigint, stage traject.stage, stage_since timestamptz)
language sql stable as $$
    select m.at, s.trajectory_id, s.client_id, s.started_at, a.team_id, a.coach_id, p.stage, lower(p.period)
      from traject.trajectory_state s
      join traject.coach_assignment a on a.municipality_id = s.municipality_id and a.trajectory_id = s.trajectory_id
      join traject.stage_spell p on p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
           and p.period && a.period
      join internal.month_ends($2) m (at) on m.at <@ a.period and m.at <@ p.period
     where s.municipality_id = (select session.municipality_id())
       and a.team_id = any ((select session.team_ids())::bigint[]) and (of_team is null or a.team_id = of_team)
$$;
