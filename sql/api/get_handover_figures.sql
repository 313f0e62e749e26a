-- How handovers went, how long from first work to handover, and that somebody guides all the time.
create function api.get_handover_figures(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.handover_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetHandoverFigures');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, internal.unless_few(n.about, n.clients), internal.unless_few(n.about, n.flagged),
           internal.unless_few(n.about, n.accepted), internal.unless_few(n.about, n.declined),
           internal.unless_few(n.about, n.withdrawn), internal.unless_few(n.about, n.completed),
           internal.unless_few(n.about, n.returned), internal.unless_few(n.clients_timed, n.median_days),
           internal.unless_few(n.clients_timed, n.p90_days), g.gaps::integer, internal.few(n.about)
      from internal.gaps_in_guidance(of_team, period) g
      join traject.team t on t.municipality_id = session.municipality_id() and t.team_id = g.team_id
      left join (select f.team_id, count(distinct f.client_id) as clients, count(*) as flagged,
                        count(*) filter (where 'accepted' = any (f.marks)) as accepted,
                        count(*) filter (where 'declined' = any (f.marks)) as declined,
                        count(*) filter (where 'withdrawn' = any (f.marks)) as withdrawn,
                        count(*) filter (where 'completed' = any (f.marks)) as completed,
                        count(*) filter (where 'returned' = any (f.marks)) as returned,
                        count(distinct f.client_id) filter (where f.days is not null) as clients_timed,
                        percentile_disc(0.5) within group (order by f.days) as median_days,
                        percentile_disc(0.9) within group (order by f.days) as p90_days
                   from internal.counted_for('handovers', of_team, period) f
                  group by f.team_id) h on h.team_id = g.team_id
     -- That none was flagged in a team of few is about those few.
     cross join lateral (select case when internal.few(g.clients) then g.clients else coalesce(h.clients, 0) end as about,
                                coalesce(h.clients, 0) as clients, coalesce(h.flagged, 0) as flagged,
                                coalesce(h.accepted, 0) as accepted, coalesce(h.declined, 0) as declined,
                                coalesce(h.withdrawn, 0) as withdrawn, coalesce(h.completed, 0) as completed,
                                coalesce(h.returned, 0) as returned, h.clients_timed, h.median_days, h.p90_days) n
     order by t.name;
end
$$;
