-- The journey: what happened, oldest or newest first; what was corrected as it stands now, or also as it was.
create function api.get_timeline(
    client_number text, newest_first boolean, stages traject.stage[] default null,
    kinds traject.event_kind[] default null, as_of timestamptz default null, page_size integer default null,
    page_token text default null, known_at timestamptz default null, with_superseded boolean default null)
returns setof api.timeline_entry language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetTimeline');
    client bigint := internal.client_id(client_number);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 100);
    after internal.list_position := internal.read_page_token(page_token);
    until timestamptz := coalesce(internal.as_of(as_of), 'infinity');
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    all_stages boolean := coalesce(cardinality(stages), 0) = 0;
    all_kinds boolean := coalesce(cardinality(kinds), 0) = 0;
    -- Stages, things that run and who guided, as they stood then.
    earlier boolean := num_nonnulls(as_of, known_at) > 0;
    spells traject.stage_spell[];
    items traject.item[];
    guides traject.guidance[];
begin
    if earlier then
        spells := array(select s from traject.trajectory y
                         cross join lateral unnest(internal.stage_spells(
                             internal.entries(municipality, y.trajectory_id, until, known, corrected))) s
                         where y.municipality_id = municipality and y.client_id = client);
        items := array(select i from traject.trajectory y
                        cross join lateral unnest(internal.items(
                             internal.entries(municipality, y.trajectory_id, until, known, corrected))) i
                        where y.municipality_id = municipality and y.client_id = client);
        guides := array(select g from traject.trajectory y
                         cross join lateral unnest(internal.guidance_periods(
                             internal.entries(municipality, y.trajectory_id, until, known, corrected))) g
                         where y.municipality_id = municipality and y.client_id = client);
    else
        spells := array(select s from traject.trajectory y
                          join traject.stage_spell s on s.municipality_id = municipality and s.trajectory_id = y.trajectory_id
                         where y.municipality_id = municipality and y.client_id = client);
        items := array(select i from traject.trajectory y
                         join traject.item i on i.municipality_id = municipality and i.trajectory_id = y.trajectory_id
                        where y.municipality_id = municipality and y.client_id = client);
        guides := array(select g from traject.trajectory y
                          join traject.guidance g on g.municipality_id = municipality and g.trajectory_id = y.trajectory_id
                         where y.municipality_id = municipality and y.client_id = client);
    end if;
    return query
    select * from internal.tell(municipality, array(
        select e
          from traject.trajectory y
          join traject.event e on e.municipality_id = y.municipality_id and e.trajectory_id = y.trajectory_id
         where y.municipality_id = municipality and y.client_id = client
           and e.occurred_at <= until and e.recorded_at <= known
           and (e.supersedes is null or e.recorded_at <= corrected)
           and (coalesce(with_superseded, false)
                or e.kind <> 'entry_withdrawn'
                   and not exists (select from traject.event c
                                    where c.municipality_id = e.municipality_id and c.supersedes = e.event_id
                                      and c.recorded_at <= least(known, corrected)))
           and (all_kinds or e.kind = any (kinds))
           and (all_stages
                or (select s.stage from unnest(spells) s
                     where s.trajectory_id = e.trajectory_id
                       and lower(s.period) <= e.occurred_at order by lower(s.period) desc limit 1) = any (stages))
           and (after.id is null
                or newest_first and (e.occurred_at, e.event_id) < (after.moment, after.id)
                or not newest_first and (e.occurred_at, e.event_id) > (after.moment, after.id))
         order by case when newest_first then e.occurred_at end desc, case when newest_first then e.event_id end desc,
                  e.occurred_at, e.event_id
         limit rows), spells, items, guides, known, corrected);
end
$$;
