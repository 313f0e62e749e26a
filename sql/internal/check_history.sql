-- Refuses a timeline that cannot be, after an entry was added, corrected or withdrawn anywhere in it.
create function internal.check_history(municipality bigint, trajectory bigint) returns void
language plpgsql stable as $$
declare
    began traject.event;
    ended traject.event;
    wrong record;
begin
    select * into began from internal.history(municipality, trajectory) e where e.kind = 'trajectory_started';
    if began is null then
        perform internal.refuse('TJ009', 'event_id',
            'a trajectory keeps its start; end the trajectory, or correct when and how it started');
    end if;
    select * into ended from internal.history(municipality, trajectory) e where e.kind = 'trajectory_ended';
    select e.kind, e.occurred_at into wrong from internal.history(municipality, trajectory) e
     where e.occurred_at < began.occurred_at order by e.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ003', 'occurred_at', format('%s of %s would be before the start of the trajectory at %s',
            internal.spoken(wrong.kind), internal.shown(wrong.occurred_at), internal.shown(began.occurred_at)));
    end if;
    select e.kind, e.occurred_at into wrong from internal.history(municipality, trajectory) e
     where e.occurred_at > ended.occurred_at order by e.occurred_at desc limit 1;
    if found then
        perform internal.refuse('TJ003', 'occurred_at', format('%s of %s would be after the end of the trajectory at %s; '
            'give a later end', internal.spoken(wrong.kind), internal.shown(wrong.occurred_at),
            internal.shown(ended.occurred_at)));
    end if;

    -- Going back and skipping have a reason; a move entered later may make another one do so.
    select m.* into wrong from (
        select e.event_id, e.occurred_at, e.stage, e.reason, lag(e.stage) over (order by e.occurred_at, e.kind) as before
          from internal.history(municipality, trajectory) e where e.kind in ('trajectory_started', 'stage_moved')) m
     where m.reason is null and m.stage <> m.before
       and traject.stage_number(m.stage) <> traject.stage_number(m.before) + 1
     order by m.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ009', 'reason', format('the move to %s at %s would come after %s, and so %s without a '
            'reason; correct entry %s with one first', internal.spoken(wrong.stage), internal.shown(wrong.occurred_at),
            internal.spoken(wrong.before),
            case when wrong.stage < wrong.before then 'go back' else 'skip a stage' end, wrong.event_id));
    end if;

    -- Each entry of an item follows on the state before it.
    select s.* into wrong from (
        select e.kind, e.occurred_at, r.begins, r.from_states,
               internal.last(r.to_state) over (partition by e.item_id order by e.occurred_at, coalesce(e.entry_id, e.event_id)
                                               rows between unbounded preceding and 1 preceding) as before
          from internal.history(municipality, trajectory) e
          join traject.event_rule r on r.kind = e.kind
         where e.item_id is not null) s
     where case when s.before is null then not s.begins else s.before <> all (s.from_states) end
     order by s.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ009', 'occurred_at', format('%s of %s does not fit: at that moment it %s',
            internal.spoken(wrong.kind), internal.shown(wrong.occurred_at),
            coalesce('was ' || internal.spoken(wrong.before) || ' already', 'had not begun')));
    end if;

    -- And each step of a handover on the furthest before it.
    select s.* into wrong from (
        select n.kind, n.occurred_at, n.step,
               max(n.step) over (partition by n.number order by n.occurred_at, n.place
                                 rows between unbounded preceding and 1 preceding) as before
          from (select e.kind, e.occurred_at, coalesce(e.entry_id, e.event_id) as place,
                       substring(e.kind::text from 'handover_(.*)')::traject.handover_state as step,
                       count(*) filter (where e.kind = 'handover_flagged')
                           over (order by e.occurred_at, coalesce(e.entry_id, e.event_id)) as number
                  from internal.history(municipality, trajectory) e
                 where e.kind between 'handover_flagged' and 'handover_returned') n) s
     where case when s.before is null then s.step <> 'flagged'
                else not exists (select from traject.handover_transition t
                                  where (t.from_state, t.to_state) = (s.before, s.step)) end
     order by s.occurred_at limit 1;
    if found then
        perform internal.refuse('TJ009', 'occurred_at', format('%s of %s does not fit: at that moment the handover %s',
            internal.spoken(wrong.kind), internal.shown(wrong.occurred_at),
            coalesce('was ' || wrong.before, 'was not flagged')));
    end if;
end
$$;
