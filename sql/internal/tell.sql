-- Entries as people are told them, in the order given: with the stage they fell in, the item they belong to and who
-- guided, of those given, the spells by when they began; and with what took their place, of what was known, unless it is
-- known that nothing did; for_outside, those who recorded them by their full names. As the owner: who may see the entries may
-- know the names in them.
--
-- What belongs to entries is looked up once for all, in arrays: to set up a statement over rows with so many columns, or a
-- join of them, costs more than all that it would find.
create function internal.tell(municipality bigint, entries traject.event[], spells traject.stage_spell[],
                              items traject.item[], guides traject.guidance[], known timestamptz default 'infinity',
                              corrected timestamptz default 'infinity', uncorrected boolean default false,
                              for_outside boolean default false)
returns setof api.timeline_entry language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    counted timestamptz := least(known, corrected);
    entry traject.event;
    event_ids bigint[];
    entry_workers bigint[];
    entry_kinds traject.event_kind[];
    spell traject.stage_spell;
    trajectories bigint[];
    begins timestamptz[];
    stages traject.stage[];
    before traject.stage[];
    -- Of most clients there is one.
    one_trajectory boolean;
    item traject.item;
    item_ids bigint[];
    of_ordinal bigint[];
    ordinals integer[];
    kinds traject.event_kind[];
    audiences traject.audience[];
    words_audiences traject.audience[];
    workers bigint[];
    names text[];
    superseded bigint[];
    corrections bigint[];
    withdrawals boolean[];
