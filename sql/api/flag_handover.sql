-- The coach sees a moment to hand guidance over to the employer.
create function api.flag_handover(
    client_number text, employer text, supervisor text, planned_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('FlagHandover');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'handover_flagged', occurred_at, words, audience);
    handovers traject.handover[] := internal.handovers(internal.entries(state.municipality_id, state.trajectory_id,
                                                                        until => entry.occurred_at));
    before traject.handover := handovers[cardinality(handovers)];
begin
    if before.state = 'completed' then
        perform internal.refuse('TJ009', 'client_number', 'the employer guides client %s since %s; return guidance first',
            json_build_array(client_number, internal.shown(before.state_since)));
    end if;
    if before.state in ('flagged', 'prepared', 'accepted') then
        perform internal.refuse('TJ009', 'client_number', 'client %s has an open handover already; complete or withdraw it first',
            json_build_array(client_number));
    end if;
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('supervisor', entry.employer_id, supervisor);
    entry.due_at := internal.planned(planned_at, entry.occurred_at);
    return query select * from internal.record(state, entry);
end
$$;
