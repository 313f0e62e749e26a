-- A planned contact, which is none yet.
create function api.plan_appointment(
    client_number text, channel traject.channel, counterpart traject.counterpart,
    due_at timestamptz default null, employer text default null, person text default null,
    network_people traject.label_tokens default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('PlanAppointment');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'appointment_planned', occurred_at, words, audience);
begin
    entry.channel := channel;
    entry.counterpart := counterpart;
    entry.due_at := due_at;
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('person', entry.employer_id, person);
    entry.included := internal.included(state, entry.occurred_at, network_people);
    return query select * from internal.record(state, entry);
end
$$;
