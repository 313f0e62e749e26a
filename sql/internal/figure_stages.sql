-- Who was where at the end of each month, in the team of then.
create function internal.figure_stages(of_team bigint, period tstzrange) returns setof internal.counted
language sql stable as $$
    with spell as materialized (
        select p.trajectory_id, p.stage, p.period
          from traject.stage_spell p
         where p.municipality_id = (select session.municipality_id())
           and p.period && tstzrange(lower($2), upper($2), '[]')
    ), assignment as materialized (
        select a.trajectory_id, a.team_id, a.coach_id, a.period
          from traject.coach_assignment a
         where a.municipality_id = (select session.municipality_id())
           and a.period && tstzrange(lower($2), upper($2), '[]')
           and a.team_id = any ((select session.team_ids())::bigint[]) and (of_team is null or a.team_id = of_team)
    )
    select a.team_id, m.at, p.stage::text, s.client_id, a.coach_id, lower(p.period),
           internal.days_between(lower(p.period), m.at), '{}'::text[], null::boolean
      from assignment a
      join spell p on p.trajectory_id = a.trajectory_id and p.period && a.period
      join traject.trajectory_state s on s.municipality_id = (select session.municipality_id())
           and s.trajectory_id = a.trajectory_id
      join internal.month_ends($2) m (at) on m.at <@ a.period and m.at <@ p.period
$$;
