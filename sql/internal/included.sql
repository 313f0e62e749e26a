-- The network people of those names, as the network was at that moment; null when none are named.
create function internal.included(state traject.trajectory_state, moment timestamptz, names traject.label_tokens) returns bigint[]
language plpgsql stable as $$
declare
    there traject.item[];
    name record;
    item bigint;
    found_items bigint[] := '{}';
begin
    if cardinality(names) > 0 then
        there := array(select i
                         from unnest(internal.items(internal.entries(state.municipality_id, state.trajectory_id,
                                                                     until => moment))) i
                        where i.kind = 'network_person' and i.open);
    end if;
    for name in select n.token, n.place from unnest(names) with ordinality n (token, place) loop
        select i.item_id into item from unnest(there) i where traject.label(i.what) = name.token;
        if not found then
            perform internal.refuse('TJ005', 'network_people',
                'nobody of the name in place %s was in the network of this client at %s; the list of the network has the names, '
                'add that person first',
                json_build_array(name.place, internal.shown(moment)));
        end if;
        found_items := found_items || item;
    end loop;
    return nullif(array(select distinct n from unnest(found_items) n order by n), '{}');
end
$$;
