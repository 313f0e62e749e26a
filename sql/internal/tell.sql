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
    ordinals integer[];
    begins timestamptz[];
    stages traject.stage[];
    before traject.stage[];
    -- Of each kind and each worker there are few.
    kinds traject.event_kind[];
    audiences traject.audience[];
    words_audiences traject.audience[];
    workers bigint[];
    names text[];
    corrections traject.event[] := array(
        select c from traject.event c
         where c.municipality_id = municipality and c.supersedes = any (array(select e.event_id from unnest(entries) e))
           and c.recorded_at <= counted);
begin
    select array_agg(s.trajectory_id), array_agg(y.ordinal), array_agg(lower(s.period)), array_agg(s.stage),
           array_agg(s.from_stage)
      into trajectories, ordinals, begins, stages, before
      from (select * from unnest(spells) n order by lower(n.period)) s
     cross join lateral (select n.ordinal from traject.trajectory n
                          where n.municipality_id = municipality and n.trajectory_id = s.trajectory_id offset 0) y;
    select array_agg(k.kind), array_agg(k.audience), array_agg(k.words_audience) into kinds, audiences, words_audiences
      from traject.event_rule k where k.kind = any (array(select e.kind from unnest(entries) e));
    select array_agg(w.worker_id), array_agg(internal.signed(w, for_outside)) into workers, names
      from traject.worker w
     where w.municipality_id = municipality
       and w.worker_id = any (array(select e.recorded_by from unnest(entries) e)
                              || array(select e.worker_id from unnest(entries) e where e.worker_id is not null));
    -- What belongs to an entry is looked up where the answer is put together: with so many columns, each join costs
    -- more than all that it would find.
    return query
    select e.event_id,
           ordinals[array_position(trajectories, e.trajectory_id)], e.kind, e.occurred_at, e.recorded_at,
           case when e.kind <> 'entry_withdrawn' and e.entry_id is not null then
               internal.signed_by(municipality, (internal.entry_of(municipality, e.entry_id)).recorded_by, for_outside)
           else names[array_position(workers, e.recorded_by)] end,
           names[array_position(workers, e.worker_id)],
           stages[internal.spell_at(trajectories, begins, e.trajectory_id, e.occurred_at)],
           case when e.kind <> 'stage_moved' then null
                when e.occurred_at = begins[internal.spell_at(trajectories, begins, e.trajectory_id, e.occurred_at)] then
                    before[internal.spell_at(trajectories, begins, e.trajectory_id, e.occurred_at)]
                else stages[internal.spell_at(trajectories, begins, e.trajectory_id, e.occurred_at)] end,
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
                    internal.person_name(municipality, e.employer_id,
                                         internal.second_person_from(guides, e.trajectory_id, e.occurred_at)) end,
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
           case when e.entry_id is not null then
                    internal.names_of(items, coalesce((internal.entry_of(municipality, e.entry_id)).included, e.included))
                when e.included is not null then internal.names_of(items, e.included)
                else '{}' end,
           e.supersedes, e.correction_reason,
           case when cardinality(corrections) > 0 then
               (select c.event_id from unnest(corrections) c where c.supersedes = e.event_id) end,
           cardinality(corrections) > 0
               and exists (select from unnest(corrections) c where c.supersedes = e.event_id and c.kind = 'entry_withdrawn'),
           case when e.entry_id is not null and e.kind <> 'entry_withdrawn' then
               names[array_position(workers, e.recorded_by)] end,
           case when e.kind = 'entry_withdrawn' then (internal.entry_of(municipality, e.entry_id)).kind end,
           coalesce(e.audience, audiences[array_position(kinds, e.kind)]),
           coalesce(e.audience, words_audiences[array_position(kinds, e.kind)]),
           e.about_id, e.external_id
      from unnest(entries) with ordinality e
      left join (select n.item_id, n.kind, n.what, n.scheme, n.party, n.employer_id from unnest(items) n) i
        on i.item_id = e.item_id
     where begins is not null
     order by e.ordinality;
end
$$;

-- Which spell a moment of a trajectory falls in, of spells by when they began: the last that had begun by then, or the
-- first one.
create function internal.spell_at(trajectories bigint[], begins timestamptz[], trajectory bigint, moment timestamptz)
returns integer language plpgsql immutable as $$
declare
    place integer := width_bucket(moment, begins);
begin
    if trajectories[place] = trajectory then
        return place;
    end if;
    -- It lies between two trajectories.
    return (select p.n from generate_subscripts(begins, 1) p (n)
             where trajectories[p.n] = trajectory
             order by begins[p.n] <= moment desc, case when begins[p.n] <= moment then -p.n else p.n end limit 1);
end
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
