-- Refuses a timeline that cannot be, after an entry was added, corrected or withdrawn anywhere in it. Each refusal names
-- the entry that is in the way, so that it can be corrected or withdrawn first.
create function internal.check_history(told internal.timeline, items traject.item[]) returns void
language plpgsql stable as $$
declare
    began traject.event := told.began;
    ended traject.event := told.ended;
    entry traject.event;
    before traject.event;
    misfit traject.event;
    of_item bigint;
    reached traject.item_state;
    rule record;
    broken record;
    item traject.item;
    wrong record;
    one_at_a_time integer := 0;
begin
    if began is null then
        perform internal.refuse('TJ009', 'event_id',
            'a trajectory keeps its start; end the trajectory, or correct when and how it started');
    end if;
    foreach entry in array told.entries loop
        exit when entry.occurred_at >= began.occurred_at;
        if not internal.at_any_time(entry.kind) then
            perform internal.refuse('TJ003', 'occurred_at', '%s would be before the start of the trajectory at %s',
                json_build_array(internal.entry_named(entry), internal.shown(began.occurred_at)));
        end if;
    end loop;
    if ended.event_id is not null then
        select e.* into entry from unnest(told.entries) e
         where e.occurred_at > ended.occurred_at and not internal.at_any_time(e.kind)
         order by e.occurred_at desc limit 1;
        if found then
            perform internal.refuse('TJ003', 'occurred_at', '%s would be after the end of the trajectory at %s; give a later end',
                json_build_array(internal.entry_named(entry), internal.shown(ended.occurred_at)));
        end if;
    end if;

    -- Of two moves at one moment nobody can tell where they led. Going back and skipping have a reason; a move entered
    -- later may make another one do so.
    foreach entry in array told.path loop
        exit when entry.kind = 'trajectory_ended';
        if entry.occurred_at = before.occurred_at then
            perform internal.refuse('TJ003', 'occurred_at', 'another move is there at the very moment of %s; give another moment',
                json_build_array(internal.entry_named(case
                    when before.kind = 'stage_moved' and before.event_id > entry.event_id then before else entry end)));
        elsif entry.reason is null and entry.stage <> before.stage
              and traject.stage_number(entry.stage) <> traject.stage_number(before.stage) + 1 then
            if entry.stage < before.stage then
                perform internal.refuse('TJ009', 'reason',
                    'the move to %s at %s would come after %s, and so go back without a reason; correct entry %s with one first',
                    json_build_array(internal.word(entry.stage), internal.shown(entry.occurred_at), internal.word(before.stage),
                        entry.event_id));
            end if;
            perform internal.refuse('TJ009', 'reason',
                'the move to %s at %s would come after %s, and so skip a stage without a reason; correct entry %s with one first',
                json_build_array(internal.word(entry.stage), internal.shown(entry.occurred_at), internal.word(before.stage),
                    entry.event_id));
        end if;
        before := entry;
    end loop;

    -- Each entry of an item follows on the state before it. The start is there in any case.
    if cardinality(told.items) > 1 then
        for rule in
            select e as entry, r.begins, r.from_states, r.to_state, null::traject.item_state as before
              from unnest(told.items) e
              join traject.event_rule r on r.kind = e.kind
             where e.item_id is not null
             order by e.item_id, e.occurred_at, coalesce(e.entry_id, e.event_id)
        loop
            entry := rule.entry;
            if entry.item_id is distinct from of_item then
                of_item := entry.item_id;
                reached := null;
            end if;
            if (case when reached is null then not rule.begins else reached <> all (rule.from_states) end)
               and coalesce(entry.occurred_at < misfit.occurred_at, true) then
                misfit := entry;
                rule.before := reached;
                broken := rule;
            end if;
            reached := coalesce(rule.to_state, reached);
        end loop;
        if misfit.event_id is not null then
            if broken.before is null then
                perform internal.refuse('TJ009', 'occurred_at', '%s does not fit: at that moment it had not begun',
                    json_build_array(internal.entry_named(misfit)));
            elsif cardinality(broken.from_states) = 0 then
                perform internal.refuse('TJ009', 'occurred_at', '%s does not fit: at that moment it had begun already',
                    json_build_array(internal.entry_named(misfit)));
            end if;
            perform internal.refuse('TJ009', 'occurred_at', '%s does not fit: at that moment it was %s, and it follows on %s',
                json_build_array(internal.entry_named(misfit), internal.word(broken.before), internal.words(broken.from_states)));
        end if;
    end if;

    -- Of what there is one at a time, the next begins after the last entry of the one before.
    foreach item in array items loop
        one_at_a_time := one_at_a_time + (internal.one_at_a_time(item.kind) or item.kind = 'network_person')::integer;
    end loop;
    if one_at_a_time > 1 then
        select s.* into wrong from (
            select i.item_id, i.kind, i.changed_at, lead(i.item_id) over by_time as next, lead(i.opened_at) over by_time as begins
              from unnest(items) i
             where internal.one_at_a_time(i.kind) or i.kind = 'network_person'
            window by_time as (partition by i.kind, case when i.kind = 'network_person' then traject.label(i.what) end
                               order by i.opened_at, i.item_id)) s
         where s.changed_at >= s.begins
         order by s.begins limit 1;
        if found then
            perform internal.refuse('TJ009', 'occurred_at',
                '%s %s has an entry of %s, and the next one, %s, began at %s; end the one before the other begins',
                json_build_array(internal.word(wrong.kind), wrong.item_id, internal.shown(wrong.changed_at), wrong.next,
                    internal.shown(wrong.begins)));
        end if;
    end if;

    -- And each step of a handover on the furthest before it, at the same employer, where two people know at any moment.
    if cardinality(told.guidance) > 1 then
        select s.* into wrong from (
            select n.entry, n.occurred_at, n.step, n.employer_id, first_value(n.employer_id) over so_far as flagged_at,
                   max(n.step) over (so_far rows between unbounded preceding and 1 preceding) as before,
                   internal.last(case when n.kind in ('handover_flagged', 'supervisor_changed') then n.person_id end) over so_far
                       = internal.last(n.second_person_id) over so_far as alone
              from (select e as entry, e.kind, e.occurred_at, e.employer_id, e.person_id, e.second_person_id,
                           coalesce(e.entry_id, e.event_id) as place,
                           substring(e.kind::text from 'handover_(.*)')::traject.handover_state as step,
                           count(*) filter (where e.kind = 'handover_flagged')
                               over (order by e.occurred_at, coalesce(e.entry_id, e.event_id)) as number
                      from unnest(told.guidance) e
                     where e.kind between 'handover_flagged' and 'handover_returned' or e.kind = 'supervisor_changed') n
            window so_far as (partition by n.number order by n.occurred_at, n.place)) s
         where case when s.before is null then s.step is distinct from 'flagged'
                    when s.step is null then s.before > 'completed'
                    else not exists (select from traject.handover_transition t
                                      where (t.from_state, t.to_state) = (s.before, s.step)) end
            or s.employer_id <> s.flagged_at or s.alone
         order by s.occurred_at limit 1;
        if found and wrong.alone then
            perform internal.refuse('TJ003', 'second_person',
                'the second person is somebody else than the supervisor; name another one (entry %s)',
                json_build_array((wrong.entry).event_id));
        elsif found then
            if wrong.employer_id <> wrong.flagged_at then
                perform internal.refuse('TJ009', 'occurred_at',
                    '%s does not fit: at that moment the handover was to another employer',
                    json_build_array(internal.entry_named(wrong.entry)));
            elsif wrong.before is null then
                perform internal.refuse('TJ009', 'occurred_at', '%s does not fit: at that moment the handover was not flagged',
                    json_build_array(internal.entry_named(wrong.entry)));
            end if;
            perform internal.refuse('TJ009', 'occurred_at', '%s does not fit: at that moment the handover was %s',
                json_build_array(internal.entry_named(wrong.entry), internal.word(wrong.before)));
        end if;
    end if;
end
$$;

-- An entry as refusals name it; one that is just being made has no number that anybody could look up.
create function internal.entry_named(entry traject.event) returns json language sql stable as $$
    select json_build_object(
        'word', concat_ws(', ', 'entry ' || number, internal.spoken(entry.kind) || ' of ' || internal.shown(entry.occurred_at)),
        'name', concat_ws(' ', '#' || number, internal.word(entry.kind) ->> 'name',
                          '(' || internal.shown(entry.occurred_at) || ')'))
      from (select nullif(entry.event_id, case when entry.recorded_in is not distinct from pg_current_xact_id_if_assigned()
                                               then entry.event_id end) as number) n
$$;

-- What the database noted by itself cannot be corrected, and is in nobody's way; nor is that something was wrong, which
-- a client may say also after the end.
create function internal.at_any_time(kind traject.event_kind) returns boolean language sql immutable as $$
    select kind in ('rhythm_set', 'supervisor_left', 'glass_broken', 'correction_asked', 'correction_made',
                    'correction_declined')
$$;
