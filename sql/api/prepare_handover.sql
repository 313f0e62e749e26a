-- What was done to prepare; bit by bit, what is true stays true.
create function api.prepare_handover(
    client_number text, talked_through_with_client boolean, guidance_needs_shared boolean,
    absence_and_dropout_discussed boolean, fallback_agreed boolean, second_person text default null,
    planned_at timestamptz default null, occurred_at timestamptz default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('PrepareHandover');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    handover traject.handover :=
        internal.handover_in(state, client_number, 'prepare', '{flagged,prepared,accepted}', moment);
    entry traject.event;
begin
    if not (talked_through_with_client or guidance_needs_shared or absence_and_dropout_discussed or fallback_agreed)
       and num_nonnulls(second_person, prepare_handover.planned_at, words) = 0 then
        perform internal.refuse('TJ003', 'talked_through_with_client',
            'nothing was prepared; give an item of the checklist, a second person, a planned moment or words');
    end if;
    entry := internal.handover_entry(state, handover, 'handover_prepared', moment, words, null, handover.supervisor_id,
                                     audience);
    entry.talked_through_with_client := nullif(talked_through_with_client, false);
    entry.guidance_needs_shared := nullif(guidance_needs_shared, false);
    entry.absence_and_dropout_discussed := nullif(absence_and_dropout_discussed, false);
    entry.fallback_agreed := nullif(fallback_agreed, false);
    entry.second_person_id := internal.person_id('second_person', handover.employer_id, second_person);
    entry.due_at := internal.planned(planned_at, moment);
    return query select * from internal.record(state, entry);
end
$$;
