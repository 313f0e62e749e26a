-- The clients guided in the period, by how many coaches they had in it; a mark for each story told anew.
create function internal.figure_coaches(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 20000 as $$
#variable_conflict use_column
begin
    return query
    with had as (
        select s.team_id, s.client_id, count(distinct a.coach_id) as coaches, max(lower(a.period)) as last_since,
               (array_agg(a.coach_id order by lower(a.period) desc))[1] as last_coach
          from traject.trajectory_state s
          join traject.coach_assignment a on a.municipality_id = s.municipality_id and a.trajectory_id = s.trajectory_id
               and a.period && $2
         where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team)
         group by s.team_id, s.client_id
    ), retold as (
        select s.team_id, s.client_id, array_agg('story_retold'::text) as marks
          from traject.item i
          join traject.trajectory_state s on s.municipality_id = i.municipality_id and s.trajectory_id = i.trajectory_id
         where i.municipality_id = (select session.municipality_id()) and i.kind = 'coach_handover' and i.story_retold
           and i.opened_at <@ $2
         group by s.team_id, s.client_id
    )
    select h.team_id, upper($2), h.coaches::text, h.client_id, h.last_coach, h.last_since, null::integer,
           coalesce(r.marks, '{}'), null::boolean
      from had h
      left join retold r on r.team_id = h.team_id and r.client_id = h.client_id;
end
$$;
