-- Entries as people are told them, in the order given: with the stage they fell in, the item they belong to and who
-- guided, of those given, and with what took their place, of what was known.
create function internal.tell(municipality bigint, entries traject.event[], spells traject.stage_spell[],
                              items traject.item[], guides traject.guidance[], known timestamptz default 'infinity',
                              corrected timestamptz default 'infinity')
returns setof api.timeline_entry language sql stable as $$
    select e.event_id, y.ordinal, e.kind, e.occurred_at, e.recorded_at,
           case when e.kind = 'entry_withdrawn' then internal.signed(r)
                else coalesce(internal.signed(r0), internal.signed(r)) end,
           internal.signed(w), spell.stage,
           case when e.kind = 'stage_moved' then
               case when e.occurred_at = lower(spell.period) then spell.from_stage else spell.stage end end,
           e.channel, e.counterpart, e.reached, e.words, e.reason, e.trajectory_kind, e.outcome, t.name, m.name, p.name,
           p2.name, e.rhythm_days, e.activity, internal.page_token(true, e.occurred_at, e.event_id), e.item_id,
           coalesce(e.what, i.what), e.initiator, e.direction, e.form, e.contract, trim_scale(e.hours)::text,
           e.percentage, e.by_whom, coalesce(e.scheme, i.scheme), e.ending, e.guide, e.guidance_form, e.every_days,
           e.theme, e.factor, coalesce(e.party, i.party), e.begins_at, e.due_at, e.grouped_as, e.relation,
           e.may_be_told,
           array_remove(array[
               case when e.talked_through_with_client then 'talked through with the client' end,
               case when e.guidance_needs_shared then 'guidance needs shared' end,
               case when e.absence_and_dropout_discussed then 'absence and dropout discussed' end,
               case when e.fallback_agreed then 'fallback agreed' end,
               case when e.record_read then 'record read' end,
               case when e.introduced_to_client then 'introduced to the client' end,
               case when e.agreements_passed_on then 'agreements passed on' end,
               case when e.story_retold then 'the story was told anew' end], null),
           array(select n.what from unnest(items) n where n.item_id = any (coalesce(o.included, e.included)) order by n.item_id),
           e.supersedes, e.correction_reason, c.event_id, coalesce(c.kind = 'entry_withdrawn', false),
           case when o.kind is not null and e.kind <> 'entry_withdrawn' then internal.signed(r) end,
           case when e.kind = 'entry_withdrawn' then o.kind end, coalesce(e.audience, k.audience),
           coalesce(e.audience, k.words_audience), e.about_id, e.external_id
      from unnest(entries) with ordinality e
      join traject.trajectory y on y.municipality_id = municipality and y.trajectory_id = e.trajectory_id
      join lateral (select s.* from unnest(spells) s
                     where s.trajectory_id = e.trajectory_id
                     order by lower(s.period) <= e.occurred_at desc,
                              case when lower(s.period) <= e.occurred_at then lower(s.period) end desc, lower(s.period)
                     limit 1) spell on true
      join traject.worker r on r.municipality_id = municipality and r.worker_id = e.recorded_by
      join (select n.kind, n.audience, n.words_audience from traject.event_rule n) k on k.kind = e.kind
      -- The first of a correction's or a withdrawal's entries.
      left join traject.event o on o.municipality_id = municipality and o.event_id = e.entry_id
      left join traject.worker r0 on r0.municipality_id = municipality and r0.worker_id = o.recorded_by
      left join traject.worker w on w.municipality_id = municipality and w.worker_id = e.worker_id
      left join traject.team t on t.municipality_id = municipality and t.team_id = e.team_id
      left join unnest(items) i on i.item_id = e.item_id
      left join traject.employer m on m.municipality_id = municipality
           and m.employer_id = coalesce(e.employer_id, case when i.kind <> 'coach_handover' then i.employer_id end)
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = e.employer_id
           and p.person_id = e.person_id
      -- Who is the second person when guidance moves was said before.
      left join unnest(guides) g on e.kind = 'handover_completed' and g.trajectory_id = e.trajectory_id
           and lower(g.period) = e.occurred_at
      left join traject.employer_person p2 on p2.municipality_id = municipality and p2.employer_id = e.employer_id
           and p2.person_id = coalesce(e.second_person_id, g.second_person_id)
      left join traject.event c on c.municipality_id = municipality and c.supersedes = e.event_id
           and c.recorded_at <= least(known, corrected)
     order by e.ordinality
$$;
