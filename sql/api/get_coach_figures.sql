-- How many coaches clients had, and how often a story was told anew.
create function api.get_coach_figures(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.coach_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetCoachFigures');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.key::integer, internal.unless_few(q.clients, q.clients),
           internal.unless_few(q.clients, q.stories_retold), q.key is null
      from (select f.team_id, case when f.apart then f.key end as key, count(distinct f.client_id) as clients,
                   sum(cardinality(f.marks)) as stories_retold
              from internal.counted_for('coaches', of_team, period) f
             group by 1, 2) q
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = q.team_id
     order by t.name, q.key::integer;
end
$$;
