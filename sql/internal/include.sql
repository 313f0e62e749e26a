-- The network people of that name, as the network was at that moment, were there, or will be.
create function internal.include(state traject.trajectory_state, event bigint, moment timestamptz, names text[])
returns void
language plpgsql as $$
declare
    there traject.item[];
    name text;
    item bigint;
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
        insert into traject.event_included (municipality_id, event_id, trajectory_id, item_id)
        values (state.municipality_id, event, state.trajectory_id, item)
        on conflict do nothing;
    end loop;
end
$$;
