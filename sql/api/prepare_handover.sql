-- What was done to prepare; bit by bit, what is true stays true.
create function api.prepare_handover(
    client_number text, talked_through_with_client boolean, guidance_needs_shared boolean,
    absence_and_dropout_discussed boolean, fallback_agreed boolean, second_person text default null,
    planned_at timestamptz default null, occurred_at timestamptz default null, words text default null,
    expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    handover traject.handover :=
        internal.handover_in(state, client_number, 'prepare', '{flagged,prepared,accepted}', moment);
begin
    if not (talked_through_with_client or guidance_needs_shared or absence_and_dropout_discussed or fallback_agreed)
       and num_nonnulls(second_person, prepare_handover.planned_at, words) = 0 then
        perform internal.refuse('TJ003', 'talked_through_with_client',
            'nothing was prepared; give an item of the checklist, a second person, a planned moment or words');
    end if;
    handover.second_person_id := coalesce(case when second_person is not null
        then internal.person_id('second_person', handover.employer_id, prepare_handover.second_person) end,
        handover.second_person_id);
    update traject.handover h
       set state = case h.state when 'accepted' then h.state else 'prepared' end, last_step_at = moment,
           second_person_id = handover.second_person_id,
           talked_through_with_client = h.talked_through_with_client or prepare_handover.talked_through_with_client,
           guidance_needs_shared = h.guidance_needs_shared or prepare_handover.guidance_needs_shared,
           absence_and_dropout_discussed = h.absence_and_dropout_discussed
               or prepare_handover.absence_and_dropout_discussed,
           fallback_agreed = h.fallback_agreed or prepare_handover.fallback_agreed,
           planned_at = coalesce(internal.planned(prepare_handover.planned_at, moment), h.planned_at)
     where h.municipality_id = handover.municipality_id and h.handover_id = handover.handover_id;
    return query select * from internal.settle(state, internal.handover_event(state, handover, 'handover_prepared', moment,
        internal.text('words', prepare_handover.words, 4000), null, handover.supervisor_id));
end
$$;
