-- An entry of that kind and moment, to be given its details.
create function internal.begin_entry(state traject.trajectory_state, kind traject.event_kind, occurred_at timestamptz,
                                     words traject.sealed default null, audience traject.audience default null)
returns traject.event language plpgsql as $$
declare
    entry traject.event;
begin
    entry.kind := kind;
    entry.occurred_at := internal.moment('occurred_at', occurred_at, state.started_at);
    entry.words := internal.text('words', words, 4000);
    entry.audience := audience;
    return entry;
end
$$;