begin
    foreach entry in array entries loop
        event_ids := event_ids || entry.event_id;
        entry_workers := entry_workers || entry.recorded_by || entry.worker_id;
        entry_kinds := entry_kinds || entry.kind;
    end loop;
    foreach spell in array spells loop
        trajectories := trajectories || spell.trajectory_id;
        begins := begins || lower(spell.period);
        stages := stages || spell.stage;
        before := before || spell.from_stage;
    end loop;
    one_trajectory := trajectories[1] = all (trajectories);
    foreach item in array coalesce(items, '{}') loop
        item_ids := item_ids || item.item_id;
    end loop;
    select y.ids, y.ordinals, k.kinds, k.audiences, k.words_audiences, w.ids, w.names
      into of_ordinal, ordinals, kinds, audiences, words_audiences, workers, names
      from (select array_agg(n.trajectory_id) as ids, array_agg(n.ordinal) as ordinals from traject.trajectory n
             where n.municipality_id = municipality and n.trajectory_id = any (trajectories)) y,
           (select array_agg(n.kind) as kinds, array_agg(n.audience) as audiences,
                   array_agg(n.words_audience) as words_audiences
              from traject.event_rule n where n.kind = any (entry_kinds)) k,
           (select array_agg(n.worker_id) as ids, array_agg(internal.signed(n, for_outside)) as names from traject.worker n
             where n.municipality_id = municipality and n.worker_id = any (entry_workers)) w;
    if not uncorrected then
        select array_agg(c.supersedes), array_agg(c.event_id), array_agg(c.kind = 'entry_withdrawn')
          into superseded, corrections, withdrawals
          from traject.event c
         where c.municipality_id = municipality and c.supersedes = any (event_ids) and c.recorded_at <= counted;
    end if;
    return query
    select e.event_id,
           ordinals[array_position(of_ordinal, e.trajectory_id)], e.kind, e.occurred_at, e.recorded_at,
           case when e.kind <> 'entry_withdrawn' and e.entry_id is not null then
               internal.signed_by(municipality, (internal.entry_of(municipality, e.entry_id)).recorded_by, for_outside)
           else names[array_position(workers, e.recorded_by)] end,
           names[array_position(workers, e.worker_id)],
           stages[internal.spell_at(one_trajectory, trajectories, begins, e.trajectory_id, e.occurred_at)],
           case when e.kind <> 'stage_moved' then null
                when e.occurred_at = begins[internal.spell_at(one_trajectory, trajectories, begins, e.trajectory_id, e.occurred_at)] then
                    before[internal.spell_at(one_trajectory, trajectories, begins, e.trajectory_id, e.occurred_at)]
                else stages[internal.spell_at(one_trajectory, trajectories, begins, e.trajectory_id, e.occurred_at)] end,
           e.channel, e.counterpart, e.reached, e.words, e.reason, e.trajectory_kind, e.outcome,
           case when e.team_id is not null then
               (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = e.team_id) end,
           case when e.employer_id is not null or e.item_id is not null then
               (select m.name from traject.employer m
                 where m.municipality_id = municipality
                   and m.employer_id = coalesce(e.employer_id,
                           case when (items[array_position(item_ids, e.item_id)]).kind <> 'coach_handover' then
                               (items[array_position(item_ids, e.item_id)]).employer_id end)) end,
           case when e.person_id is not null then internal.person_name(municipality, e.employer_id, e.person_id) end,
           case when e.second_person_id is not null then internal.person_name(municipality, e.employer_id, e.second_person_id)
                -- Who is the second person when guidance moves was said before.
                when e.kind = 'handover_completed' then
                    internal.person_name(municipality, e.employer_id,
                                         internal.second_person_from(guides, e.trajectory_id, e.occurred_at)) end,
           e.rhythm_days, e.activity, internal.page_token(true, e.occurred_at, e.event_id), e.item_id,
           coalesce(e.what, (items[array_position(item_ids, e.item_id)]).what), e.initiator, e.direction, e.form, e.contract,
           trim_scale(e.hours)::text, e.percentage, e.by_whom,
           coalesce(e.scheme, (items[array_position(item_ids, e.item_id)]).scheme), e.ending, e.guide, e.guidance_form,
           e.every_days, e.theme, e.factor, coalesce(e.party, (items[array_position(item_ids, e.item_id)]).party), e.begins_at,
           e.due_at, e.grouped_as, e.relation, e.may_be_told,
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
           case when e.entry_id is not null then
                    internal.names_of(items, coalesce((internal.entry_of(municipality, e.entry_id)).included, e.included))
                when e.included is not null then internal.names_of(items, e.included)
                else '{}' end,
           e.supersedes, e.correction_reason, corrections[array_position(superseded, e.event_id)],
           coalesce(withdrawals[array_position(superseded, e.event_id)], false),
           case when e.entry_id is not null and e.kind <> 'entry_withdrawn' then
               names[array_position(workers, e.recorded_by)] end,
           case when e.kind = 'entry_withdrawn' then (internal.entry_of(municipality, e.entry_id)).kind end,
           coalesce(e.audience, audiences[array_position(kinds, e.kind)]),
           coalesce(e.audience, words_audiences[array_position(kinds, e.kind)]),
           e.about_id, e.external_id
      -- In the order of the array, since nothing is joined to it. What came before its trajectory began, as that was known
      -- to begin, fell in no stage.
      from unnest(entries) e where e.trajectory_id = any (trajectories);
end
$$;

-- Which spell a moment of a trajectory falls in, of spells by when they began: the last that had begun by then, or the
-- first one.
create function internal.spell_among(trajectories bigint[], begins timestamptz[], trajectory bigint, moment timestamptz)
returns integer language plpgsql immutable as $$
begin
    return (select p.n from generate_subscripts(begins, 1) p (n)
             where trajectories[p.n] = trajectory
             order by begins[p.n] <= moment desc, case when begins[p.n] <= moment then -p.n else p.n end limit 1);
end
$$;
create function internal.spell_at(one_trajectory boolean, trajectories bigint[], begins timestamptz[], trajectory bigint,
                                  moment timestamptz) returns integer language sql immutable as $$
    select case when one_trajectory then greatest(width_bucket(moment, begins), 1)
                else internal.spell_among(trajectories, begins, trajectory, moment) end
$$;

create function internal.second_person_from(guides traject.guidance[], trajectory bigint, moment timestamptz) returns bigint
language plpgsql immutable as $$
begin
    return (select g.second_person_id from unnest(guides) g where g.trajectory_id = trajectory and lower(g.period) = moment);
end
$$;

create function internal.names_of(items traject.item[], included bigint[]) returns traject.sealed[]
language plpgsql immutable as $$
begin
    return array(select n.what from unnest(items) n where n.item_id = any (included) order by n.item_id);
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
