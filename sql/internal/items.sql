-- Kinds of which a client has one at a time; people of the network, of which there is one of a name, aside.
create function internal.one_at_a_time(kind traject.item_kind) returns boolean language sql immutable parallel safe as
    $$ select kind in ('trial_placement', 'probation', 'absence', 'dropout') $$;

-- The things that run, in the order of their numbers, as their entries say: of each detail the last that was given. One
-- of a kind of which there is one at a time is over when the next begins, also when nobody said so.
create function internal.items(entries traject.event[]) returns traject.item[] language plpgsql stable as $$
declare
    items traject.item[] := '{}';
    folded traject.item[] := '{}';
    item traject.item;
    counts integer[] := '{}';
    coach bigint;
    other_coach bigint[] := '{}';
    passed_on_at timestamptz;
    next timestamptz;
    entry traject.event;
    told record;
    n integer := 0;
begin
    -- Another team is no other coach, and then there is nothing to hand over.
    foreach entry in array entries loop
        if entry.kind in ('trajectory_started', 'coach_assigned') then
            if entry.worker_id is distinct from coach then
                other_coach := other_coach || entry.item_id;
            end if;
            coach := entry.worker_id;
        end if;
        n := n + (entry.item_id is not null)::integer;
    end loop;
    if n = 0 then
        return items;
    end if;

    n := 0;
    for told in
        select e as entry, r.items[1] as kind, r.begins, r.to_state
          from unnest(entries) e
          join traject.event_rule r on r.kind = e.kind
         where e.item_id is not null
         order by e.item_id, e.occurred_at, coalesce(e.entry_id, e.event_id)
    loop
        entry := told.entry;
        if item.item_id is distinct from entry.item_id then
            n := n + 1;
            counts[n] := 0;
            passed_on_at := null;
            item := null;
            item.municipality_id := entry.municipality_id;
            item.item_id := entry.item_id;
            item.trajectory_id := entry.trajectory_id;
            item.opened_at := entry.occurred_at;
        end if;
        if told.begins and item.kind is null then
            item.kind := told.kind;
        end if;
        if told.to_state is not null and told.to_state is distinct from item.state then
            item.state := told.to_state;
            item.state_since := entry.occurred_at;
        end if;
        item.changed_at := entry.occurred_at;
        item.what := coalesce(entry.what, item.what);
        item.employer_id := coalesce(entry.employer_id, item.employer_id);
        item.person_id := coalesce(entry.person_id, item.person_id);
        item.worker_id := coalesce(entry.worker_id, item.worker_id);
        item.channel := coalesce(entry.channel, item.channel);
        item.counterpart := coalesce(entry.counterpart, item.counterpart);
        item.contract := coalesce(entry.contract, item.contract);
        item.hours := coalesce(entry.hours, item.hours);
        item.percentage := coalesce(entry.percentage, item.percentage);
        item.by_whom := coalesce(entry.by_whom, item.by_whom);
        item.scheme := coalesce(entry.scheme, item.scheme);
        item.ending := coalesce(entry.ending, item.ending);
        item.guide := coalesce(entry.guide, item.guide);
        item.guidance_form := coalesce(entry.guidance_form, item.guidance_form);
        item.every_days := coalesce(entry.every_days, item.every_days);
        item.theme := coalesce(entry.theme, item.theme);
        item.factor := coalesce(entry.factor, item.factor);
        item.party := coalesce(entry.party, item.party);
        item.begins_at := coalesce(entry.begins_at, item.begins_at);
        -- A new state has its own term or none.
        if entry.due_at is not null or told.to_state < 'ended' or told.to_state = 'met' then
            item.due_at := entry.due_at;
        end if;
        item.grouped_as := coalesce(entry.grouped_as, item.grouped_as);
        item.relation := coalesce(entry.relation, item.relation);
        item.may_be_told := coalesce(entry.may_be_told, item.may_be_told);
        item.record_read := greatest(entry.record_read, item.record_read);
        item.introduced_to_client := greatest(entry.introduced_to_client, item.introduced_to_client);
        item.agreements_passed_on := greatest(entry.agreements_passed_on, item.agreements_passed_on);
        item.story_retold := greatest(entry.story_retold, item.story_retold);
        -- A handover between coaches is complete with its checklist.
        if item.record_read and item.introduced_to_client and item.agreements_passed_on then
            passed_on_at := coalesce(passed_on_at, entry.occurred_at);
            if item.kind = 'coach_handover' then
                item.state := 'completed';
                item.state_since := passed_on_at;
            end if;
        end if;
        folded[n] := item;
        counts[n] := counts[n] + 1;
    end loop;

    n := 0;
    foreach item in array folded loop
        n := n + 1;
        continue when not coalesce(item.item_id = any (other_coach) or counts[n] > 1 or item.kind <> 'coach_handover', false);
        if item.state < 'ended' and (internal.one_at_a_time(item.kind) or item.kind = 'network_person') then
            next := (select o.opened_at from unnest(folded) o
                      where o.kind = item.kind and (o.opened_at, o.item_id) > (item.opened_at, item.item_id)
                        and (o.kind <> 'network_person' or traject.label(o.what) is not distinct from traject.label(item.what))
                      order by o.opened_at, o.item_id limit 1);
            if next is not null then
                item.state := 'ended';
                item.state_since := next;
            end if;
        end if;
        item.open := item.state < 'ended';
        if item.contract = 'permanent' then
            item.due_at := null;
        end if;
        items := items || item;
    end loop;
    return items;
end
$$;
