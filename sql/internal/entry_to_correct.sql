-- An entry that the caller may correct: one's own, or as a manager any. A correction of what the database keeps by
-- itself would say nothing.
create function internal.entry_to_correct(event bigint) returns traject.event language plpgsql stable as $$
declare
    old traject.event;
begin
    select * into old from traject.event e
     where e.municipality_id = session.municipality_id() and e.event_id = event;
    if old is null then
        perform internal.refuse('TJ005', 'event_id', 'no entry %s; the timeline shows the numbers', json_build_array(event));
    end if;
    if old.kind in ('entry_withdrawn', 'rhythm_set', 'supervisor_left', 'glass_broken', 'client_entry',
                    'correction_asked') then
        case old.kind
            when 'entry_withdrawn' then
                perform internal.refuse('TJ009', 'event_id',
                    'entry %s is %s, which is not corrected; enter anew what was withdrawn',
                    json_build_array(event, internal.word(old.kind)));
            when 'rhythm_set' then
                perform internal.refuse('TJ009', 'event_id', 'entry %s is %s, which is not corrected; set the rhythm again',
                    json_build_array(event, internal.word(old.kind)));
            when 'glass_broken' then
                perform internal.refuse('TJ009', 'event_id', 'entry %s is %s, which is not corrected; it stays on the timeline',
                    json_build_array(event, internal.word(old.kind)));
            when 'supervisor_left' then
                perform internal.refuse('TJ009', 'event_id', 'entry %s is %s, which is not corrected; change the supervisor',
                    json_build_array(event, internal.word(old.kind)));
            else
                perform internal.refuse('TJ009', 'event_id',
                    'entry %s is %s, which is not corrected; what the client wrote stands as it is',
                    json_build_array(event, internal.word(old.kind)));
        end case;
    end if;
    if old.recorded_by <> session.worker_id() and session.role() <> 'manager' then
        perform internal.refuse('TJ007', 'event_id', 'entry %s was made by %s; ask them, or a manager',
            json_build_array(event,
                internal.signed_by(old.municipality_id, old.recorded_by, session.role() in ('employer', 'client'))));
    end if;
    return old;
end
$$;

-- Its trajectory, locked until the transaction ends; then nobody else corrects the same entry.
create function internal.trajectory_to_correct(old traject.event, expected_version bigint)
returns traject.trajectory_state language plpgsql as $$
declare
    state traject.trajectory_state;
    later bigint;
begin
    perform internal.hold_rhythms();
    select * into state from traject.trajectory_state s
     where s.municipality_id = old.municipality_id and s.trajectory_id = old.trajectory_id
       for update;
    select c.event_id into later from traject.event c
     where c.municipality_id = old.municipality_id and c.supersedes = old.event_id;
    if found then
        if exists (select from traject.event e
                    where e.municipality_id = old.municipality_id and e.event_id = later and e.kind = 'entry_withdrawn') then
            perform internal.refuse('TJ009', 'event_id', 'entry %s was withdrawn already, by entry %s; correct that one',
                json_build_array(old.event_id, later));
        end if;
        perform internal.refuse('TJ009', 'event_id', 'entry %s was corrected already, by entry %s; correct that one',
            json_build_array(old.event_id, later));
    end if;
    return internal.check_version(state, (select c.client_number from traject.client c
        where c.municipality_id = state.municipality_id and c.client_id = state.client_id), expected_version);
end
$$;

-- Refuses a detail that entries of the kind do not have, where they had none before; of kinds with a rule of their own
-- in traject.event_rule the table refuses it.
create function internal.check_corrected(old traject.event, entry traject.event) returns void
language plpgsql stable as $$
declare
    before jsonb := to_jsonb(old);
    extra text;
begin
    select n.key into extra
      from jsonb_each(to_jsonb(entry)) n
     where n.value <> 'null' and before -> n.key = 'null' and entry.kind <= 'activity'
       and n.key <> all ('{words,supersedes,entry_id,correction_reason,audience}')
       and not (n.key = 'reason' and (entry.kind in ('stage_moved', 'coach_assigned') or entry.kind::text like 'handover%'))
       and not (n.key = 'due_at' and entry.kind in ('handover_flagged', 'handover_prepared'))
     limit 1;
    if found then
        extra := case when extra = 'reason' then 'entry_reason' else regexp_replace(extra, '_id$', '') end;
        perform internal.refuse('TJ003', extra, '%s does not belong to %s; leave it out',
            json_build_array(extra, internal.word(entry.kind)));
    end if;
end
$$;
