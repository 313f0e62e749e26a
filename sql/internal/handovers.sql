-- The handovers of a trajectory, as the entries say: each from its flag to the next one's. Its state is the furthest
-- that it came; one that another was flagged after, or that was open at the end, is over, also when nobody said so.
create function internal.handovers(entries traject.event[]) returns traject.handover[]
language plpgsql stable as $$
declare
    handovers traject.handover[] := '{}';
    handover traject.handover;
    step traject.handover_state;
    ended_at timestamptz;
    entry traject.event;
begin
    foreach entry in array entries loop
        if entry.kind = 'trajectory_ended' then
            ended_at := entry.occurred_at;
        end if;
        continue when not (entry.kind between 'handover_flagged' and 'handover_returned' or entry.kind = 'supervisor_changed');
        step := substring(entry.kind::text from 'handover_(.*)');
        if step = 'flagged' then
            if handover.handover_id is not null then
                handovers := handovers || internal.handover_over(handover, entry.occurred_at, true);
            end if;
            handover := (entry.municipality_id, coalesce(entry.entry_id, entry.event_id), entry.trajectory_id, null, null, null,
                         null, null, null, false, false, false, false, null);
        end if;
        continue when handover.handover_id is null;
        if handover.state is null or step > handover.state then
            handover.state := step;
            handover.state_since := entry.occurred_at;
        end if;
        handover.last_step_at := entry.occurred_at;
        handover.employer_id := coalesce(entry.employer_id, handover.employer_id);
        if entry.kind in ('handover_flagged', 'supervisor_changed') then
            handover.supervisor_id := coalesce(entry.person_id, handover.supervisor_id);
        end if;
        handover.second_person_id := coalesce(entry.second_person_id, handover.second_person_id);
        handover.talked_through_with_client := handover.talked_through_with_client or coalesce(entry.talked_through_with_client, false);
        handover.guidance_needs_shared := handover.guidance_needs_shared or coalesce(entry.guidance_needs_shared, false);
        handover.absence_and_dropout_discussed :=
            handover.absence_and_dropout_discussed or coalesce(entry.absence_and_dropout_discussed, false);
        handover.fallback_agreed := handover.fallback_agreed or coalesce(entry.fallback_agreed, false);
        handover.planned_at := coalesce(entry.due_at, handover.planned_at);
    end loop;
    return case when handover.handover_id is null then handovers
                else handovers || internal.handover_over(handover, ended_at, false) end;
end
$$;

-- The handover as it is after that moment: of the next one's flag, or the end of the trajectory, if there is any.
create function internal.handover_over(handover traject.handover, moment timestamptz, another boolean)
returns traject.handover language plpgsql immutable as $$
begin
    if moment is not null and handover.state < 'completed' then
        handover.state := 'withdrawn';
        handover.state_since := moment;
    elsif another and handover.state = 'completed' then
        handover.state := 'returned';
        handover.state_since := moment;
    end if;
    return handover;
end
$$;
