-- A contact, or an attempt that nobody answered. Nothing but the state of contact follows from it.
create function api.record_contact(
    client_number text, channel traject.channel, counterpart traject.counterpart, reached boolean,
    occurred_at timestamptz default null, words traject.sealed default null, worker text default null,
    network_people traject.label_tokens default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordContact');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    -- Not asked back of the insert, for which row security would look whose case it is once more.
    event bigint := nextval('traject.event_event_id_seq');
begin
    insert into traject.event (municipality_id, event_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, channel,
                               counterpart, reached, words, audience, included)
    values (state.municipality_id, event, state.trajectory_id, 'contact', moment, session.worker_id(),
            internal.worker_id('worker', record_contact.worker), record_contact.channel,
            record_contact.counterpart, record_contact.reached, internal.text('words', record_contact.words, 4000),
            record_contact.audience,
            case when cardinality(network_people) > 0 then internal.included(state, moment, network_people) end);
    -- A contact changes no stage and no team, so the rhythm stays; when that is changed, the cases follow it at once.
    state := internal.settle(internal.after_contact(state, moment, counterpart, reached));
    return query select event, state.version, case when state.open then state.due_at end;
end
$$;
