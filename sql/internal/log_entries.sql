-- What is told of a journey in an event log, and may come back from one: all but what is about the record more than the
-- journey, and people of the network, of whom nothing is left without their names.
create function internal.in_log(kind traject.event_kind) returns boolean language sql immutable parallel safe as $$
    select kind not in ('rhythm_set', 'entry_withdrawn', 'client_entry', 'correction_asked', 'correction_made',
                        'correction_declined', 'glass_broken', 'network_person_added', 'network_person_changed',
                        'network_person_ended')
$$;

-- An entry's id in a log: what it came with, else one that no entry of another record is likely to have too.
create function internal.log_id(entry traject.event) returns text language sql stable as $$
    select coalesce(entry.external_id,
                    format('entry-%s-%s', entry.event_id, floor(extract(epoch from entry.recorded_at))))
$$;

-- The entries of a trajectory as an event log has them, in their order, after that place. As the owner: the caller has
-- seen that the trajectory may be looked at, and may know the names in it.
create function internal.log_entries(municipality bigint, trajectory bigint, rows integer, after_moment timestamptz,
                                     after_end boolean, after_id bigint)
returns setof api.log_entry language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    spells_from timestamptz[];
    stages traject.stage[];
    coached_from timestamptz[];
    coaches text[];
    teams text[];
    guided_from timestamptz[];
    guides traject.party[];
    item_ids bigint[];
    items text[];
begin
    select array_agg(lower(s.period) order by s.period), array_agg(s.stage order by s.period) into spells_from, stages
      from traject.stage_spell s where s.municipality_id = municipality and s.trajectory_id = trajectory;
    select array_agg(lower(a.period) order by a.period), array_agg(w.name order by a.period),
           array_agg(t.name order by a.period)
      into coached_from, coaches, teams
      from traject.coach_assignment a
      join traject.worker w on w.municipality_id = a.municipality_id and w.worker_id = a.coach_id
      join traject.team t on t.municipality_id = a.municipality_id and t.team_id = a.team_id
     where a.municipality_id = municipality and a.trajectory_id = trajectory;
    select array_agg(lower(g.period) order by g.period), array_agg(g.party order by g.period) into guided_from, guides
      from traject.guidance g where g.municipality_id = municipality and g.trajectory_id = trajectory;
    -- What runs is named by its first entry that counts: that is in the log.
    select array_agg(f.item_id), array_agg(internal.log_id(r)) into item_ids, items
      from (select distinct on (h.item_id) h.item_id, coalesce(h.entry_id, h.event_id) as first
              from internal.history(municipality, trajectory) h
             where h.item_id is not null and internal.in_log(h.kind)
             order by h.item_id, h.occurred_at, coalesce(h.entry_id, h.event_id)) f
      join traject.event r on r.municipality_id = municipality and r.event_id = f.first;
    return query
    select internal.log_id(r), e.kind, e.occurred_at,
           coalesce((select w.name from traject.worker w
                      where w.municipality_id = municipality and w.worker_id = e.worker_id),
                    -- Who brought a log in did not do what is in it.
                    case when r.external_id is null then
                        (select w.name from traject.worker w
                          where w.municipality_id = municipality and w.worker_id = r.recorded_by and w.staff) end),
           e.activity, stages[greatest(width_bucket(e.occurred_at, spells_from), 1)],
           coaches[greatest(width_bucket(e.occurred_at, coached_from), 1)],
           teams[greatest(width_bucket(e.occurred_at, coached_from), 1)],
           guides[greatest(width_bucket(e.occurred_at, guided_from), 1)],
           e.channel, e.counterpart, e.reached, e.trajectory_kind, e.outcome,
           case when e.employer_id is not null then
               (select m.name from traject.employer m
                 where m.municipality_id = municipality and m.employer_id = e.employer_id) end,
           case when e.person_id is not null then internal.person_name(municipality, e.employer_id, e.person_id) end,
           case when e.second_person_id is not null then
               internal.person_name(municipality, e.employer_id, e.second_person_id) end,
           items[array_position(item_ids, e.item_id)], e.initiator, e.direction, e.form, e.contract,
           trim_scale(e.hours)::text, e.percentage, e.scheme, e.ending, e.guide, e.guidance_form, e.every_days, e.theme,
           e.factor, e.party, e.begins_at, e.due_at,
           nullif(concat_ws(' ',
               case when e.talked_through_with_client then 'talked_through_with_client' end,
               case when e.guidance_needs_shared then 'guidance_needs_shared' end,
               case when e.absence_and_dropout_discussed then 'absence_and_dropout_discussed' end,
               case when e.fallback_agreed then 'fallback_agreed' end,
               case when e.record_read then 'record_read' end,
               case when e.introduced_to_client then 'introduced_to_client' end,
               case when e.agreements_passed_on then 'agreements_passed_on' end,
               case when e.story_retold then 'story_retold' end), ''),
           e.audience,
           internal.page_token(e.kind = 'trajectory_ended', e.occurred_at, coalesce(e.entry_id, e.event_id))
      from internal.history(municipality, trajectory) e
      join traject.event r on r.municipality_id = municipality and r.event_id = coalesce(e.entry_id, e.event_id)
     where internal.in_log(e.kind)
       and (after_id is null
            or e.occurred_at >= after_moment
               and (e.occurred_at, e.kind = 'trajectory_ended', coalesce(e.entry_id, e.event_id))
                   > (after_moment, after_end, after_id))
     order by e.occurred_at, e.kind = 'trajectory_ended', coalesce(e.entry_id, e.event_id)
     limit rows;
end
$$;
