-- Clients past the agreed rhythm at the end of each month, by how long.
create function api.get_silence_figures(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.silence_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetSilenceFigures');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.at, l.days_min, l.days_max, internal.unless_few(q.clients, q.clients), q.key is null
      from (select f.team_id, f.at, case when f.apart then f.key end as key, count(distinct f.client_id) as clients
              from internal.counted_for('silence', of_team, period) f
             group by 1, 2, 3) q
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = q.team_id
      left join internal.silence_lengths() l on l.days_min = q.key::integer
     order by t.name, q.at, l.days_min;
end
$$;
