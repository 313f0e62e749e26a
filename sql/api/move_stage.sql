-- The client goes to another stage: on, back or past one.
create function api.move_stage(
    client_number text, stage traject.stage, occurred_at timestamptz default null, reason text default null,
    words text default null, expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    why text := internal.text('reason', reason, 1000);
    step integer := traject.stage_number(stage) - traject.stage_number(state.stage);
    event bigint;
begin
    if step = 0 then
        perform internal.refuse('TJ009', 'stage', format('client %s is in stage %s already, since %s', client_number, stage,
                                                         internal.shown(state.stage_since)));
    end if;
    if moment <= state.stage_since then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and client %s came into stage %s at %s; give a later moment', internal.shown(moment),
                   client_number, state.stage, internal.shown(state.stage_since)));
    end if;
    if step <> 1 and why is null then
        perform internal.refuse('TJ003', 'reason',
            format('the move from %s to %s %s and needs a reason; add one', state.stage, stage,
                   case when step < 0 then 'goes back' else 'skips a stage' end));
    end if;
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, stage, from_stage, reason,
                               words)
    values (state.municipality_id, state.trajectory_id, 'stage_moved', moment, session.worker_id(), move_stage.stage,
            state.stage, why, internal.text('words', move_stage.words, 4000))
    returning event_id into event;
    update traject.stage_spell s set period = tstzrange(lower(s.period), moment)
     where s.municipality_id = state.municipality_id and s.trajectory_id = state.trajectory_id and upper_inf(s.period);
    insert into traject.stage_spell (municipality_id, trajectory_id, period, stage)
    values (state.municipality_id, state.trajectory_id, tstzrange(moment, null), move_stage.stage);
    state.stage := move_stage.stage;
    state.stage_since := moment;
    state.working_since := internal.working_since(state.working_since, move_stage.stage, moment);
    return query select * from internal.settle(state, event);
end
$$;
