-- Entries as people are told them, in the order given: with the stage they fell in, the item they belong to and who
-- guided, of those given, and with what took their place, of what was known. As the owner: who may see the entries may
-- know the names in them.
create function internal.tell(municipality bigint, entries traject.event[], spells traject.stage_spell[],
                              items traject.item[], guides traject.guidance[], known timestamptz default 'infinity',
                              corrected timestamptz default 'infinity')
returns setof api.timeline_entry language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    for_outside boolean := session.role() in ('employer', 'client');
    counted timestamptz := least(known, corrected);
    -- The spells, by when they began.
    trajectories bigint[];
    begins timestamptz[];
    stages traject.stage[];
    before traject.stage[];
begin
    select array_agg(s.trajectory_id), array_agg(lower(s.period)), array_agg(s.stage), array_agg(s.from_stage)
      into trajectories, begins, stages, before
      from (select * from unnest(spells) n order by lower(n.period)) s;
    return query
    select e.event_id, y.ordinal, e.kind, e.occurred_at, e.recorded_at,
           case when e.kind <> 'entry_withdrawn' and (first.entry).kind is not null then
               internal.signed_by(municipality, (first.entry).recorded_by, for_outside)
           else internal.signed(r, for_outside) end,
           case when e.worker_id is not null then internal.signed_by(municipality, e.worker_id, for_outside) end,
           stages[s.n],
           case when e.kind = 'stage_moved' then
               case when e.occurred_at = begins[s.n] then before[s.n] else stages[s.n] end end,
           e.channel, e.counterpart, e.reached, e.words, e.reason, e.trajectory_kind, e.outcome,
           case when e.team_id is not null then
               (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = e.team_id) end,
           case when coalesce(e.employer_id, i.employer_id) is not null then
               (select m.name from traject.employer m
                 where m.municipality_id = municipality
                   and m.employer_id = coalesce(e.employer_id, case when i.kind <> 'coach_handover' then i.employer_id end))
           end,
           case when e.person_id is not null then internal.person_name(municipality, e.employer_id, e.person_id) end,
           case when e.second_person_id is not null then internal.person_name(municipality, e.employer_id, e.second_person_id)
                -- Who is the second person when guidance moves was said before.
                when e.kind = 'handover_completed' then
                    (select internal.person_name(municipality, e.employer_id, g.second_person_id) from unnest(guides) g
                      where g.trajectory_id = e.trajectory_id and lower(g.period) = e.occurred_at) end,
           e.rhythm_days, e.activity, internal.page_token(true, e.occurred_at, e.event_id), e.item_id,
           coalesce(e.what, i.what), e.initiator, e.direction, e.form, e.contract, trim_scale(e.hours)::text,
           e.percentage, e.by_whom, coalesce(e.scheme, i.scheme), e.ending, e.guide, e.guidance_form, e.every_days,
           e.theme, e.factor, coalesce(e.party, i.party), e.begins_at, e.due_at, e.grouped_as, e.relation,
           e.may_be_told,
           case when num_nonnulls(e.talked_through_with_client, e.guidance_needs_shared, e.absence_and_dropout_discussed,
                                  e.fallback_agreed, e.record_read, e.introduced_to_client, e.agreements_passed_on,
                                  e.story_retold) = 0 then '{}'
           else array_remove(array[
               case when e.talked_through_with_client then 'talked through with the client' end,
               case when e.guidance_needs_shared then 'guidance needs shared' end,
               case when e.absence_and_dropout_discussed then 'absence and dropout discussed' end,
               case when e.fallback_agreed then 'fallback agreed' end,
               case when e.record_read then 'record read' end,
               case when e.introduced_to_client then 'introduced to the client' end,
               case when e.agreements_passed_on then 'agreements passed on' end,
               case when e.story_retold then 'the story was told anew' end], null) end,
           case when coalesce((first.entry).included, e.included) is null then '{}'
           else array(select n.what from unnest(items) n where n.item_id = any (coalesce((first.entry).included, e.included))
                       order by n.item_id) end,
           e.supersedes, e.correction_reason, c.event_id, coalesce(c.kind = 'entry_withdrawn', false),
           case when (first.entry).kind is not null and e.kind <> 'entry_withdrawn' then internal.signed(r, for_outside) end,
           case when e.kind = 'entry_withdrawn' then (first.entry).kind end, coalesce(e.audience, k.audience),
           coalesce(e.audience, k.words_audience), e.about_id, e.external_id
      from unnest(entries) with ordinality e
     -- The last spell of the trajectory that had begun by then, or its first. Where entries lie between two
     -- trajectories it is looked for.
     cross join lateral (select case when trajectories[b.n] = e.trajectory_id then b.n
                                else (select p.n from generate_subscripts(begins, 1) p (n)
                                       where trajectories[p.n] = e.trajectory_id
                                       order by begins[p.n] <= e.occurred_at desc,
                                                case when begins[p.n] <= e.occurred_at then -p.n else p.n end limit 1)
                                end as n
                           from (select width_bucket(e.occurred_at, begins) as n) b offset 0) s
     -- The first of a correction's or a withdrawal's entries.
     cross join lateral (select case when e.entry_id is not null then internal.entry_of(municipality, e.entry_id) end as entry
                         offset 0) first
      join traject.trajectory y on y.municipality_id = municipality and y.trajectory_id = e.trajectory_id
      join traject.worker r on r.municipality_id = municipality and r.worker_id = e.recorded_by
      join (select n.kind, n.audience, n.words_audience from traject.event_rule n) k on k.kind = e.kind
      left join unnest(items) i on i.item_id = e.item_id
      left join traject.event c on c.municipality_id = municipality and c.supersedes = e.event_id
           and c.recorded_at <= counted
     where s.n is not null
     order by e.ordinality;
end
$$;

create function internal.entry_of(municipality bigint, event bigint) returns traject.event language plpgsql stable as $$
begin
    return (select e from traject.event e where e.municipality_id = municipality and e.event_id = event);
end
$$;

create function internal.person_name(municipality bigint, employer bigint, person bigint) returns text
language plpgsql stable as $$
begin
    return (select p.name from traject.employer_person p
             where p.municipality_id = municipality and p.employer_id = employer and p.person_id = person);
end
$$;
