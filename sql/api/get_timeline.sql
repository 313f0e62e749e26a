-- The journey: what happened, oldest or newest first; what was corrected as it stands now, or also as it was. Or of that what
-- the client is told, as list_own_entries tells it.
create function api.get_timeline(
    client_number text, newest_first boolean, stages traject.stage[] default null,
    kinds traject.event_kind[] default null, as_of timestamptz default null, page_size integer default null,
    page_token text default null, known_at timestamptz default null, with_superseded boolean default null,
    audience traject.audience default null)
returns setof api.timeline_entry language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetTimeline');
    client bigint := internal.client_id(client_number);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 100);
    after internal.list_position := internal.read_page_token(page_token);
    until timestamptz := coalesce(internal.as_of(as_of), 'infinity');
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    -- Row security decides here which trajectories are seen, and so what hangs on them.
    trajectories bigint[] := array(select s.trajectory_id from traject.trajectory_state s
                                    where s.municipality_id = municipality and s.client_id = client);
    account traject.worker;
    j record;
begin
    if audience is not null then
        if audience <> 'client' then
            perform internal.refuse('TJ003', 'audience', 'audience is "%s"; the journey is told as the client reads it: give client',
                json_build_array(internal.word(audience)));
        end if;
        if with_superseded then
            perform internal.refuse('TJ003', 'with_superseded', 'what was corrected or withdrawn is not told to the client as it '
                'was; ask for all of it or for what the client reads, not for both');
        end if;
        -- What the client wrote is the account's own; one that was never given access has written nothing.
        select w.* into account from traject.worker w where w.municipality_id = municipality and w.client_id = client;
        account.municipality_id := municipality;
        account.role := 'client';
        return query select * from internal.own_timeline(account, trajectories, newest_first, rows,
            after.moment, after.id, nullif(stages, '{}'), nullif(kinds, '{}'), internal.as_of(as_of), internal.known_at(known_at));
        return;
    end if;
    select * into j from internal.journey(municipality, trajectories, newest_first, rows, after.moment, after.id, until, known,
        corrected, coalesce(with_superseded, false), nullif(kinds, '{}'), nullif(stages, '{}'));
    return query select * from internal.tell(municipality, j.entries, j.spells, j.items, j.guides, known, corrected,
                                             uncorrected => not coalesce(with_superseded, false));
end
$$;
