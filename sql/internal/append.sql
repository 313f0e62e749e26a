-- Adds entries to a trajectory together: the end of its chain is read and written once for all of them. As the owner,
-- whose entries come with their place in the chain; so what row security asks of an entry is asked here.
create function internal.append(trajectory bigint, entries traject.event[]) returns void
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    municipality bigint := session.municipality_id();
    worker bigint := session.worker_id();
    sequence bigint;
    chained bytea;
    erased_at timestamptz;
    entry traject.event;
    linked traject.event[] := '{}';
begin
    if session.role() is distinct from 'manager' then
        perform internal.refuse('TJ007', 'method', 'a manager imports a log; ask one');
    end if;
    -- Other writers of the trajectory wait here, as they do for each other in traject.chain.
    select h.sequence, h.chained into sequence, chained from traject.chain_head h
     where h.municipality_id = municipality and h.trajectory_id = trajectory for update;
    if not found then
        -- Nobody else sees a trajectory before its first entry is committed.
        sequence := 0;
        chained := traject.chain_origin(municipality, trajectory);
    end if;
    -- Whose a new one is, which has no state yet, internal.derive asks.
    if exists (select from traject.trajectory_state s
                where s.municipality_id = municipality and s.trajectory_id = trajectory) then
        perform internal.check_own_case(municipality, trajectory);
    end if;
    select k.erased_at into erased_at
      from traject.trajectory y
      join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
      join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
     where y.municipality_id = municipality and y.trajectory_id = trajectory;
    if erased_at is not null then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    foreach entry in array entries loop
        if (entry.municipality_id, entry.trajectory_id, entry.recorded_by)
           is distinct from (municipality, trajectory, worker) then
            perform internal.refuse('TJ007', null, 'entries are added to one trajectory at a time, in the own name');
        end if;
        sequence := sequence + 1;
        chained := sha256(chained || traject.canonical(entry));
        entry.sequence := sequence;
        entry.chained := chained;
        linked := linked || entry;
    end loop;
    insert into traject.event select n.* from unnest(linked) n;
    insert into traject.chain_head as h values (municipality, trajectory, sequence, chained)
        on conflict (municipality_id, trajectory_id) do update set (sequence, chained) = (excluded.sequence, excluded.chained);
end
$$;
