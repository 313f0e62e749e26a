-- How long clients are in a stage.
create function api.get_stage_times(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.stage_time language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetStageTimes');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.key::traject.stage, internal.unless_few(q.clients, q.clients),
           internal.unless_few(q.clients, q.spells), internal.unless_few(q.clients, q.running),
           internal.unless_few(q.clients, q.median_days), internal.unless_few(q.clients, q.p90_days), q.key is null
      from (select f.team_id, case when f.apart then f.key end as key, count(distinct f.client_id) as clients,
                   count(*) as spells, count(*) filter (where 'running' = any (f.marks)) as running,
                   percentile_disc(0.5) within group (order by f.days) as median_days,
                   percentile_disc(0.9) within group (order by f.days) as p90_days
              from internal.counted_for('times', of_team, period) f
             group by 1, 2) q
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = q.team_id
     order by t.name, q.key::traject.stage;
end
$$;
