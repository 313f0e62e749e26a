-- The journey: what happened, oldest or newest first.
create function api.get_timeline(
    client_number text, newest_first boolean, stages traject.stage[] default null,
    kinds traject.event_kind[] default null, as_of timestamptz default null, page_size integer default null,
    page_token text default null)
returns setof api.timeline_entry language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    client bigint := internal.client_id(client_number);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 100);
    after internal.list_position := internal.read_page_token(page_token);
    until timestamptz := coalesce(internal.as_of(as_of), 'infinity');
    all_stages boolean := coalesce(cardinality(stages), 0) = 0;
    all_kinds boolean := coalesce(cardinality(kinds), 0) = 0;
begin
    return query
    select e.event_id, y.ordinal, e.kind, e.occurred_at, e.recorded_at, r.name, w.name, e.stage, e.from_stage, e.channel,
           e.counterpart, e.reached, e.words, e.reason, e.trajectory_kind, e.outcome, t.name, m.name, p.name, p2.name,
           e.rhythm_days, e.activity, internal.page_token(true, e.occurred_at, e.event_id)
      from (select e.*
              from traject.trajectory y
              join traject.event e on e.municipality_id = y.municipality_id and e.trajectory_id = y.trajectory_id
             where y.municipality_id = municipality and y.client_id = client and e.occurred_at <= until
               and (all_stages or e.stage = any (stages)) and (all_kinds or e.kind = any (kinds))
               and (after.id is null
                    or newest_first and (e.occurred_at, e.event_id) < (after.moment, after.id)
                    or not newest_first and (e.occurred_at, e.event_id) > (after.moment, after.id))
             order by case when newest_first then e.occurred_at end desc, case when newest_first then e.event_id end desc,
                      e.occurred_at, e.event_id
             limit rows) e
      join traject.trajectory y on y.municipality_id = municipality and y.trajectory_id = e.trajectory_id
      join traject.worker r on r.municipality_id = municipality and r.worker_id = e.recorded_by
      left join traject.worker w on w.municipality_id = municipality and w.worker_id = e.worker_id
      left join traject.team t on t.municipality_id = municipality and t.team_id = e.team_id
      left join traject.employer m on m.municipality_id = municipality and m.employer_id = e.employer_id
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = e.employer_id
           and p.person_id = e.person_id
      left join traject.employer_person p2 on p2.municipality_id = municipality and p2.employer_id = e.employer_id
           and p2.person_id = e.second_person_id
     order by case when newest_first then e.occurred_at end desc, case when newest_first then e.event_id end desc,
              e.occurred_at, e.event_id;
end
$$;
