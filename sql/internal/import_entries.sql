-- The entries of a log as those of the timeline, in the order given. One is a move when its stage is another than the
-- one the client was in, by the entries before it and by the moves that are there, at `moved_at` to `stages`; and a
-- contact when it has a channel. It may be both.
create function internal.import_entries(state traject.trajectory_state, entries api.import_entry[],
                                        moved_at timestamptz[], stages traject.stage[], reason traject.sealed)
returns traject.event[] language plpgsql as $$
declare
    made traject.event[] := '{}';
    entry api.import_entry;
    added traject.event;
    before traject.stage;
    passed integer := 0;
    worker text;
    worker_id bigint;
begin
    foreach entry in array entries loop
        while passed < cardinality(moved_at) and moved_at[passed + 1] <= entry.occurred_at loop
            passed := passed + 1;
            before := stages[passed];
        end loop;
        if entry.worker is distinct from worker then
            worker := entry.worker;
            worker_id := internal.worker_id('entries', worker);
        end if;
        added := null;
        added.kind := 'activity';
        added.occurred_at := entry.occurred_at;
        added.worker_id := worker_id;
        added.activity := entry.activity;
        if entry.stage <> before then
            added.kind := 'stage_moved';
            added.stage := entry.stage;
            if traject.stage_number(entry.stage) <> traject.stage_number(before) + 1 then
                added.reason := reason;
            end if;
            before := entry.stage;
        end if;
        if entry.channel is not null then
            if added.kind = 'stage_moved' then
                made := made || internal.fill_entry(state, added);
                added.stage := null;
                added.reason := null;
            end if;
            added.kind := 'contact';
            added.channel := entry.channel;
            added.counterpart := coalesce(entry.counterpart, 'client');
            added.reached := coalesce(entry.reached, true);
        end if;
        -- What is both has its number and its words once: with the contact.
        added.words := internal.text('entries', entry.words, 4000);
        added.external_id := entry.external_id;
        made := made || internal.fill_entry(state, added);
    end loop;
    return made;
end
$$;
