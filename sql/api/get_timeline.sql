-- The journey: what happened, oldest or newest first; what was corrected as it stands now, or also as it was.
create function api.get_timeline(
    client_number text, newest_first boolean, stages traject.stage[] default null,
    kinds traject.event_kind[] default null, as_of timestamptz default null, page_size integer default null,
    page_token text default null, known_at timestamptz default null, with_superseded boolean default null)
returns setof api.timeline_entry language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    client bigint := internal.client_id(client_number);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 100);
    after internal.list_position := internal.read_page_token(page_token);
    until timestamptz := coalesce(internal.as_of(as_of), 'infinity');
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    all_stages boolean := coalesce(cardinality(stages), 0) = 0;
    all_kinds boolean := coalesce(cardinality(kinds), 0) = 0;
    -- Stages and things that run, as they stood then.
    earlier boolean := num_nonnulls(as_of, known_at) > 0;
    spells traject.stage_spell[];
    items traject.item[];
begin
    if earlier then
        spells := array(select s from traject.trajectory y
                         cross join lateral internal.stage_spells(municipality, y.trajectory_id, until, known, corrected) s
                         where y.municipality_id = municipality and y.client_id = client);
        items := array(select i from traject.trajectory y
                        cross join lateral internal.items(municipality, y.trajectory_id, until, known, corrected) i
                        where y.municipality_id = municipality and y.client_id = client);
    else
        spells := array(select s from traject.trajectory y
                          join traject.stage_spell s on s.municipality_id = municipality and s.trajectory_id = y.trajectory_id
                         where y.municipality_id = municipality and y.client_id = client);
        items := array(select i from traject.trajectory y
                         join traject.item i on i.municipality_id = municipality and i.trajectory_id = y.trajectory_id
                        where y.municipality_id = municipality and y.client_id = client);
    end if;
    return query
    select e.event_id, y.ordinal, e.kind, e.occurred_at, e.recorded_at, r.name, w.name, spell.stage,
           case when e.kind = 'stage_moved' then
               case when e.occurred_at = lower(spell.period) then spell.from_stage else spell.stage end end,
           e.channel, e.counterpart, e.reached, e.words, e.reason, e.trajectory_kind, e.outcome, t.name, m.name, p.name,
           p2.name, e.rhythm_days, e.activity, internal.page_token(true, e.occurred_at, e.event_id), e.item_id, e.what,
           e.initiator, e.direction, e.form, e.contract, e.hours::text, e.percentage, e.by_whom, e.scheme, e.ending,
           e.guide, e.guidance_form, e.every_days, coalesce(e.theme, i.theme), e.factor, e.party, e.begins_at, e.due_at,
           e.grouped_as, e.relation, e.may_be_told,
           array_remove(array[
               case when e.talked_through_with_client then 'talked through with the client' end,
               case when e.guidance_needs_shared then 'guidance needs shared' end,
               case when e.absence_and_dropout_discussed then 'absence and dropout discussed' end,
               case when e.fallback_agreed then 'fallback agreed' end,
               case when e.record_read then 'record read' end,
               case when e.introduced_to_client then 'introduced to the client' end,
               case when e.agreements_passed_on then 'agreements passed on' end,
               case when e.story_retold then 'the story was told anew' end], null),
           array(select n.what from traject.event_included l
                   join unnest(items) n on n.item_id = l.item_id
                  where l.municipality_id = municipality and l.event_id = coalesce(e.entry_id, e.event_id)
                  order by n.what),
           e.supersedes, e.correction_reason, c.event_id, coalesce(c.kind = 'entry_withdrawn', false)
      from (select e.*
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
             limit rows) e
      join traject.trajectory y on y.municipality_id = municipality and y.trajectory_id = e.trajectory_id
      join lateral (select s.* from unnest(spells) s
                     where s.trajectory_id = e.trajectory_id
                     order by lower(s.period) <= e.occurred_at desc,
                              case when lower(s.period) <= e.occurred_at then lower(s.period) end desc, lower(s.period)
                     limit 1) spell on true
      join traject.worker r on r.municipality_id = municipality and r.worker_id = e.recorded_by
      left join traject.worker w on w.municipality_id = municipality and w.worker_id = e.worker_id
      left join traject.team t on t.municipality_id = municipality and t.team_id = e.team_id
      left join unnest(items) i on i.item_id = e.item_id
      left join traject.employer m on m.municipality_id = municipality
           and m.employer_id = coalesce(e.employer_id, case when i.kind <> 'coach_handover' then i.employer_id end)
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = e.employer_id
           and p.person_id = e.person_id
      left join traject.employer_person p2 on p2.municipality_id = municipality and p2.employer_id = e.employer_id
           and p2.person_id = e.second_person_id
      left join traject.event c on c.municipality_id = municipality and c.supersedes = e.event_id
           and c.recorded_at <= least(known, corrected)
     order by case when newest_first then e.occurred_at end desc, case when newest_first then e.event_id end desc,
              e.occurred_at, e.event_id;
end
$$;
