-- A step of a handover, to be given its details: of the handover it belongs to, by the person at the employer.
create function internal.handover_entry(state traject.trajectory_state, handover traject.handover,
                                        kind traject.event_kind, occurred_at timestamptz, words traject.sealed, reason traject.sealed,
                                        person bigint, audience traject.audience)
returns traject.event language plpgsql as $$
declare
    entry traject.event := internal.begin_entry(state, kind, occurred_at, words, audience);
begin
    entry.employer_id := handover.employer_id;
    entry.person_id := person;
    entry.reason := reason;
    return entry;
end
$$;
