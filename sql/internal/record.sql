-- Adds an entry to the timeline of a trajectory, and what follows from it. The caller fills the kind, the moment and
-- the details; an entry that begins an item gives the item its number, or carries on the one of its kind that is there.
create function internal.record(state traject.trajectory_state, entry traject.event, item boolean default true)
returns table (event_id bigint, version bigint, contact_due_at timestamptz) language plpgsql as $$
#variable_conflict use_column
declare
    rule traject.event_rule;
begin
    entry := internal.fill_entry(state, entry);
    select * into rule from traject.event_rule r where r.kind = entry.kind;
    if item and rule.begins and entry.item_id is null then
        perform internal.check_begins(state, entry, rule.items[1]);
        if cardinality(rule.from_states) > 0 then
            entry.item_id := (select i.item_id from traject.item i
                               where i.municipality_id = state.municipality_id and i.trajectory_id = state.trajectory_id
                                 and i.kind = rule.items[1] and i.theme is not distinct from entry.theme
                                 and i.factor is not distinct from entry.factor);
        end if;
        entry.item_id := coalesce(entry.item_id, entry.event_id);
    end if;
    insert into traject.event select entry.*;
    if entry.kind = 'stage_moved' then
        state := internal.derive_move(state.municipality_id, state.trajectory_id, entry.event_id);
    else
        state := internal.derive(state.municipality_id, state.trajectory_id, fresh => state.version = 0);
    end if;
    return query select entry.event_id, state.version, case when state.open then state.due_at end;
end
$$;

create function internal.fill_entry(state traject.trajectory_state, entry traject.event) returns traject.event
language plpgsql as $$
begin
    entry.municipality_id := state.municipality_id;
    entry.trajectory_id := state.trajectory_id;
    entry.event_id := nextval('traject.event_event_id_seq');
    entry.recorded_at := clock_timestamp();
    entry.recorded_by := session.worker_id();
    entry.recorded_in := pg_current_xact_id();
    -- Its place in the chain is its own, also when it is a copy of the one that it corrects.
    entry.sequence := null;
    entry.chained := null;
    return entry;
end
$$;

-- Refuses to begin what there is one of at a time while that one runs; one that began later is no hindrance.
create function internal.check_begins(state traject.trajectory_state, entry traject.event, kind traject.item_kind)
returns void language plpgsql stable as $$
declare
    running traject.item;
begin
    if not (internal.one_at_a_time(kind) or kind = 'network_person') then
        return;
    end if;
    select i.* into running
      from unnest(internal.items(internal.entries(state.municipality_id, state.trajectory_id, until => entry.occurred_at))) i
     where i.kind = check_begins.kind and i.open and (i.kind <> 'network_person' or traject.label(i.what) = traject.label(entry.what));
    if found and check_begins.kind = 'network_person' then
        perform internal.refuse('TJ009', 'what', 'somebody of that name is in the network since %s already; give another name',
            json_build_array(internal.shown(running.opened_at)));
    elsif found and session.role() = 'employer' and not exists (
        select from internal.own_entries(internal.own_account('employer'), state.trajectory_id) e
         where coalesce(e.entry_id, e.event_id) = running.item_id) then
        -- What is not meant for them is not told by a refusal either.
        perform internal.refuse('TJ009', 'client_number', 'the coach knows of %s of this client already; call the coach',
            json_build_array(internal.word(kind)));
    elsif found then
        perform internal.refuse('TJ009', 'occurred_at', '%s %s runs since %s; end that one first',
            json_build_array(internal.word(kind), running.item_id, internal.shown(running.opened_at)));
    end if;
end
$$;
