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
    with open as (
        select o.team_id, o.at, count(distinct o.client_id) as clients
          from internal.open_at_month_ends(of_team, period) o group by 1, 2
    ), silent as (
        select f.team_id, f.at, case when f.apart then f.key end as key, count(distinct f.client_id) as clients
          from internal.counted_for('silence', of_team, period) f group by 1, 2, 3
    )
    select t.name, o.at, l.days_min, l.days_max, internal.unless_few(s.clients, s.clients), s.key is null
      from open o
      -- That there was nobody in a team of few is about those few.
      left join silent s on s.team_id = o.team_id and s.at = o.at and not internal.few(o.clients)
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = o.team_id
      left join internal.silence_lengths() l on l.days_min = s.key::integer
     where s.clients is not null or internal.few(o.clients)
     order by t.name, o.at, l.days_min;
end
$$;
