-- Ends the trajectory; a handover still open is over with it.
create function internal.finish_trajectory(state traject.trajectory_state, moment timestamptz, outcome traject.outcome,
                                           words traject.sealed, audience traject.audience default null)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
#variable_conflict use_column
declare
    entry traject.event;
    last_entry timestamptz := (select max(e.occurred_at) from unnest(internal.entries(state.municipality_id, state.trajectory_id)) e
                                where not internal.at_any_time(e.kind));
begin
    if moment < last_entry or moment <= greatest(state.stage_since, state.coach_since, state.guided_since) then
        perform internal.refuse('TJ003', 'occurred_at',
            'occurred_at is %s, and the trajectory has an entry of %s; give a later moment',
            json_build_array(internal.shown(moment), internal.shown(last_entry)));
    end if;
    entry := internal.begin_entry(state, 'trajectory_ended', moment, words, audience);
    entry.outcome := outcome;
    return query select * from internal.record(state, entry);
end
$$;
