-- Agreements kept, by who was to do it.
create function api.get_agreement_figures(
    team text default null, since timestamptz default null, until timestamptz default null)
returns setof api.agreement_figure language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetAgreementFigures');
    of_team bigint := internal.figure_team(team);
    period tstzrange := internal.figure_period(since, until);
begin
    return query
    select t.name, q.key::traject.agreement_party, internal.unless_few(q.clients, q.clients),
           internal.unless_few(q.clients, q.made), internal.unless_few(q.clients, q.kept),
           internal.unless_few(q.clients, q.not_kept), internal.unless_few(q.clients, q.changed),
           internal.unless_few(q.clients, q.overdue),
           internal.unless_few(q.clients, internal.percent(q.kept, q.kept + q.not_kept)), q.key is null
      from (select f.team_id, case when f.apart then f.key end as key, count(distinct f.client_id) as clients,
                   count(*) as made, count(*) filter (where 'kept' = any (f.marks)) as kept,
                   count(*) filter (where 'not_kept' = any (f.marks)) as not_kept,
                   count(*) filter (where 'changed' = any (f.marks)) as changed,
                   count(*) filter (where 'overdue' = any (f.marks)) as overdue
              from internal.counted_for('agreements', of_team, period) f
             group by 1, 2) q
      join traject.team t on t.municipality_id = (select session.municipality_id()) and t.team_id = q.team_id
     order by t.name, q.key::traject.agreement_party;
end
$$;
