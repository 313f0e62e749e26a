-- What of a trajectory is not as its entries say; null when all is.
create function internal.differences(municipality bigint, trajectory bigint) returns text language plpgsql stable as $$
declare
    kept traject.trajectory;
    stored traject.trajectory_state;
    told internal.timeline := internal.timeline(municipality, trajectory);
    began traject.event := told.began;
    ended traject.event := told.ended;
    spells traject.stage_spell[] := internal.stage_spells(told.path);
    coaches traject.coach_assignment[] := internal.coach_assignments(told.coaching);
    guides traject.guidance[] := internal.guidance_periods(told.guidance);
    handed traject.handover[] := array(select h from unnest(internal.handovers(told.guidance)) h order by h.handover_id);
    running traject.item[] := internal.items(told.items);
    computed traject.trajectory_state := internal.derived_state(told, spells, coaches, guides);
begin
    select * into stored from traject.trajectory_state s
     where s.municipality_id = municipality and s.trajectory_id = trajectory;
    select * into kept from traject.trajectory t
     where t.municipality_id = municipality and t.trajectory_id = trajectory;
    -- The rhythm of what has ended is the one of then.
    if not computed.open and stored.rhythm_days is not null then
        computed.rhythm_days := stored.rhythm_days;
        computed.due_at := internal.due_at(computed.started_at, computed.last_contact_at, computed.rhythm_days);
    end if;
    return nullif(concat_ws(', ',
        case when (kept.kind, kept.started_at, kept.ended_at, kept.outcome) is distinct from
                  (began.trajectory_kind, began.occurred_at, ended.occurred_at, ended.outcome) then 'trajectory' end,
        case when stored is distinct from computed then 'state' end,
        case when spells <> array(select p from traject.stage_spell p
            where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period) then 'path' end,
        case when coaches <> array(select p from traject.coach_assignment p
            where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period) then 'coaches' end,
        case when guides <> array(select p from traject.guidance p
            where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period) then 'guidance' end,
        case when handed <> array(select p from traject.handover p
            where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.handover_id) then 'handovers' end,
        case when running <> array(select p from traject.item p
            where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.item_id) then 'items' end), '');
end
$$;

-- Compares a page of trajectories with their entries, and makes right what differs. As its owner: an admin, who runs
-- this, sees no cases, and is told client numbers only.
create function internal.rebuild(repair boolean, rows integer, after bigint)
returns table (checked integer, different text[], next_page_token text) language plpgsql security definer
set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    state record;
    differs text;
    named bigint[] := '{}';
begin
    if session.role() is distinct from 'admin' then
        perform internal.refuse('TJ007', 'method', 'what follows from the timelines is compared by an admin; ask one');
    end if;
    perform internal.hold_rhythms();
    checked := 0;
    different := '{}';
    for state in
        select y.trajectory_id, c.client_id, c.client_number
          from traject.trajectory y
          join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
         where y.municipality_id = municipality and y.trajectory_id > after
         order by y.trajectory_id limit rows
    loop
        -- Nobody writes to it between the comparison and the repair.
        perform from traject.trajectory_state s
          where s.municipality_id = municipality and s.trajectory_id = state.trajectory_id for update;
        differs := internal.differences(municipality, state.trajectory_id);
        if differs is not null then
            different := different || format('client %s: %s', state.client_number, differs);
            named := named || state.client_id;
            if repair then
                perform internal.derive(municipality, state.trajectory_id);
            end if;
        end if;
        checked := checked + 1;
    end loop;
    perform internal.look(array(select distinct n from unnest(named) n));
    if checked = rows then
        next_page_token := state.trajectory_id;
    end if;
    return next;
end
$$;
