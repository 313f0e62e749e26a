-- The client goes to another stage: on, back or past one.
create function api.move_stage(
    client_number text, stage traject.stage, occurred_at timestamptz default null, reason traject.sealed default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('MoveStage');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'stage_moved', occurred_at, words, audience);
    there record := internal.stage_at(state, entry.occurred_at);
    step integer := traject.stage_number(stage) - traject.stage_number(there.stage);
begin
    entry.stage := stage;
    entry.reason := internal.text('reason', reason, 1000);
    if step = 0 then
        perform internal.refuse('TJ009', 'stage', 'client %s is in stage %s already, since %s',
            json_build_array(client_number, internal.word(stage), internal.shown(there.since)));
    end if;
    if entry.occurred_at = there.since then
        perform internal.refuse('TJ003', 'occurred_at',
            'occurred_at is %s, and client %s came into stage %s at that moment; give a later moment',
            json_build_array(internal.shown(entry.occurred_at), client_number, internal.word(there.stage)));
    end if;
    if step < 0 and entry.reason is null then
        perform internal.refuse('TJ003', 'reason', 'the move from %s to %s goes back and needs a reason; add one',
            json_build_array(internal.word(there.stage), internal.word(stage)));
    end if;
    if step > 1 and entry.reason is null then
        perform internal.refuse('TJ003', 'reason', 'the move from %s to %s skips a stage and needs a reason; add one',
            json_build_array(internal.word(there.stage), internal.word(stage)));
    end if;
    return query select * from internal.record(state, entry);
end
$$;
