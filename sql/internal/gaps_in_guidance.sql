-- For each team the moments within the period at which nobody guided a trajectory of it that ran: how often, which is
-- to be never. Counted, not taken for granted.
create function internal.gaps_in_guidance(of_team bigint, period tstzrange) returns table (team_id bigint, gaps bigint)
language sql stable as $$
    select s.team_id,
           sum(case when ran.period <@ g.guided then 0
                    else (select count(*) from unnest(tstzmultirange(ran.period) - coalesce(g.guided, '{}'))) end)
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
     cross join lateral (select tstzrange(y.started_at, y.ended_at) * $2 as period) ran
      left join (select g.trajectory_id, range_agg(g.period) as guided
                   from traject.guidance g
                  where g.municipality_id = (select session.municipality_id())
                  group by g.trajectory_id) g on g.trajectory_id = s.trajectory_id
     where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team)
       and not isempty(ran.period)
     group by s.team_id
$$;
