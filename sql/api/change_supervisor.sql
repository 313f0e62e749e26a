-- Somebody else at the employer guides, or knows as the second person.
create function api.change_supervisor(
    client_number text, supervisor text default null, second_person text default null,
    occurred_at timestamptz default null, reason traject.sealed default null, words traject.sealed default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ChangeSupervisor');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'supervisor_changed', occurred_at, words, audience);
    handover traject.handover := internal.handover_in(state, client_number, 'change',
                                                      '{flagged,prepared,accepted,completed}', entry.occurred_at);
begin
    if num_nonnulls(supervisor, second_person) = 0 then
        perform internal.refuse('TJ003', 'supervisor', 'nothing changes; name a supervisor or a second person');
    end if;
    entry.employer_id := handover.employer_id;
    entry.person_id := internal.person_id('supervisor', handover.employer_id, supervisor);
    entry.second_person_id := internal.person_id('second_person', handover.employer_id, second_person);
    if (coalesce(entry.person_id, handover.supervisor_id), coalesce(entry.second_person_id, handover.second_person_id))
       is not distinct from (handover.supervisor_id, handover.second_person_id) then
        perform internal.refuse('TJ009', 'supervisor',
            'nothing changes: they are the supervisor and the second person of client %s already; name somebody else',
            json_build_array(client_number));
    end if;
    entry.reason := internal.text('reason', reason, 1000);
    return query select * from internal.record(state, entry);
end
$$;
