-- An entry that should not be there no longer counts, and stays readable.
create function api.withdraw_entry(
    event_id bigint, reason traject.sealed, expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('WithdrawEntry');
    state traject.trajectory_state;
    old traject.event := internal.entry_to_correct(event_id);
    entry traject.event;
begin
    state := internal.trajectory_to_correct(old, expected_version);
    entry.kind := 'entry_withdrawn';
    entry.occurred_at := clock_timestamp();
    entry.supersedes := old.event_id;
    entry.entry_id := coalesce(old.entry_id, old.event_id);
    entry.correction_reason := internal.text('reason', reason, 1000, demanded => true);
    return query select * from internal.record(state, entry);
end
$$;
