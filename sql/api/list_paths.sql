-- The paths that trajectories took, the most usual first.
create function api.list_paths(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.path_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListPaths');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.key, internal.unless_few(q.clients, q.clients), internal.unless_few(q.clients, q.trajectories),
           internal.unless_few(q.clients, q.moves_back), internal.unless_few(q.clients, q.moves_skipping), q.key is null
      from (select f.team_id, case when f.apart then f.key end as key, count(distinct f.client_id) as clients,
                   count(*) as trajectories,
                   sum(cardinality(array_positions(f.marks, 'back'))) as moves_back,
                   sum(cardinality(array_positions(f.marks, 'skipped'))) as moves_skipping
              from internal.counted_for('paths', of_team, period) f
             group by 1, 2) q
      join traject.team t on t.municipality_id = (select session.municipality_id()) and t.team_id = q.team_id
     order by t.name, q.key is null, q.trajectories desc, q.key;
end
$$;
