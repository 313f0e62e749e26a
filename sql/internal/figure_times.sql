-- The spells in a stage that ran in the period, each as long as it was by its end.
create function internal.figure_times(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 20000 as $$
#variable_conflict use_column
begin
    return query
    select s.team_id, upper($2), p.stage::text, s.client_id, s.coach_id, lower(p.period),
           internal.days_between(lower(p.period), least(upper(p.period), upper($2))),
           case when coalesce(upper(p.period) > upper($2), true) then '{running}'::text[] else '{}' end, null::boolean
      from traject.trajectory_state s
      join traject.stage_spell p on p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
           and p.period && $2
     where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team);
end
$$;
