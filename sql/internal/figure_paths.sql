-- The trajectories that ran in the period, each by the stages that it went through up to its end.
create function internal.figure_paths(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 20000 as $$
#variable_conflict use_column
begin
    return query
    select s.team_id, upper($2), path.stages, s.client_id, s.coach_id, y.started_at,
           internal.days_between(y.started_at, least(y.ended_at, upper($2))), path.marks, null::boolean
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
           and tstzrange(y.started_at, y.ended_at) && $2
     cross join lateral (
         select string_agg(internal.spoken(p.stage), ' > ' order by lower(p.period)) as stages,
                array_remove(array_agg(
                    case when traject.stage_number(p.stage) < traject.stage_number(p.from_stage) then 'back'
                         when traject.stage_number(p.stage) > traject.stage_number(p.from_stage) + 1 then 'skipped'
                    end order by lower(p.period)), null) as marks
           from traject.stage_spell p
          where p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
            and lower(p.period) < upper($2)) path
     where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team);
end
$$;
