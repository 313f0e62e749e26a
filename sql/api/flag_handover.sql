-- The coach sees a moment to hand guidance over to the employer.
create function api.flag_handover(
    client_number text, employer text, supervisor text, planned_at timestamptz default null,
    occurred_at timestamptz default null, words text default null, expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    handover traject.handover;
begin
    if state.guided_by = 'employer' then
        perform internal.refuse('TJ009', 'client_number',
            format('the employer guides client %s since %s; return guidance first', client_number,
                   internal.shown(state.guided_since)));
    end if;
    select * into handover from traject.handover h
     where h.municipality_id = state.municipality_id and h.trajectory_id = state.trajectory_id
     order by h.handover_id desc limit 1;
    if handover.state in ('flagged', 'prepared', 'accepted') then
        perform internal.refuse('TJ009', 'client_number',
            format('client %s has an open handover already; complete or withdraw it first', client_number));
    end if;
    if moment < handover.last_step_at then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and the handover before was %s at %s; give a moment from then on',
                   internal.shown(moment), handover.state, internal.shown(handover.last_step_at)));
    end if;
    handover := null;
    handover.handover_id := nextval('traject.handover_handover_id_seq');
    handover.employer_id := internal.employer_id('employer', flag_handover.employer);
    handover.supervisor_id := internal.person_id('supervisor', handover.employer_id, flag_handover.supervisor);
    handover.planned_at := internal.planned(flag_handover.planned_at, moment);
    insert into traject.handover (municipality_id, handover_id, trajectory_id, last_step_at, employer_id, supervisor_id,
                                  planned_at)
    values (state.municipality_id, handover.handover_id, state.trajectory_id, moment, handover.employer_id,
            handover.supervisor_id, handover.planned_at);
    return query select * from internal.settle(state, internal.handover_event(state, handover, 'handover_flagged', moment,
        internal.text('words', flag_handover.words, 4000), null, handover.supervisor_id));
end
$$;
