-- The timeline entry of a handover's step.
create function internal.handover_event(state traject.trajectory_state, handover traject.handover,
                                        kind traject.event_kind, occurred_at timestamptz, words text, reason text,
                                        person bigint)
returns bigint language sql as $$
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, stage, employer_id,
                               person_id, second_person_id, words, reason)
    values (state.municipality_id, state.trajectory_id, kind, occurred_at, session.worker_id(), state.stage,
            handover.employer_id, person, handover.second_person_id, words, reason)
    returning event_id
$$;
