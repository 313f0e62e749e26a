-- Refuses a timeline that cannot be, after an entry was added, corrected or withdrawn anywhere in it. Each refusal names
-- the entry that is in the way, so that it can be corrected or withdrawn first.
create function internal.check_history(entries traject.event[], items traject.item[]) returns void
language plpgsql stable as $$
declare
    began traject.event;
    ended traject.event;
    wrong record;
begin
    select * into began from unnest(entries) e where e.kind = 'trajectory_started';
    if began is null then
        perform internal.refuse('TJ009', 'event_id',
            'a trajectory keeps its start; end the trajectory, or correct when and how it started');
    end if;
    select * into ended from unnest(entries) e where e.kind = 'trajectory_ended';
    select e.event_id, e.kind, e.occurred_at, e.recorded_in into wrong from unnest(entries) e
     where e.occurred_at < began.occurred_at and not internal.at_any_time(e.kind)
     order by e.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ003', 'occurred_at', format('%s would be before the start of the trajectory at %s',
            internal.entry_named(wrong.event_id, wrong.kind, wrong.occurred_at, wrong.recorded_in), internal.shown(began.occurred_at)));
    end if;
    select e.event_id, e.kind, e.occurred_at, e.recorded_in into wrong from unnest(entries) e
     where ended.event_id is not null and e.occurred_at > ended.occurred_at and not internal.at_any_time(e.kind)
     order by e.occurred_at desc limit 1;
    if found then
        perform internal.refuse('TJ003', 'occurred_at', format('%s would be after the end of the trajectory at %s; '
            'give a later end', internal.entry_named(wrong.event_id, wrong.kind, wrong.occurred_at, wrong.recorded_in),
            internal.shown(ended.occurred_at)));
    end if;

    -- Of two moves at one moment nobody can tell where they led. Going back and skipping have a reason; a move entered
    -- later may make another one do so.
    select m.* into wrong from (
        select e.event_id, e.kind, e.occurred_at, e.recorded_in, e.stage, e.reason, lag(e.stage) over by_time as before,
               e.occurred_at = lag(e.occurred_at) over by_time as at_once
          from unnest(entries) e where e.kind in ('trajectory_started', 'stage_moved')
        window by_time as (order by e.occurred_at, e.kind, e.event_id)) m
     where m.at_once
        or m.reason is null and m.stage <> m.before
           and traject.stage_number(m.stage) <> traject.stage_number(m.before) + 1
     order by m.occurred_at limit 1;
    if found and wrong.at_once then
        perform internal.refuse('TJ003', 'occurred_at', format('another move is there at the very moment of %s; '
            'give another moment', internal.entry_named(wrong.event_id, wrong.kind, wrong.occurred_at, wrong.recorded_in)));
    elsif found then
        perform internal.refuse('TJ009', 'reason', format('the move to %s at %s would come after %s, and so %s without a '
            'reason; correct entry %s with one first', internal.spoken(wrong.stage), internal.shown(wrong.occurred_at),
            internal.spoken(wrong.before),
            case when wrong.stage < wrong.before then 'go back' else 'skip a stage' end, wrong.event_id));
    end if;

    -- Each entry of an item follows on the state before it.
    select s.* into wrong from (
        select e.event_id, e.kind, e.occurred_at, e.recorded_in, r.begins, r.from_states,
               internal.last(r.to_state) over (partition by e.item_id order by e.occurred_at, coalesce(e.entry_id, e.event_id)
                                               rows between unbounded preceding and 1 preceding) as before
          from unnest(entries) e
          join traject.event_rule r on r.kind = e.kind
         where e.item_id is not null) s
     where case when s.before is null then not s.begins else s.before <> all (s.from_states) end
     order by s.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ009', 'occurred_at', format('%s does not fit: at that moment it %s',
            internal.entry_named(wrong.event_id, wrong.kind, wrong.occurred_at, wrong.recorded_in),
            case when wrong.before is null then 'had not begun'
                 when cardinality(wrong.from_states) = 0 then 'had begun already'
                 else format('was %s, and it follows on %s', internal.spoken(wrong.before),
                             replace(array_to_string(wrong.from_states, ' or '), '_', ' ')) end));
    end if;

    -- Of what there is one at a time, the next begins after the last entry of the one before.
    select s.* into wrong from (
        select i.item_id, i.kind, i.changed_at, lead(i.item_id) over by_time as next, lead(i.opened_at) over by_time as begins
          from unnest(items) i
         where internal.one_at_a_time(i.kind) or i.kind = 'network_person'
        window by_time as (partition by i.kind, case when i.kind = 'network_person' then traject.label(i.what) end
                           order by i.opened_at, i.item_id)) s
     where s.changed_at >= s.begins
     order by s.begins limit 1;
    if found then
        perform internal.refuse('TJ009', 'occurred_at', format('%s %s has an entry of %s, and the next one, %s, began at %s; '
            'end the one before the other begins', internal.spoken(wrong.kind), wrong.item_id,
            internal.shown(wrong.changed_at), wrong.next, internal.shown(wrong.begins)));
    end if;

    -- And each step of a handover on the furthest before it, at the same employer, where two people know at any moment.
    select s.* into wrong from (
        select n.event_id, n.kind, n.occurred_at, n.recorded_in, n.step, n.employer_id, first_value(n.employer_id) over so_far as flagged_at,
               max(n.step) over (so_far rows between unbounded preceding and 1 preceding) as before,
               internal.last(case when n.kind in ('handover_flagged', 'supervisor_changed') then n.person_id end) over so_far
                   = internal.last(n.second_person_id) over so_far as alone
          from (select e.event_id, e.kind, e.occurred_at, e.recorded_in, e.employer_id, e.person_id, e.second_person_id,
                       coalesce(e.entry_id, e.event_id) as place,
                       substring(e.kind::text from 'handover_(.*)')::traject.handover_state as step,
                       count(*) filter (where e.kind = 'handover_flagged')
                           over (order by e.occurred_at, coalesce(e.entry_id, e.event_id)) as number
                  from unnest(entries) e
                 where e.kind between 'handover_flagged' and 'handover_returned' or e.kind = 'supervisor_changed') n
        window so_far as (partition by n.number order by n.occurred_at, n.place)) s
     where case when s.before is null then s.step is distinct from 'flagged'
                when s.step is null then s.before > 'completed'
                else not exists (select from traject.handover_transition t
                                  where (t.from_state, t.to_state) = (s.before, s.step)) end
        or s.employer_id <> s.flagged_at or s.alone
     order by s.occurred_at limit 1;
    if found and wrong.alone then
        perform internal.refuse('TJ003', 'second_person', format('the second person is somebody else than the supervisor; '
            'name another one (entry %s)', wrong.event_id));
    elsif found then
        perform internal.refuse('TJ009', 'occurred_at', format('%s does not fit: at that moment the handover %s',
            internal.entry_named(wrong.event_id, wrong.kind, wrong.occurred_at, wrong.recorded_in),
            case when wrong.employer_id <> wrong.flagged_at then 'was to another employer'
                 else coalesce('was ' || wrong.before, 'was not flagged') end));
    end if;
end
$$;

-- An entry as refusals name it; one that is just being made has no number that anybody could look up.
create function internal.entry_named(event bigint, kind traject.event_kind, occurred_at timestamptz, recorded_in xid8)
returns text language sql stable as $$
    select case when recorded_in is distinct from pg_current_xact_id_if_assigned() then format('entry %s, ', event) else '' end
        || format('%s of %s', internal.spoken(kind), internal.shown(occurred_at))
$$;

-- What the database noted by itself cannot be corrected, and is in nobody's way; nor is that something was wrong, which
-- a client may say also after the end.
create function internal.at_any_time(kind traject.event_kind) returns boolean language sql immutable as $$
    select kind in ('rhythm_set', 'supervisor_left', 'glass_broken', 'correction_asked', 'correction_made',
                    'correction_declined')
$$;
