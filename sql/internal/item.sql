-- The item that an entry of that kind belongs to: the one named, or the client's only open one.
create function internal.item(client_number text, kind traject.event_kind, named bigint) returns traject.item
language plpgsql stable as $$
#variable_conflict use_column
declare
    rule traject.event_rule := (select r from traject.event_rule r where r.kind = item.kind);
    client bigint := internal.client_id(client_number);
    kinds json := internal.words(rule.items);
    found traject.item[];
begin
    if rule.kind is null or rule.begins or cardinality(rule.items) = 0 then
        perform internal.refuse('TJ003', 'kind', '%s is no step of something that runs; it has a command of its own',
            json_build_array(internal.word(kind)));
    end if;
    found := array(
        select i from traject.item i
          join traject.trajectory y on y.municipality_id = i.municipality_id and y.trajectory_id = i.trajectory_id
         where y.municipality_id = session.municipality_id() and y.client_id = client and i.kind = any (rule.items)
           and case when named is null then i.open and y.ended_at is null else i.item_id = named end
         order by i.item_id);
    if cardinality(found) = 0 then
        if named is null then
            perform internal.refuse('TJ005', 'item_id', 'client %s has no open %s; begin one first',
                json_build_array(client_number, kinds));
        end if;
        perform internal.refuse('TJ005', 'item_id',
            'client %s has no %s with number %s; list the items of the client for their numbers',
            json_build_array(client_number, kinds, named));
    end if;
    if cardinality(found) > 1 then
        perform internal.refuse('TJ003', 'item_id',
            'client %s has %s open; name one by its number: %s; the list of what runs for the client tells what each is',
            json_build_array(client_number, cardinality(found),
                (select string_agg(concat_ws(' ', f.item_id,
                    '(' || coalesce(internal.spoken(f.scheme), internal.shown(coalesce(f.due_at, f.opened_at))) || ')'), ', ')
                    from unnest(found) f)));
    end if;
    return found[1];
end
$$;

-- The trajectory of that item, locked until the transaction ends.
create function internal.item_state(item traject.item, client_number text, expected_version bigint)
returns traject.trajectory_state language plpgsql as $$
declare
    state traject.trajectory_state;
begin
    perform internal.hold_rhythms();
    select * into state from traject.trajectory_state s
     where s.municipality_id = item.municipality_id and s.trajectory_id = item.trajectory_id
       for update;
    return internal.check_version(state, client_number, expected_version);
end
$$;
