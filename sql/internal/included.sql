-- The network people of those names, as the network was at that moment; null when none are named.
create function internal.included(state traject.trajectory_state, moment timestamptz, names text[]) returns bigint[]
language plpgsql stable as $$
declare
    there traject.item[];
    name text;
    item bigint;
    found_items bigint[] := '{}';
begin
    if cardinality(names) > 0 then
        there := array(select i from internal.items(internal.entries(state.municipality_id, state.trajectory_id, until => moment)) i
                        where i.kind = 'network_person' and i.open);
    end if;
    foreach name in array coalesce(names, '{}') loop
        select i.item_id into item from unnest(there) i where lower(i.what) = lower(internal.trimmed(name));
        if not found then
            perform internal.refuse('TJ005', 'network_people', format('nobody called %s was in the network of this client '
                'at %s%s; add that person first', left(name, 100), internal.shown(moment),
                internal.near(name, array(select i.what from unnest(there) i))));
        end if;
        found_items := found_items || item;
    end loop;
    return nullif(array(select distinct n from unnest(found_items) n order by n), '{}');
end
$$;
