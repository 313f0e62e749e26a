-- A talk that touched some of the seven factors, in the client's own words; an entry for each.
create function api.record_motivation(
    client_number text, approach traject.sealed default null, guidance traject.sealed default null, fitting_work traject.sealed default null,
    work_context traject.sealed default null, getting_ahead traject.sealed default null, being_of_value traject.sealed default null,
    aptitude traject.sealed default null, channel traject.channel default null, occurred_at timestamptz default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordMotivation');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    moment timestamptz := internal.moment('occurred_at', occurred_at, state.started_at);
    entry traject.event;
    touched record;
    recorded record;
begin
    for touched in
        select f.factor::traject.factor, internal.text(f.factor, f.words, 4000) as words
          from (values ('approach', approach), ('guidance', guidance), ('fitting_work', fitting_work),
                       ('work_context', work_context), ('getting_ahead', getting_ahead),
                       ('being_of_value', being_of_value), ('aptitude', aptitude)) f (factor, words)
         where f.words is not null
    loop
        entry := internal.begin_entry(state, 'motivation_talked', moment, touched.words, audience);
        entry.factor := touched.factor;
        -- The talk was one contact, whatever the number of factors.
        if recorded is null and channel is not null then
            entry.channel := channel;
            entry.counterpart := 'client';
            entry.reached := true;
        end if;
        select * into recorded from internal.record(state, entry);
    end loop;
    if recorded is null then
        perform internal.refuse('TJ003', 'approach', 'no factor was touched; give the client''s words of at least one');
    end if;
    return query select recorded.event_id, recorded.version, recorded.contact_due_at;
end
$$;
