-- For each team of how many clients a trajectory ran within the period, and how often nobody guided one of them, which
-- is to be never. Counted, not taken for granted.
create function internal.gaps_in_guidance(of_team bigint, period tstzrange)
returns table (team_id bigint, clients bigint, gaps bigint)
language plpgsql stable rows 100 as $$
#variable_conflict use_column
begin
    return query
    select s.team_id, count(distinct s.client_id),
           sum(case when ran.period <@ g.guided then 0
                    else (select count(*) from unnest(tstzmultirange(ran.period) - coalesce(g.guided, '{}'))) end)::bigint
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
     cross join lateral (select tstzrange(y.started_at, y.ended_at) * $2 as period) ran
     cross join lateral (select range_agg(g.period) as guided from traject.guidance g
                          where g.municipality_id = s.municipality_id and g.trajectory_id = s.trajectory_id) g
     where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team)
       and s.team_id = any (session.team_ids())
       and not isempty(ran.period)
     group by s.team_id;
end
$$;
