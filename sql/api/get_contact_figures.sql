-- The share of clients within the agreed rhythm at the end of each month: of the team, and of each coach.
create function api.get_contact_figures(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.contact_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetContactFigures');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.at, w.name, internal.unless_few(q.clients, q.clients), internal.unless_few(q.clients, q.within),
           internal.unless_few(q.clients, internal.percent(q.within, q.clients)),
           internal.few(q.clients) or not q.whole and q.coach is null
      from (select f.team_id, f.at, case when f.apart then f.key end as coach,
                   grouping(case when f.apart then f.key end) = 1 as whole,
                   count(distinct f.client_id) as clients,
                   count(distinct f.client_id) filter (where 'within' = any (f.marks)) as within
              from internal.counted_for('contact', of_team, period) f
             group by grouping sets ((1, 2), (1, 2, 3))) q
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = q.team_id
      left join traject.worker w on w.municipality_id = t.municipality_id and w.worker_id = q.coach::bigint
     -- Of few people in all there is one row.
     where q.whole or not internal.few(q.clients)
     order by t.name, q.at, not q.whole, q.coach is null, w.name;
end
$$;
